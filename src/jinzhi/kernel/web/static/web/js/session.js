/** The end of a session, told five minutes ahead, with one button to go on. */
import { csrfToken, words } from "./core.js";
import { openDialog } from "./dialog.js";

const stated = document.querySelector("meta[name=q-session]");
const WARN = 300;

if (stated) {
  let ends = Date.now() + Number(stated.content) * 1000;
  let dismissed = false;
  const dialog = document.getElementById("q-session");
  const place = dialog.querySelector("[data-left]");
  const watch = () => {
    const left = Math.round((ends - Date.now()) / 1000);
    if (left > WARN) return;
    place.textContent = left > 0
      ? place.dataset.left.replace("{m}", Math.max(1, Math.ceil(left / 60)))
      : words("登录已到期。内容还在本页，在另一个窗口重新登录后可以继续", "The session has ended. What you entered is still here: sign in again in another window and go on");
    if (!dismissed) openDialog(dialog, null);
  };
  setInterval(watch, 15000);
  watch();
  dialog.addEventListener("close", () => { dismissed = true; });
  dialog.querySelector("[data-extend]").addEventListener("click", async () => {
    try {
      const answer = await fetch(stated.dataset.url, { method: "POST", headers: { "X-CSRFToken": csrfToken() }, redirect: "manual" });
      if (!answer.ok) throw new Error(String(answer.status));
      ends = Date.now() + (await answer.json()).seconds * 1000;
      dialog.close();
      dismissed = false;
    } catch {
      place.textContent = words("没有续上，重新登录后继续", "Not extended; sign in again to go on");
    }
  });
}
