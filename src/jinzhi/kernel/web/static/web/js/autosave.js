/**
 * <q-autosave data-url="…" data-key="…">: stands inside a form and saves it after a pause.
 * A copy stays on this device until the server said it saved; when it did not, the sentence says so and the copy is offered again.
 * The server answers JSON {"saved": true, "version"?: n} or {"error": sentence}; 409 means somebody else changed it.
 */
import { announce, clockNow, csrfToken, define, words } from "./core.js";

const PAUSE = 1500;

define("q-autosave", class extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    if (!this.form) return;
    this.key = `q-draft:${this.dataset.key || location.pathname}`;
    this.place = document.querySelector("[data-saved]");
    this.serial = 0;
    const changed = (event) => { if (event.target.type !== "file") this.touched(); };
    this.form.addEventListener("input", changed);
    this.form.addEventListener("change", changed);
    this.form.addEventListener("submit", () => { clearTimeout(this.timer); this.submitting = true; });
    window.addEventListener("online", () => { if (this.dirty) this.save(); });
    window.addEventListener("pagehide", () => { if (this.dirty && !this.submitting) this.keep(); });
    document.addEventListener("visibilitychange", () => { if (document.hidden && this.dirty && !this.submitting) this.save(); });
    this.offer();
  }

  entries() {
    return [...new FormData(this.form)].filter(([name, value]) => typeof value === "string" && !["csrfmiddlewaretoken", "request_id"].includes(name));
  }

  touched() {
    this.dirty = true;
    this.serial += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE);
  }

  keep() {
    try {
      localStorage.setItem(this.key, JSON.stringify({ at: Date.now(), entries: this.entries() }));
    } catch { /* no room or not allowed: the form itself still holds everything */ }
  }

  /** What an earlier visit could not save is offered, not forced. */
  offer() {
    let draft = null;
    try { draft = JSON.parse(localStorage.getItem(this.key) || "null"); } catch { draft = null; }
    if (!draft) return;
    const same = JSON.stringify(draft.entries) === JSON.stringify(this.entries());
    if (same) {
      localStorage.removeItem(this.key);
      return;
    }
    const box = document.createElement("div");
    box.className = "q-notice q-notice--w";
    const text = document.createElement("span");
    text.textContent = words("本机有一份没有保存到系统的内容（{at}）。", "This device holds entries that were not saved ({at}). ", { at: new Date(draft.at).toLocaleString() });
    const use = Object.assign(document.createElement("button"), { type: "button", className: "q-btn", textContent: words("用本机这份", "Use them") });
    const drop = Object.assign(document.createElement("button"), { type: "button", className: "q-btn", textContent: words("丢弃本机这份", "Discard them") });
    use.addEventListener("click", () => { this.fill(draft.entries); box.remove(); this.touched(); });
    drop.addEventListener("click", () => { localStorage.removeItem(this.key); box.remove(); });
    box.append(text, use, drop);
    this.form.prepend(box);
  }

  fill(entries) {
    const values = new Map();
    entries.forEach(([name, value]) => values.set(name, [...(values.get(name) || []), value]));
    this.form.querySelectorAll("q-lines").forEach((lines) => lines.resize(Number((values.get(`${lines.dataset.prefix}-count`) || [0])[0])));
    [...this.form.elements].forEach((field) => {
      if (!field.name || ["csrfmiddlewaretoken", "request_id"].includes(field.name) || field.type === "file") return;
      const wanted = values.get(field.name) || [];
      if (field.type === "checkbox" || field.type === "radio") field.checked = wanted.includes(field.value);
      else if (wanted.length) field.value = wanted[0];
    });
  }

  async save() {
    clearTimeout(this.timer);
    // one request at a time: an older one must never overwrite a newer one on the server
    if (this.saving) {
      this.again = true;
      return;
    }
    const serial = this.serial;
    this.saving = true;
    this.keep();
    try {
      const body = new URLSearchParams(this.entries());
      const answer = await fetch(this.dataset.url || this.form.action, {
        method: "POST", body, headers: { "X-CSRFToken": csrfToken(), "X-Autosave": "1", Accept: "application/json" }, redirect: "manual",
      });
      const said = answer.headers.get("content-type")?.includes("json") ? await answer.json() : {};
      if (answer.status === 409) {
        this.say(said.error || words("有人改了这份内容。刷新后比较两份", "Somebody changed this. Reload to compare"), "r");
      } else if (!answer.ok || said.error) {
        this.say(said.error || words("没有保存成功，内容还在本页和本机", "Not saved; what you entered is on this page and this device"), "r");
      } else {
        if (said.version !== undefined && this.form.elements.version) this.form.elements.version.value = said.version;
        if (serial === this.serial) {
          this.dirty = false;
          localStorage.removeItem(this.key);
        }
        this.say(words("已自动保存 {at}", "Saved automatically {at}", { at: clockNow() }), "g");
        this.dispatchEvent(new CustomEvent("q:saved", { bubbles: true, detail: said }));
      }
    } catch {
      this.say(words("没有网络，已保存在本机", "No network; kept on this device"), "w");
      this.timer = setTimeout(() => this.save(), 15000);
    } finally {
      this.saving = false;
      if (this.again) {
        this.again = false;
        this.save();
      }
    }
  }

  say(sentence, tone) {
    if (this.place) {
      this.place.className = `q-saved ${{ g: "q-green", r: "q-red", w: "q-amber" }[tone]}`;
      this.place.textContent = sentence;
    } else if (tone !== "g") announce(sentence);
  }
});
