// Tables whose rows stay the same elements while their figures change, so that a tap or the focus is never lost.

export const byId = (id) => document.getElementById(id);

// `build(row)` tells { key, cells: [[text, class, note], ...], act: { text, what, run, className, disabled } }. A note
// stands below a cell's text where the screen has no room for its own column. `failed(problem, what)` hears of what
// `run` throws.
export function fill(id, rows, build, failed) {
  const table = byId(id), body = table.tBodies[0];
  const old = new Map([...body.rows].map((tr) => [tr.dataset.key, tr]));
  const wanted = rows.map((row) => {
    const { key, cells, act } = build(row);
    const tr = old.get(key) || made(key, cells.length, failed);
    cells.forEach((cell, place) => write(tr.cells[place], ...cell));
    offer(tr.querySelector("button"), act);
    return tr;
  });
  for (const tr of old.values()) if (!wanted.includes(tr)) tr.remove();
  wanted.forEach((tr, place) => {
    if (body.rows[place] !== tr) body.insertBefore(tr, body.rows[place] || null);
  });
  table.parentElement.classList.toggle("filled", rows.length > 0);
  table.classList.toggle("bare", rows.length === 0);
}

function made(key, columns, failed) {
  const tr = document.createElement("tr"), button = document.createElement("button");
  tr.dataset.key = key;
  for (let place = 0; place < columns; place += 1) tr.insertCell();
  tr.insertCell().append(button);
  button.addEventListener("click", async () => {
    button.busy = button.disabled = true;
    const what = button.getAttribute("aria-label");
    await button.run().catch((problem) => failed(problem, what));
    button.busy = false;
    button.disabled = button.barred;
  });
  return tr;
}

function write(td, text, className = "", note = "") {
  const line = note ? `${text}\n${note}` : text;
  if (td.dataset.line !== line) {
    td.dataset.line = line;
    td.textContent = text;
    if (note) {
      const small = document.createElement("small");
      small.textContent = note;
      td.append(small);
    }
  }
  td.className = className;
}

function offer(button, { text, what, run, className = "", disabled = false }) {
  if (button.textContent !== text) button.textContent = text;
  button.setAttribute("aria-label", `${text} ${what}`);
  button.className = className;
  button.run = run;
  button.barred = disabled;
  button.disabled = disabled || Boolean(button.busy);
}
