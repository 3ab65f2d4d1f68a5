// What the page says and asks: the line below the head, messages in the corner, the question before something is done.

import { byId } from "./tables.js";

const SECONDS = 6;

export function notice(text) {
  byId("notice").textContent = text;
  byId("notice").hidden = !text;
}

// One that `stays` is there until it is taken away: nobody needs to be looking when it comes.
export function toast(text, { bad = false, stays = bad } = {}) {
  for (const other of [...byId("toasts").children]) if (other.dataset.text === text) other.remove();
  const line = document.createElement("p"), said = document.createElement("span");
  line.dataset.text = said.textContent = text;
  line.className = bad ? "bad" : "";
  line.append(said);
  if (stays) {
    const away = document.createElement("button");
    away.textContent = "OK";
    away.setAttribute("aria-label", "Take this message away");
    away.addEventListener("click", () => line.remove());
    line.append(away);
  } else {
    setTimeout(() => line.remove(), SECONDS * 1000);
  }
  byId("toasts").append(line);
}

export async function sure(title, text, yes, { several = false } = {}) {
  const dialog = byId("confirm");
  byId("confirm-all").hidden = !several;
  byId("all-accounts").checked = false;
  byId("confirm-title").textContent = title;
  byId("confirm-text").textContent = text;
  byId("confirm-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  await new Promise((done) => dialog.addEventListener("close", done, { once: true }));
  return dialog.returnValue === "yes";
}
