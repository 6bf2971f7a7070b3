/**
 * <q-here data-url data-ticket data-every="25">: says that this page is open and shows who else has it open; rests while the page is hidden.
 * <q-mention data-url>: a textarea where @ offers people (ARIA combobox); without script the name is typed in full.
 */
import { announce, composing, csrfToken, define, make, words } from "./core.js";

define("q-here", class extends HTMLElement {
  connectedCallback() {
    this.shown = "";
    this.timer = setInterval(() => this.beat(), Number(this.dataset.every || 25) * 1000);
    document.addEventListener("visibilitychange", this.seen = () => { if (!document.hidden) this.beat(); });
    this.beat();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.seen);
  }

  async beat() {
    if (document.hidden) return;
    try {
      const body = new URLSearchParams({ ticket: this.dataset.ticket });
      const answer = await fetch(this.dataset.url, { method: "POST", headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" }, body, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      this.show((await answer.json()).sentence || "");
    } catch { // signed out or out of reach: a page that cannot tell says nothing
      clearInterval(this.timer);
      this.show("");
    }
  }

  show(sentence) {
    if (sentence === this.shown) return;
    this.shown = sentence;
    this.textContent = sentence;
    this.hidden = !sentence;
    if (sentence) announce(sentence);
  }
});

let mentions = 0;

define("q-mention", class extends HTMLElement {
  connectedCallback() {
    const area = this.querySelector("textarea");
    if (!area || this.area === area) return;
    this.area = area;
    this.list = make("ul", { className: "q-pick__list", id: `q-mention-${(mentions += 1)}`, hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", words("候选同事", "Colleagues"));
    this.append(this.list);
    area.setAttribute("aria-autocomplete", "list");
    area.setAttribute("aria-controls", this.list.id);
    area.addEventListener("input", (event) => { if (!event.isComposing) this.later(); });
    area.addEventListener("compositionend", () => this.later());
    area.addEventListener("keydown", (event) => this.key(event));
    area.addEventListener("blur", () => setTimeout(() => this.close(), 150));
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

  /** What stands between the last @ before the cursor and the cursor. */
  get typed() {
    const before = this.area.value.slice(0, this.area.selectionStart);
    const found = /@([^\s@]{0,30})$/.exec(before);
    return found ? found[1] : null;
  }

  later() {
    clearTimeout(this.timer);
    if (this.typed === null) {
      this.close();
      return;
    }
    this.timer = setTimeout(() => this.ask(), 250);
  }

  async ask() {
    const typed = this.typed;
    if (typed === null) return;
    if (this.request) this.request.abort();
    this.request = new AbortController();
    try {
      const url = new URL(this.dataset.url, location.href);
      url.searchParams.set("q", typed);
      const answer = await fetch(url, { signal: this.request.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      this.show((await answer.json()).entries || []);
    } catch (error) {
      if (error.name !== "AbortError") this.close();
    }
  }

  show(entries) {
    if (document.activeElement !== this.area || !entries.length) {
      this.close();
      return;
    }
    this.list.replaceChildren(...entries.map((entry, index) => {
      const item = make("li", { id: `${this.list.id}-${index}` }, make("span", { textContent: entry.label }));
      if (entry.note) item.append(make("span", { className: "q-sub", textContent: entry.note }));
      item.setAttribute("role", "option");
      item.entry = entry;
      return item;
    }));
    this.list.hidden = false;
    this.mark(this.options[0]);
    announce(words("{n} 个候选", "{n} candidates", { n: entries.length }));
  }

  mark(option) {
    this.options.forEach((one) => one.setAttribute("aria-selected", String(one === option)));
    this.area.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    if (composing(event) || this.list.hidden) return;
    const options = this.options;
    const at = options.indexOf(this.active);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.mark(options[(at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length]);
    } else if ((event.key === "Enter" || event.key === "Tab") && this.active && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.choose(this.active);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    }
  }

  choose(option) {
    const at = this.area.selectionStart - this.typed.length;
    const rest = this.area.value.slice(this.area.selectionStart);
    const name = `${option.entry.insert} `;
    this.area.value = this.area.value.slice(0, at) + name + rest;
    this.area.setSelectionRange(at + name.length, at + name.length);
    this.close();
  }

  close() {
    this.list.hidden = true;
    this.list.replaceChildren();
    this.area.removeAttribute("aria-activedescendant");
  }
});
