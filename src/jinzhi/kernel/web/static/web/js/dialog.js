/** Native dialogs: data-open="id" opens, data-close closes, focus returns to what opened it. */

const openers = new WeakMap();

export function openDialog(dialog, opener) {
  if (!dialog || dialog.open) return;
  openers.set(dialog, opener || document.activeElement);
  dialog.showModal();
  const first = dialog.querySelector("[autofocus]") || dialog.querySelector("[aria-invalid=true]") || dialog.querySelector("h2");
  if (first) first.focus();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) {
    event.preventDefault();
    openDialog(document.getElementById(opener.dataset.open), opener);
    return;
  }
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog").close();
});

document.addEventListener("close", (event) => {
  const opener = openers.get(event.target);
  if (opener && opener.isConnected) opener.focus();
}, true);

/** A dialog whose form came back with errors is open from the start. */
document.querySelectorAll("dialog[data-show]").forEach((dialog) => openDialog(dialog, null));
