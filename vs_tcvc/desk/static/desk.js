// Keys, the map of keys, and what a page says when the desk does not answer.

const keys = JSON.parse(document.getElementById("desk-keys").textContent);
const editable = "input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]";

/** The key of an event as the table writes it: `Ctrl+Shift+Z`, `Shift+ArrowLeft`, `?`. */
function comboOf(event) {
  const isLetter = event.key.length === 1;
  const ctrl = event.ctrlKey || event.metaKey;
  const name = event.key === " " ? "Space" : isLetter ? event.key.toUpperCase() : event.key;
  return (ctrl ? "Ctrl+" : "") + (event.shiftKey && (ctrl || !isLetter) ? "Shift+" : "") + name;
}

/** Whether a key belongs to what has the focus: text that is typed, a button that Enter or Space presses. */
function isTaken(event, combo) {
  const target = event.target;
  if (!(target instanceof Element)) return false;
  if (target.matches(editable)) return combo !== "Escape";
  if (target.matches("input[type=range]")) return /^(Shift\+)?(Arrow|Home|End|Page)/.test(combo);
  return target.matches("button, a, summary, input") && (combo === "Enter" || combo === "Space");
}

function page() {
  const [, first] = location.pathname.split("/");
  return first || "film";
}

/** A key goes to the components of the page first (`desk-key`, of which they prevent the default), then to Python. */
document.addEventListener("keydown", (event) => {
  if (event.altKey || document.querySelector("dialog[open]") || event.isComposing) return;
  const combo = comboOf(event);
  const key = keys.find((each) => each.combos.includes(combo) && ["everywhere", page()].includes(each.place));
  if (!key || isTaken(event, combo)) return;
  event.preventDefault();
  if (combo === "Escape" && event.target.matches(editable)) event.target.blur();
  else if (key.action === "map") document.querySelector("dialog.keys").showModal();
  else if (document.dispatchEvent(new CustomEvent("desk-key", {detail: key.action, cancelable: true})))
    emitEvent("desk_key", key.action);
});

/** What was typed is done with Enter, what was dragged with the pointer: keys are the page's again. */
document.addEventListener("keydown", ({key, target}) => {
  if (key === "Enter" && target instanceof Element && target.matches(`${editable}:not([type=search], textarea, select)`)) target.blur();
});
document.addEventListener("pointerup", ({target}) => {
  if (target instanceof Element && target.matches("input[type=range]")) setTimeout(() => target.blur());
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-action=map]")) document.querySelector("dialog.keys").showModal();
});

/** Which page is shown, for the links of the bar; its address comes after it. */
function markPage() {
  const shown = document.querySelector(".page .render") ? "render" : "film"; // a shot is of the film
  for (const link of document.querySelectorAll(".bar a[data-page]"))
    if (link.dataset.page === shown) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
}

/** A page that has lost the desk says so, and takes no clicks until it answers again. */
function watchConnection() {
  const popup = document.getElementById("popup");
  popup.setAttribute("role", "alert");
  const [what, then] = popup.children;
  what.textContent = "The desk does not answer.";
  then.textContent = "All that you decided is in the project's file. If it was ended, start tcvc desk again and open "
    + "the address that it prints.";
  new MutationObserver(() => {
    const desk = document.querySelector(".desk");
    if (desk) desk.inert = popup.ariaHidden === "false";
  }).observe(popup, {attributeFilter: ["aria-hidden"]});
}

new MutationObserver(markPage).observe(document.getElementById("app"), {childList: true, subtree: true});
watchConnection();
