/**
 * <q-lines data-prefix="lines" data-max="200">: a table of rows of ordinary inputs named <prefix>-<row>-<column>.
 * Enter goes to the next field and, in the last one, begins a new row; cells pasted from a spreadsheet fill rows and columns;
 * full-width digits become plain; columns marked data-total are summed.
 */
import { announce, composing, define, words } from "./core.js";
import { readNumber } from "./forms.js";

define("q-lines", class extends HTMLElement {
  connectedCallback() {
    this.body = this.querySelector("tbody");
    if (!this.body || this.ready) return;
    this.ready = true;
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("paste", (event) => this.paste(event));
    this.addEventListener("click", (event) => this.click(event));
    this.addEventListener("change", (event) => this.changed(event.target));
    this.addEventListener("input", (event) => { if (event.target.matches("[data-total]")) this.sum(); });
    this.sum();
  }

  get rows() { return [...this.body.querySelectorAll("tr[data-line]")]; }
  get max() { return Number(this.dataset.max) || 200; }
  inputs(row) { return [...row.querySelectorAll("input[data-col]")]; }

  key(event) {
    if (event.key !== "Enter" || composing(event) || event.ctrlKey || event.metaKey || !event.target.matches("input[data-col]")) return;
    // an open list of candidates took this Enter for itself
    if (event.defaultPrevented) return;
    event.preventDefault();
    const all = [...this.body.querySelectorAll("input[data-col]")];
    const at = all.indexOf(event.target);
    this.changed(event.target);
    if (event.shiftKey) all[Math.max(0, at - 1)].focus();
    else if (at + 1 < all.length) all[at + 1].focus();
    else if (this.add()) this.inputs(this.rows[this.rows.length - 1])[0].focus();
  }

  click(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const row = button.closest("tr[data-line]");
    if (button.matches("[data-add]") && this.add()) this.inputs(this.rows[this.rows.length - 1])[0].focus();
    else if (button.matches("[data-copy]")) {
      const copy = this.add(row);
      if (copy) this.inputs(copy)[0].focus();
    } else if (button.matches("[data-delete]")) this.drop(row);
    else return;
    this.touch();
  }

  /** A new row at the end, or a copy right after its model. Gives nothing when the table is full. */
  add(model = null) {
    if (this.rows.length >= this.max) {
      announce(words("最多 {n} 行", "At most {n} lines", { n: this.max }));
      return null;
    }
    const from = model || this.rows[this.rows.length - 1];
    const row = from.cloneNode(true);
    row.querySelectorAll(".q-lines__error,.q-pick__list").forEach((one) => one.remove());
    row.querySelectorAll(".q-lines__bad").forEach((one) => one.classList.remove("q-lines__bad"));
    const values = this.inputs(from).map((input) => input.value);
    this.inputs(row).forEach((input, index) => {
      ["aria-invalid", "aria-describedby", "aria-activedescendant", "title"].forEach((name) => input.removeAttribute(name));
      input.setAttribute("value", "");
      input.value = model ? values[index] : "";
    });
    if (model) model.after(row);
    else this.body.append(row);
    this.number();
    return row;
  }

  drop(row) {
    const rows = this.rows;
    const at = rows.indexOf(row);
    if (rows.length === 1) this.inputs(row).forEach((input) => { input.value = ""; this.mend(input); });
    else row.remove();
    this.number();
    const left = this.rows;
    this.inputs(left[Math.min(at, left.length - 1)])[0].focus();
    announce(words("第 {n} 行已删除", "Line {n} deleted", { n: at + 1 }));
  }

  resize(count) {
    while (this.rows.length < Math.min(count, this.max)) this.add();
    while (this.rows.length > Math.max(1, count)) this.rows[this.rows.length - 1].remove();
    this.number();
  }

  /** Names, ids and spoken labels follow the order of the rows. */
  number() {
    const { prefix } = this.dataset;
    const rows = this.rows;
    rows.forEach((row, index) => {
      row.querySelector(".q-lines__no").textContent = String(index + 1);
      this.inputs(row).forEach((input) => {
        input.name = `${prefix}-${index}-${input.dataset.col}`;
        const old = input.id;
        input.id = `f-${input.name}`;
        const error = row.querySelector(`#${CSS.escape(`${old}-e`)}`);
        if (error) {
          error.id = `${input.id}-e`;
          input.setAttribute("aria-describedby", error.id);
        }
        input.setAttribute("aria-label", input.getAttribute("aria-label").replace(/\d+/, String(index + 1)));
      });
    });
    this.querySelector("[data-count]").value = String(rows.length);
    this.sum();
  }

  changed(input) {
    if (!input.matches || !input.matches("input[data-col]")) return;
    if (input.matches("[data-number]") && input.value) {
      const places = Number(input.dataset.number);
      const plain = readNumber(input.value);
      input.value = /^[-+]?\d*\.?\d+$/.test(plain) ? this.pretty(plain, places) : plain;
    }
    this.mend(input);
    this.sum();
  }

  /** Thousands are grouped; places are filled up, never cut: what was typed is what the server judges. */
  pretty(plain, places) {
    const [whole, part = ""] = plain.split(".");
    const grouped = (whole || "0").replace(/\B(?=(\d{3})+(?!\d))/g, ",");
    const tail = part.padEnd(places, "0");
    return tail ? `${grouped}.${tail}` : grouped;
  }

  /** An error goes once its cell was changed; the server will say if it is still there. */
  mend(input) {
    const cell = input.closest("td");
    if (!cell.classList.contains("q-lines__bad")) return;
    cell.classList.remove("q-lines__bad");
    cell.querySelector(".q-lines__error")?.remove();
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }

  paste(event) {
    const start = event.target;
    if (!start.matches("input[data-col]")) return;
    const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "");
    if (!/[\t\n]/.test(text)) return;
    event.preventDefault();
    const table = text.split("\n").map((line) => line.split("\t"));
    const rows = this.rows;
    const top = rows.indexOf(start.closest("tr"));
    const left = this.inputs(rows[top]).indexOf(start);
    let filled = 0;
    for (const [offset, cells] of table.entries()) {
      let row = this.rows[top + offset];
      if (!row) row = this.add();
      if (!row) break;
      const inputs = this.inputs(row);
      cells.slice(0, inputs.length - left).forEach((value, index) => {
        const input = inputs[left + index];
        input.value = value.trim().replace(/^"(.*)"$/, "$1").replace(/""/g, '"');
        this.changed(input);
      });
      filled += 1;
    }
    this.touch();
    const cut = table.length - filled;
    announce(cut
      ? words("粘贴了 {n} 行，{m} 行超出上限没有粘贴", "{n} lines pasted; {m} lines beyond the limit were left out", { n: filled, m: cut })
      : words("粘贴了 {n} 行", "{n} lines pasted", { n: filled }));
  }

  sum() {
    this.querySelectorAll("[data-sum]").forEach((place) => {
      const inputs = [...this.body.querySelectorAll(`input[data-total][data-col="${CSS.escape(place.dataset.sum)}"]`)];
      const places = inputs.length ? Number(inputs[0].dataset.number) : 0;
      // whole units of the smallest place: sums of decimals must not drift
      let units = 0n;
      let any = false;
      inputs.forEach((input) => {
        const plain = readNumber(input.value);
        if (!/^\d*\.?\d+$/.test(plain)) return;
        const [whole, part = ""] = plain.split(".");
        units += BigInt((whole || "0") + part.padEnd(places, "0").slice(0, places));
        any = true;
      });
      const digits = units.toString().padStart(places + 1, "0");
      const plain = places ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits;
      place.textContent = any ? this.pretty(plain, places) : "—";
    });
  }

  /** Tell autosave and others that the form changed by other means than typing. */
  touch() {
    this.dispatchEvent(new Event("input", { bubbles: true }));
    this.dispatchEvent(new CustomEvent("q:lines", { bubbles: true }));
  }
});
