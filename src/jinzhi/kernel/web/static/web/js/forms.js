/** What every form gets: sent once, dates and numbers put right, focus on what must be mended. */
import { composing, halfWidth } from "./core.js";

const SENT = "qSent";

/** A form is sent once; the buttons stand still until the answer or, if none came, for ten seconds. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog" || form.hasAttribute("hx-post") || form.hasAttribute("hx-get")) return;
  if (form.dataset[SENT]) {
    event.preventDefault();
    return;
  }
  if (form.method === "get") return;
  form.dataset[SENT] = "1";
  form.setAttribute("aria-busy", "true");
  // a disabled button would not send its own name and value: disable after the browser has read the form
  setTimeout(() => form.querySelectorAll("button:not([type=button])").forEach((button) => button.setAttribute("aria-disabled", "true")), 0);
  setTimeout(() => releaseForm(form), 10000);
});

export function releaseForm(form) {
  delete form.dataset[SENT];
  form.removeAttribute("aria-busy");
  form.querySelectorAll("button[aria-disabled=true]").forEach((button) => button.removeAttribute("aria-disabled"));
}

/** A page the browser kept and shows again (Back) must work again. */
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[aria-busy]").forEach(releaseForm);
});

/** 20111123, 2011.11.23, 11-23, 今天 → 2011-11-23. What cannot be read is left for the server to answer. */
export function readDate(text, today = new Date()) {
  const plain = halfWidth(text).trim();
  const write = (y, m, d) => {
    const date = new Date(y, m - 1, d);
    if (date.getMonth() !== m - 1 || date.getDate() !== d) return text;
    return `${String(y).padStart(4, "0")}-${String(m).padStart(2, "0")}-${String(d).padStart(2, "0")}`;
  };
  const shift = { 今天: 0, today: 0, 昨天: -1, yesterday: -1, 明天: 1, tomorrow: 1 }[plain.toLowerCase()];
  if (shift !== undefined) {
    const day = new Date(today.getFullYear(), today.getMonth(), today.getDate() + shift);
    return write(day.getFullYear(), day.getMonth() + 1, day.getDate());
  }
  let found = /^(\d{4})(\d{2})(\d{2})$/.exec(plain) || /^(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?$/.exec(plain);
  if (found) return write(+found[1], +found[2], +found[3]);
  found = /^(\d{1,2})[-./月](\d{1,2})日?$/.exec(plain);
  return found ? write(today.getFullYear(), +found[1], +found[2]) : text;
}

/** １２，３４５．６ → 12345.6; what is no number stays. */
export function readNumber(text) {
  const plain = halfWidth(text).replace(/[,\s，]/g, "");
  return /^[-+]?\d*\.?\d+$/.test(plain) ? plain : text;
}

/** The business day, which in a demonstration is not the machine's. */
export function businessDay() {
  const stated = document.body.dataset.today;
  return stated ? new Date(`${stated}T00:00:00`) : new Date();
}

document.addEventListener("change", (event) => {
  const field = event.target;
  if (!field.matches) return;
  if (field.matches("input[data-date]") && field.value) field.value = readDate(field.value, businessDay());
  if (field.matches("input[data-number]") && field.value && !field.closest("q-lines")) field.value = readNumber(field.value);
});

/** Enter that confirms a candidate of an input method must not send the form. */
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.tagName === "INPUT" && composing(event)) event.preventDefault();
}, true);

export function focusErrors(root = document) {
  const summary = root.querySelector("[data-errors]");
  if (summary) summary.focus();
  return !!summary;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest(".q-errors a[href^='#']");
  if (!link) return;
  const field = document.getElementById(link.hash.slice(1));
  if (field) {
    event.preventDefault();
    field.focus();
    field.scrollIntoView({ block: "center" });
  }
});

/** One open menu at a time; Esc closes it and gives the focus back. */
document.addEventListener("click", (event) => {
  document.querySelectorAll("details.q-menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest ? event.target.closest("details.q-menu[open]") : null;
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

focusErrors();
