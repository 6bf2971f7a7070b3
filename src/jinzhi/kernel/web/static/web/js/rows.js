/** <q-rows>: a list with a row cursor, tick boxes and the bar of what can be done with all ticked rows. */
import { announce, define, words } from "./core.js";

define("q-rows", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", (event) => {
      if (event.target.matches("[data-all]")) this.boxes.forEach((box) => { box.checked = event.target.checked; });
      if (event.target.matches("[data-all],[name=pick]")) this.count();
    });
    this.addEventListener("click", (event) => {
      if (event.target.closest("[data-none]")) {
        this.boxes.forEach((box) => { box.checked = false; });
        this.count();
      }
      const row = event.target.closest("tbody tr");
      if (row) this.point(row, false);
    });
    this.addEventListener("htmx:afterSettle", () => this.restore());
    this.restore();
    this.count(false);
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
    bulk.hidden = !ticked.length;
    const sentence = words("已选 {n} 件", "{n} selected", { n: ticked.length });
    bulk.querySelector("[data-count]").textContent = sentence;
    if (speak) announce(sentence);
  }
});
