/**
 * <q-picker data-url="/codes/hs/">: an input that offers entries while one types (ARIA combobox).
 * The input keeps the code, so the form works without this. Asks after 300 ms of quiet and never during composition.
 * Answers: {"entries": [{"code", "label", "note"?, "tag"?}]}; data-create adds a last line that leads to a form of its own.
 */
import { announce, composing, define, make, words } from "./core.js";

let pickers = 0;

define("q-picker", class extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input");
    if (!input || this.input === input) return;
    this.input = input;
    this.querySelector(".q-pick__list")?.remove();
    this.list = make("ul", { className: "q-pick__list", id: `q-pick-${(pickers += 1)}`, hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", words("候选", "Candidates"));
    this.append(this.list);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", this.list.id);
    input.addEventListener("input", (event) => { if (!event.isComposing && !this.choosing) this.later(); });
    input.addEventListener("compositionend", () => this.later());
    input.addEventListener("change", () => { if (!this.choosing) this.resolve(); });
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    input.addEventListener("focus", () => { if ("openEmpty" in this.dataset && !input.value) this.later(0); });
    this.list.addEventListener("mousedown", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) {
        event.preventDefault();
        this.choose(option);
      }
    });
  }

  get options() { return [...this.list.querySelectorAll("[role=option]")]; }
  get active() { return this.list.querySelector("[aria-selected=true]"); }

  later(wait = 300) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), wait);
  }

  async ask() {
    const text = this.input.value.trim();
    if (!text && !("openEmpty" in this.dataset)) {
      this.close();
      return;
    }
    if (this.request) this.request.abort();
    this.request = new AbortController();
    try {
      const url = new URL(this.dataset.url, location.href);
      url.searchParams.set("q", text);
      const answer = await fetch(url, { signal: this.request.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      this.show((await answer.json()).entries || [], text);
    } catch (error) {
      if (error.name !== "AbortError") this.close();
    }
  }

  /** A code typed in full says its name as if it had been chosen; the name of the code that stood there before goes. */
  async resolve() {
    const place = document.querySelector(`[data-for="${CSS.escape(this.input.id)}"]`);
    if (!place) return;
    place.textContent = "";
    const typed = this.input.value.trim();
    if (!typed) return;
    const url = new URL(this.dataset.url, location.href);
    url.searchParams.set("q", typed);
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      const entry = ((await answer.json()).entries || []).find((one) => one.code === typed.toUpperCase() || one.label === typed);
      if (entry && this.input.value.trim() === typed) place.textContent = entry.label;
    } catch { /* the name is a help, the code is what counts */ }
  }

  show(entries, text) {
    if (document.activeElement !== this.input) return;
    this.list.replaceChildren(...entries.map((entry, index) => this.option(entry, text, index)));
    if (!entries.length) this.list.append(make("li", { className: "q-mut", textContent: words("没有找到「{q}」，换个写法或输入编码", "Nothing found for “{q}”; try other words or the code", { q: text }) }));
    if (this.dataset.create) this.list.append(make("li", {}, make("a", { href: this.dataset.create, textContent: this.dataset.createLabel })));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark(this.options[0]);
    announce(words("{n} 个候选", "{n} candidates", { n: entries.length }));
  }

  option(entry, text, index) {
    const name = make("span");
    if (entry.code) name.append(make("span", { className: "q-mono", textContent: entry.code }), "　");
    const at = text ? entry.label.toLowerCase().indexOf(text.toLowerCase()) : -1;
    if (at >= 0) name.append(entry.label.slice(0, at), make("mark", { textContent: entry.label.slice(at, at + text.length) }), entry.label.slice(at + text.length));
    else name.append(entry.label);
    const item = make("li", { id: `${this.list.id}-${index}` }, name);
    if (entry.tag) item.append(make("span", { className: "q-tag q-tag--b", textContent: entry.tag }));
    if (entry.note) item.append(make("span", { className: "q-sub", textContent: entry.note }));
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.entry = entry;
    return item;
  }

  mark(option) {
    this.options.forEach((one) => one.setAttribute("aria-selected", String(one === option)));
    if (option) {
      this.input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (composing(event)) return;
    if (event.key === "ArrowDown" && this.list.hidden) {
      event.preventDefault();
      this.later(0);
      return;
    }
    if (this.list.hidden) return;
    const options = this.options;
    const at = options.indexOf(this.active);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (options.length) this.mark(options[(at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length]);
    } else if (event.key === "Enter" && this.active) {
      event.preventDefault();
      event.stopPropagation();
      this.choose(this.active);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    }
  }

  choose(option) {
    const { entry } = option;
    this.input.value = entry.code || entry.label;
    const place = document.querySelector(`[data-for="${CSS.escape(this.input.id)}"]`);
    if (place) place.textContent = entry.label;
    else if ("quiet" in this.dataset) this.input.title = entry.label;
    this.close();
    this.choosing = true;
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
    this.choosing = false;
    this.dispatchEvent(new CustomEvent("q:picked", { bubbles: true, detail: entry }));
    announce(entry.label);
  }

  close() {
    clearTimeout(this.timer);
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
});
