/** Small things every other module uses. */

export const chinese = document.documentElement.lang.startsWith("zh");

/** The text in the page's language, with {name} places filled. */
export function words(zh, en, values = {}) {
  return (chinese ? zh : en).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

/** Whether a key press belongs to an input method choosing characters. Safari sends Enter after compositionend: only 229 tells. */
export function composing(event) {
  return event.isComposing || event.keyCode === 229;
}

/** Speak a sentence to screen readers. */
export function announce(sentence) {
  const place = document.getElementById("q-live");
  if (!place) return;
  place.textContent = "";
  // the same sentence twice is spoken twice only if the text was gone in between
  requestAnimationFrame(() => { place.textContent = sentence; });
}

/** The token that proves a request comes from our own page. */
export function csrfToken() {
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  return field ? field.value : "";
}

export function inField(element) {
  return !!element && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));
}

export function clockNow() {
  const now = new Date();
  return `${String(now.getHours()).padStart(2, "0")}:${String(now.getMinutes()).padStart(2, "0")}`;
}

export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Full-width digits, signs and spaces as the half-width ones. */
export function halfWidth(text) {
  return text.replace(/[\uff01-\uff5e]/g, (char) => String.fromCharCode(char.charCodeAt(0) - 0xfee0)).replace(/\u3000/g, " ").replace(/[。]/g, ".");
}

export function define(name, element) {
  if (!customElements.get(name)) customElements.define(name, element);
}
