// The shots that are selected on the page of the film, for other pages.

/** Numbers of shots as a person writes them: `3,7-9`. */
function spans(numbers) {
  const found = [];
  for (const number of [...numbers].sort((one, other) => one - other)) {
    const last = found.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([first, end]) => (first === end ? `${first}` : `${first}-${end}`)).join(",");
}

/** The shots that are selected on the page of the film. */
export function selectedShots() {
  try {
    return spans(JSON.parse(sessionStorage.getItem("desk.film")).selected);
  } catch {
    return ""; // none has ever been selected
  }
}
