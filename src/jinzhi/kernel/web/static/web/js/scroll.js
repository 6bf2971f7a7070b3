/** A table wider than its place scrolls: whoever has no mouse must reach it, so it takes the focus while it overflows. */
const reachable = "a[href],button:not([disabled]),input:not([type=hidden]):not([disabled]),select,textarea,summary,[tabindex]";

const measured = new ResizeObserver((entries) => entries.forEach(({ target }) => {
  const needed = target.scrollWidth > target.clientWidth && !target.querySelector(reachable);
  if (!needed) {
    ["tabindex", "role", "aria-label"].forEach((name) => target.removeAttribute(name));
    return;
  }
  target.tabIndex = 0;
  const title = target.querySelector("caption") || target.closest("section")?.querySelector("h2,h3");
  if (title) {
    target.setAttribute("role", "region");
    target.setAttribute("aria-label", title.textContent.trim());
  }
}));

const watchTables = (root) => root.querySelectorAll(".q-scroll").forEach((table) => measured.observe(table));

watchTables(document);
document.addEventListener("htmx:afterSettle", (event) => watchTables(event.target));
