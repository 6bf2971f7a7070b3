/** Keys for clerks. Single keys act outside fields only, never during composition, and not at all when switched off. */
import { composing, inField } from "./core.js";
import { openDialog } from "./dialog.js";

const off = () => document.body.dataset.keyboard === "off";

function press(selector) {
  const element = [...document.querySelectorAll(selector)].find((one) => !one.disabled && one.offsetParent !== null);
  if (!element) return false;
  if (inField(element)) element.focus();
  else element.click();
  return true;
}

function combined(event) {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "s") {
    const saver = document.querySelector("q-autosave");
    if (saver) {
      saver.save();
      return true;
    }
    return press("[data-act=save]");
  }
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    const form = (event.target.closest && event.target.closest("form")) || document.querySelector("form[data-section]");
    if (!form) return press("[data-act=submit]");
    form.requestSubmit(form.querySelector("[data-act=submit]") || undefined);
    return true;
  }
  if (event.altKey && /^[1-4]$/.test(event.key)) {
    const queues = document.querySelectorAll(".q-nav a");
    const queue = queues[Number(event.key) - 1];
    if (queue) queue.click();
    return !!queue;
  }
  return false;
}

function single(event) {
  const key = event.key;
  const rows = document.querySelector("q-rows");
  if (key === "?") {
    openDialog(document.getElementById("q-help"), document.activeElement);
    return true;
  }
  if (key === "/") return press("#q-search");
  if (/^[1-9]$/.test(key)) return press(`[data-key="${key}"]`);
  const letter = key.toLowerCase();
  if (rows && ["j", "k", "x"].includes(letter)) {
    if (letter === "x") rows.toggle();
    else rows.move(letter === "j" ? 1 : -1);
    return true;
  }
  if (rows && key === "Enter" && document.activeElement === document.body) return rows.open();
  const act = { j: "next", k: "previous", g: "claim", e: "edit", n: "note", p: "print" }[letter];
  if (!act) return false;
  if (press(`[data-act=${act}]`)) return true;
  if (act === "print") {
    window.print();
    return true;
  }
  return false;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || composing(event)) return;
  if (event.ctrlKey || event.metaKey || event.altKey) {
    if (combined(event)) event.preventDefault();
    return;
  }
  if (off() || inField(event.target) || document.querySelector("dialog[open]")) return;
  if (single(event)) event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-act=print]") && !event.target.closest("a[href]")) window.print();
});
