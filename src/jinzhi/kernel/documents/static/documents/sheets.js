/** Opens the print dialogue once every page image is there; P and the button open it again. */
const images = [...document.images];
const ready = Promise.all(images.map((image) => (image.complete ? null : new Promise((done) => ["load", "error"].forEach((name) => image.addEventListener(name, done, { once: true }))))));
ready.then(() => window.print());
document.getElementById("print").addEventListener("click", () => window.print());
document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.toLowerCase() === "p") window.print();
});
