/** The enterprise's wizard: small things the shared components leave to the page. */

/** The hidden row key is passed over by Enter, forwards and backwards. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.keyCode === 229 || !event.target.matches(".d-lines input[data-col]")) return;
  const lines = event.target.closest("q-lines");
  const all = [...lines.querySelectorAll("tbody input[data-col]")];
  const at = all.indexOf(event.target);
  const next = all[at + (event.shiftKey ? -1 : 1)];
  if (next && next.dataset.col === "key") {
    const beyond = all[at + (event.shiftKey ? -2 : 2)];
    if (beyond) beyond.focus();
  }
});

/** A new line is focused in its first visible cell. */
document.addEventListener("click", (event) => {
  const button = event.target.closest(".d-lines [data-add], .d-lines [data-copy]");
  if (!button) return;
  const rows = [...button.closest("q-lines").querySelectorAll("tr[data-line]")];
  const from = button.closest("tr[data-line]");
  const row = from ? rows[rows.indexOf(from) + 1] : rows[rows.length - 1];
  const input = row && row.querySelector("input[data-col]:not([data-col=key])");
  if (input) input.focus();
});

/** The consignee chosen brings its names along. */
document.addEventListener("q:picked", (event) => {
  if (!event.target.querySelector("[name=consignee_code]")) return;
  const entry = event.detail || {};
  [["consignee_name_zh", entry.zh], ["consignee_name_en", entry.en]].forEach(([name, value]) => {
    const field = document.querySelector(`[name=${name}]`);
    if (field && value) {
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
});

/** A cell the import report points to may stand in a closed panel. */
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  const target = link && document.getElementById(link.hash.slice(1));
  const folded = target && target.closest("details:not([open])");
  if (folded) folded.open = true;
  if (target && link.closest(".d-cells")) {
    event.preventDefault();
    target.focus();
    target.scrollIntoView({ block: "center" });
  }
}, true);

/** What is still being saved goes first: an import must not meet an older save of the same page. */
document.addEventListener("submit", async (event) => {
  const form = event.target;
  const saver = document.querySelector("q-autosave");
  if (!saver || !form.closest("dialog") || form.dataset.flushed) return;
  event.preventDefault();
  form.dataset.flushed = "1";
  if (saver.dirty) await saver.save();
  for (let turn = 0; saver.saving && turn < 50; turn += 1) await new Promise((done) => { setTimeout(done, 100); });
  saver.dirty = false;
  form.submit();
}, true);

/** A mended cell loses its sentence; the row keeps its height, so that the button one is pressing does not move away. */
document.addEventListener("change", (event) => {
  const cell = event.target.closest && event.target.closest("td.q-lines__bad");
  const row = cell && cell.closest("tr");
  if (row) row.setAttribute("height", String(row.offsetHeight));
}, true);
