/** htmx: focus and announcements after a swap, one place for what went wrong, nothing sent while characters are being composed. */
import { announce, words } from "./core.js";
import { focusErrors } from "./forms.js";

let focusedBefore = null;

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("input[name=csrfmiddlewaretoken]");
  if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token.value;
});

let underComposition = false;
document.addEventListener("compositionstart", () => { underComposition = true; });
document.addEventListener("compositionend", () => { underComposition = false; });
document.addEventListener("htmx:confirm", (event) => {
  if (underComposition && event.detail.triggeringEvent && event.detail.triggeringEvent.type === "input") event.preventDefault();
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target && event.detail.target.setAttribute) event.detail.target.setAttribute("aria-busy", "true");
});

document.addEventListener("htmx:beforeSwap", () => {
  const active = document.activeElement;
  focusedBefore = active && active !== document.body ? { id: active.id, element: active } : null;
});

document.addEventListener("htmx:afterSettle", (event) => {
  const target = event.detail.target && event.detail.target.isConnected ? event.detail.target : event.detail.elt;
  if (!target || !target.removeAttribute) return;
  target.removeAttribute("aria-busy");
  if (focusErrors(target)) return;
  // the focused element was replaced: same id if there is one, else the heading of the new region
  if (focusedBefore && !focusedBefore.element.isConnected) {
    const again = focusedBefore.id && document.getElementById(focusedBefore.id);
    const heading = again || target.querySelector("h1,h2,h3,[data-heading]") || target;
    if (!again) heading.setAttribute("tabindex", "-1");
    heading.focus({ preventScroll: true });
  }
  focusedBefore = null;
  const spoken = target.querySelector("[data-announce]") || (target.matches("[data-announce]") ? target : null);
  if (spoken) announce(spoken.dataset.announce || spoken.textContent.trim());
});

function requestFailed(event) {
  const target = event.detail.target;
  if (target && target.removeAttribute) target.removeAttribute("aria-busy");
  const status = event.detail.xhr ? event.detail.xhr.status : 0;
  if (status === 401 || status === 403) announce(words("登录已到期或没有权限，重新登录后再试", "Signed out or not allowed; sign in and try again"));
  else if (!status) announce(words("没有网络，内容还在本页", "No network; what you entered is still on this page"));
  else announce(words("系统暂时没有完成，内容还在本页，再试一次", "Not done; what you entered is still on this page, try again"));
}
document.addEventListener("htmx:responseError", requestFailed);
document.addEventListener("htmx:sendError", requestFailed);
