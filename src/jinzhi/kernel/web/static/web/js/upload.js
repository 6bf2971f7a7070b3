/**
 * <q-upload data-url data-max data-accept>: files are measured and hashed here, sent one after another, shown with progress,
 * and can be sent again. The server's answer {"html": row} takes the row's place, {"error": sentence} stays on it.
 */
import { announce, csrfToken, define, make, words } from "./core.js";

function sizeText(bytes) {
  const mega = bytes / 1048576;
  return mega >= 1 ? `${mega >= 10 ? Math.round(mega) : mega.toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} KB`;
}

/** SHA-256 in hex; nothing where the browser has none (plain http on another host). */
export async function fileHash(file) {
  if (!window.crypto || !crypto.subtle) return "";
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

define("q-upload", class extends HTMLElement {
  connectedCallback() {
    if (!this.dataset.url) return;
    this.input = this.querySelector("input[type=file]");
    this.list = this.querySelector("[data-files]");
    this.line = Promise.resolve();
    // files go by themselves, so the form must not send them a second time
    this.input.removeAttribute("name");
    this.input.addEventListener("change", () => this.take([...this.input.files]));
    const drop = this.querySelector(".q-drop");
    drop.classList.add("q-drop--live");
    drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("q-drop--over"); });
    drop.addEventListener("dragleave", () => drop.classList.remove("q-drop--over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("q-drop--over");
      this.take([...event.dataTransfer.files]);
    });
    this.addEventListener("click", (event) => {
      const remove = event.target.closest("[data-remove]");
      if (remove) this.remove_(remove);
    });
  }

  take(files) {
    this.input.value = "";
    (this.input.multiple ? files : files.slice(0, 1)).forEach((file) => {
      const row = this.row(file);
      this.list.append(row.element);
      const wrong = this.check(file);
      if (wrong) row.fail(wrong, false);
      else this.line = this.line.then(() => this.send(file, row));
    });
  }

  check(file) {
    const max = Number(this.dataset.max);
    if (max && file.size > max) return words("这个文件是 {a}，最大 {b}。可以拆成两份上传", "This file is {a}, the limit is {b}. It can be split in two", { a: sizeText(file.size), b: sizeText(max) });
    if (!file.size) return words("这个文件是空的，换一份", "This file is empty; choose another");
    const kinds = (this.dataset.accept || "").split(",").map((kind) => kind.trim().toLowerCase()).filter(Boolean);
    if (kinds.length && !kinds.some((kind) => file.name.toLowerCase().endsWith(kind))) return words("只收 {k}", "Accepted: {k}", { k: kinds.join(" ") });
    return "";
  }

  row(file) {
    const state = make("span", { className: "q-tag q-tag--b", textContent: words("等待上传", "Waiting") });
    const bar = make("progress", { className: "q-file__bar", max: 100, value: 0 });
    bar.setAttribute("aria-label", file.name);
    const meta = make("span", { className: "q-file__meta" }, `${sizeText(file.size)} `, bar);
    const act = make("button", { type: "button", className: "q-link", textContent: words("取消上传", "Cancel") });
    const element = make("div", { className: "q-file" }, make("span", { textContent: file.name }), state, meta, act);
    const row = { element, state, bar, act };
    act.onclick = () => { row.cancelled = true; if (row.request) row.request.abort(); element.remove(); };
    row.fail = (sentence, retry) => {
      state.className = "q-tag q-tag--r";
      state.textContent = words("没有传完", "Not uploaded");
      bar.remove();
      meta.querySelector(".q-field__error")?.remove();
      meta.append(make("span", { className: "q-field__error", textContent: sentence }));
      act.textContent = retry ? words("重新上传", "Try again") : words("移除", "Remove");
      act.onclick = () => {
        element.remove();
        if (retry) this.take([file]);
      };
      announce(`${file.name}：${sentence}`);
    };
    return row;
  }

  async send(file, row) {
    if (row.cancelled) return;
    row.state.textContent = words("正在核对", "Checking");
    const hash = await fileHash(file);
    const data = new FormData();
    data.append("file", file);
    data.append("sha256", hash);
    Object.entries(this.dataset).forEach(([key, value]) => { if (key.startsWith("field")) data.append(key.slice(5).toLowerCase(), value); });
    await new Promise((done) => {
      const request = new XMLHttpRequest();
      row.request = request;
      request.open("POST", this.dataset.url);
      request.setRequestHeader("X-CSRFToken", csrfToken());
      request.setRequestHeader("Accept", "application/json");
      request.upload.onprogress = (event) => {
        const share = Math.round((100 * event.loaded) / event.total);
        row.bar.value = share;
        row.state.textContent = words("正在上传 {n}%", "Uploading {n}%", { n: share });
      };
      request.onloadend = () => {
        this.answered(file, row, request);
        done();
      };
      request.send(data);
    });
  }

  answered(file, row, request) {
    if (row.cancelled) return;
    let said = {};
    try { said = JSON.parse(request.responseText); } catch { said = {}; }
    if (request.status >= 200 && request.status < 300 && !said.error) {
      if (said.html) {
        const holder = make("div");
        holder.innerHTML = said.html; // our own server's row, escaped there
        row.element.replaceWith(...holder.childNodes);
      }
      announce(words("{n} 已上传", "{n} uploaded", { n: file.name }));
      this.dispatchEvent(new CustomEvent("q:uploaded", { bubbles: true, detail: said }));
    } else if (request.status === 413) row.fail(words("这个文件太大，拆成两份上传", "This file is too large; split it in two"), false);
    else row.fail(said.error || words("没有传完，网络恢复后再试", "Not uploaded; try again when the network is back"), true);
  }

  async remove_(button) {
    button.disabled = true;
    try {
      const answer = await fetch(button.dataset.remove, { method: "POST", headers: { "X-CSRFToken": csrfToken() }, redirect: "manual" });
      if (!answer.ok) throw new Error(String(answer.status));
      button.closest(".q-file").remove();
      announce(words("文件已移除", "File removed"));
      this.dispatchEvent(new CustomEvent("q:removed", { bubbles: true }));
    } catch {
      button.disabled = false;
      announce(words("没有移除，再试一次", "Not removed; try again"));
    }
  }
});
