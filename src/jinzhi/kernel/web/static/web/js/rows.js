/** <q-rows>: a list with a row cursor, tick boxes and the bar of what can be done with all ticked rows. */
import { announce, define, words } from "./core.js";

define("q-rows", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", (event) => {
      if (event.target.matches("[data-all]")) this.boxes.forEach((box) => { box.checked = event.target.checked; });
      if (event.target.matches("[data-all],[name=pick],[data-whole]")) this.count();
    });
    this.addEventListener("click", (event) => {
      if (event.target.closest("[data-none]")) {
        this.boxes.forEach((box) => { box.checked = false; });
        this.forget();
        this.count();
      }
      const row = event.target.closest("tbody tr");
      if (row) this.point(row, false);
    });
    this.addEventListener("htmx:afterSettle", () => this.restore());
    this.restore();
    const kept = this.kept;
    this.boxes.forEach((box) => { box.checked = box.checked || kept.includes(box.value); });
    this.form = this.closest("form");
    if (this.form && this.dataset.keep) this.form.addEventListener("submit", () => this.send());
    this.count(false);
  }

  /** Ticks live as long as the list with its conditions is leafed through: each page adds its own to those of the others. */
  get list() {
    const [kind, query] = (this.dataset.keep || "").split(/\?(.*)/s);
    const asked = new URLSearchParams(query || "");
    ["after", "before", "size", "all"].forEach((name) => asked.delete(name));
    asked.sort();
    return `q-ticks:${kind}?${asked}`;
  }
  get kept() { return this.dataset.keep ? (sessionStorage.getItem(this.list) || "").split(" ").filter(Boolean) : []; }
  get elsewhere() {
    const here = new Set(this.boxes.map((box) => box.value));
    return this.kept.filter((value) => !here.has(value));
  }
  keep() {
    if (!this.dataset.keep) return;
    const ticked = this.boxes.filter((box) => box.checked).map((box) => box.value);
    sessionStorage.setItem(this.list, [...this.elsewhere, ...ticked].join(" "));
  }
  forget() {
    if (this.dataset.keep) sessionStorage.removeItem(this.list);
    const whole = this.querySelector("[data-whole]");
    if (whole) whole.checked = false;
  }
  send() {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "picks";
    field.value = this.elsewhere.join(" ");
    this.form.append(field);
    this.forget();
  }

  get rows() { return [...this.querySelectorAll("tbody tr")]; }
  get boxes() { return [...this.querySelectorAll("tbody input[name=pick]")]; }
  get current() { return this.querySelector("tbody tr.q-table__cur"); }
  get place() { return `q-row:${location.pathname}${location.search}`; }

  /** Coming back from a case puts the cursor on its row. */
  restore() {
    const kept = sessionStorage.getItem(this.place);
    const row = kept !== null && !this.current ? this.rows.find((one) => this.link(one) === kept) : null;
    if (row) this.point(row, false);
  }

  link(row) {
    const anchor = row.querySelector("a[href]");
    return anchor ? anchor.getAttribute("href") : "";
  }

  point(row, scroll = true) {
    this.querySelectorAll("tr.q-table__cur").forEach((one) => one.classList.remove("q-table__cur"));
    row.classList.add("q-table__cur");
    sessionStorage.setItem(this.place, this.link(row));
    if (!scroll) return;
    row.scrollIntoView({ block: "nearest" });
    announce(row.dataset.words || [...row.cells].slice(1, 5).map((cell) => cell.textContent.trim().replace(/\s+/g, " ")).join("，"));
  }

  move(by) {
    const rows = this.rows;
    if (!rows.length) return;
    const at = rows.indexOf(this.current);
    this.point(rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))]);
  }

  toggle() {
    const box = this.current && this.current.querySelector("input[name=pick]");
    if (!box) return;
    box.checked = !box.checked;
    this.count();
  }

  open() {
    const anchor = this.current && this.current.querySelector("a[href]");
    if (anchor) anchor.click();
    return !!anchor;
  }

  count(speak = true) {
    const boxes = this.boxes;
    const ticked = boxes.filter((box) => box.checked);
    boxes.forEach((box) => box.closest("tr").setAttribute("aria-selected", String(box.checked)));
    const all = this.querySelector("[data-all]");
    if (all) {
      all.checked = boxes.length > 0 && ticked.length === boxes.length;
      all.indeterminate = ticked.length > 0 && ticked.length < boxes.length;
    }
    const bulk = this.querySelector("[data-bulk]");
    if (!bulk) return;
    this.keep();
    const others = this.elsewhere.length;
    const whole = this.querySelector("[data-whole]");
    bulk.hidden = !ticked.length && !others;
    let sentence = words("已选 {n} 件", "{n} selected", { n: ticked.length + others });
    if (others) sentence = words("已选 {n} 件，其中 {m} 件在其他页", "{n} selected, {m} of them on other pages", { n: ticked.length + others, m: others });
    if (whole && whole.checked) sentence = words("已选整个列表", "The whole list is selected", {});
    bulk.querySelector("[data-count]").textContent = sentence;
    if (speak) announce(sentence);
  }
});
