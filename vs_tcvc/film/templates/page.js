"use strict";
(() => {
  const find = (id) => document.getElementById(id);
  const list = find("shots");
  const cards = [...list.children];
  const fields = ["search", "alarm", "scene", "state"].map(find);
  const [search, alarm, scene, state] = fields;
  const words = new Map(); // text of cards, lower case; made at the first search

  const orders = {
    worst: (one, other) => other.dataset.worst - one.dataset.worst || one.dataset.number - other.dataset.number,
    number: (one, other) => one.dataset.number - other.dataset.number,
    length: (one, other) => frames(other) - frames(one) || one.dataset.number - other.dataset.number,
  };
  const frames = (card) => card.dataset.end - card.dataset.first;
  const shown = () => [...list.children].filter((card) => !card.hidden);

  /** The frame that a search names by timecode, or by its number if that is all there is; NaN if it names none. */
  function frameOf(text) {
    const time = /^(\d+):(\d\d):(\d\d)(?:[:;.](\d\d+))?$/.exec(text);
    if (!time) return /^\d+$/.test(text) ? Number(text) : NaN;
    const [hours, minutes, seconds, rest] = time.slice(1).map((part) => Number(part ?? 0));
    const {base, first} = document.body.dataset;
    return ((hours * 60 + minutes) * 60 + seconds) * base + rest + Number(first);
  }

  function hasText(card, text, frame) {
    if (!text) return true;
    const {number, first, end} = card.dataset;
    if (!Number.isNaN(frame)) return number === text || (Number(first) <= frame && frame < Number(end));
    if (!words.has(card)) words.set(card, card.textContent.toLowerCase());
    return words.get(card).includes(text);
  }

  function isWanted(card, text, frame) {
    const names = card.dataset.alarms ? card.dataset.alarms.split("|") : [];
    const hasAlarm = {"": true, any: names.length > 0, none: names.length === 0}[alarm.value];
    return (hasAlarm ?? names.includes(alarm.value.slice(3)))
      && (!scene.value || card.dataset.scene === scene.value.slice(3))
      && (!state.value || card.dataset.is.split(" ").includes(state.value))
      && hasText(card, text, frame);
  }

  function filter() {
    const text = search.value.trim().toLowerCase();
    const frame = frameOf(text);
    let count = 0;
    for (const card of cards) {
      card.hidden = !isWanted(card, text, frame);
      count += !card.hidden;
    }
    find("shown").textContent = count === cards.length ? `${count} shots` : `${count} of ${cards.length} shots`;
    find("nothing").hidden = count > 0;
    enter();
  }

  function showAll() {
    for (const field of fields) field.value = "";
    filter();
  }

  /** Exactly one card is reached by Tab: the one with the focus, else the first. */
  function enter(card = list.querySelector("li[tabindex='0']:not([hidden])") ?? shown()[0]) {
    for (const each of list.querySelectorAll("li[tabindex='0']")) each.tabIndex = -1;
    if (card) card.tabIndex = 0;
  }

  function move(key) {
    const all = shown();
    if (!all.length) return;
    const here = all.indexOf(document.activeElement.closest("#shots > li"));
    const across = getComputedStyle(list).gridTemplateColumns.split(" ").length;
    const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across}[key];
    const there = {Home: 0, End: all.length - 1}[key] ?? (here < 0 ? 0 : here + step);
    if (all[there]) all[there].focus();
  }

  function toggleGray() {
    find("gray").setAttribute("aria-pressed", document.body.classList.toggle("gray"));
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || find("keys").open) return;
    if (event.key === "Escape") {
      showAll();
      document.activeElement.blur();
    } else if (event.target.matches("input, select")) {
      if (event.target !== search || event.key !== "ArrowDown") return;
      move("Home");
    } else if (event.key === "/") {
      search.focus();
      search.select();
    } else if (event.key === "?") {
      find("keys").showModal();
    } else if (event.key === "g" || event.key === "G") {
      toggleGray();
    } else if (/^(Arrow|Home$|End$)/.test(event.key)) {
      move(event.key);
    } else {
      return;
    }
    event.preventDefault();
  }

  find("order").addEventListener("change", (event) => {
    list.append(...[...cards].sort(orders[event.target.value]));
    scrollTo(0, 0);
  });
  for (const field of fields) field.addEventListener("input", filter);
  document.querySelector(".tools").addEventListener("submit", (event) => event.preventDefault());
  find("all").addEventListener("click", showAll);
  find("gray").addEventListener("click", toggleGray);
  find("help").addEventListener("click", () => find("keys").showModal());
  list.addEventListener("focusin", (event) => enter(event.target.closest("#shots > li")));
  list.addEventListener("click", (event) => {
    const card = event.target.closest("#shots > li");
    if (card && getSelection().isCollapsed) card.focus();
  });
  document.addEventListener("keydown", onKey);
  filter();
})();
