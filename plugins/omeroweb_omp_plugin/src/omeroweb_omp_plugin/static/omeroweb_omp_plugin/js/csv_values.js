/** Values from a CSV file: checked first, then taken as if they had been typed. And the preview as such a file. */

import { request } from "../../omero_plugin_common/js/api.js";
import { showDialog } from "../../omero_plugin_common/js/dialog.js";
import { element } from "../../omero_plugin_common/js/dom.js";
import { counted, number } from "../../omero_plugin_common/js/format.js";
import { toast, toastError } from "../../omero_plugin_common/js/toast.js";
import { addresses, addressOf, part } from "./page_parts.js";

const PATIENCE = 120_000;
const WORDS = { id: "the images’ ids", name: "names of images", well: "wells" };

export class CsvValues {
  #preview;

  /** @param {object} preview step 3 */
  constructor(preview) {
    this.#preview = preview;
    part("from-csv").addEventListener("click", () => part("values-file").click());
    part("values-file").addEventListener("change", () => this.#chosen());
  }

  /** @param {object|null} made the preview that is shown */
  show(made) {
    const link = part("preview-csv");
    if (made) link.href = addressOf(addresses().previewCsv, made.preview);
    else link.removeAttribute("href");
  }

  async #chosen() {
    const [file] = part("values-file").files;
    // The same file can be chosen again, when it was changed.
    part("values-file").value = "";
    if (!file || !this.#preview.made) return;
    try {
      const column = await this.#ask(file, await this.#send("checkValuesFile", this.#preview.made.preview, file));
      if (column !== null) await this.#take(file, column);
    } catch (error) {
      toastError(error);
    }
  }

  #send(address, preview, file, column) {
    const form = new FormData();
    form.set("values", file);
    return request(addressOf(addresses()[address], preview), { method: "POST", form, query: { column }, timeout: PATIENCE });
  }

  #take(file, column) {
    return this.#preview.take(async (preview) => {
      try {
        const made = await this.#send("valuesFile", preview, file, column);
        toast(`The values of “${file.name}” are in step 3.`);
        return made;
      } catch (error) {
        toastError(error);
        return null;
      }
    });
  }

  /** Show what the file gives; the column that the user wants, or nothing. */
  async #ask(file, checked) {
    let shown = checked;
    const columns = element("select", { class: "op-input", id: "omp-csv-column" },
      ...shown.columns.map((name, at) => element("option", { value: at }, name)));
    const body = element("div", { class: "omp-csv-checked", "aria-live": "polite" });
    const draw = () => {
      columns.value = String(shown.column);
      body.replaceChildren(...report(shown));
      const go = body.closest("dialog")?.querySelector("[data-kind=primary]");
      if (go) go.disabled = shown.changing === 0 || shown.conflicts.length > 0;
    };
    columns.addEventListener("change", async () => {
      try {
        shown = await this.#send("checkValuesFile", this.#preview.made.preview, file, columns.value);
      } catch (error) {
        toastError(error);
      }
      draw();
    });
    const answer = showDialog({
      title: `Values from “${file.name}”`,
      body: [element("div", { class: "op-field" }, element("label", { for: "omp-csv-column" }, "Column with the names of images, or wells"), columns), body],
      actions: [{ label: "Cancel", value: false }, { label: "Use these values", value: true, kind: "primary" }],
      focus: columns,
    });
    draw();
    return (await answer) ? shown.column : null;
  }
}

/** What a check says, in lines. */
function report({ by, columns, column, keys, leftOut, rows, matched, several, strangers, images, without, withoutNames, conflicts, changing, values }) {
  const lines = [`${number(matched)} of ${counted(rows, "row")} match, by ${WORDS[by]} in “${columns[column]}”.`];
  if (matched < rows) lines.push(`${counted(rows - matched, "row")} ${rows - matched === 1 ? "matches" : "match"} no image: ${some(strangers, rows - matched)}.`);
  if (several) lines.push(`${counted(several, "row")} ${several === 1 ? "is" : "are"} for several images: each of them gets the values.`);
  if (without) lines.push(`${number(without)} of ${counted(images, "image")} ${without === 1 ? "has" : "have"} no row: ${some(withoutNames, without)}.`);
  if (leftOut.length) lines.push(`Left out, because it has no key as its header: ${leftOut.join(", ")}.`);
  lines.push(keys.length ? `Keys: ${keys.join(", ")}. Empty cells change nothing.` : "There is no other column that could be a key.");
  if (matched && keys.length) lines.push(changing ? `${counted(values, "value")} ${values === 1 ? "is" : "are"} new, on ${counted(changing, "image")}.` : "Step 3 has these values already.");
  const told = lines.map((line) => element("p", {}, line));
  if (conflicts.length === 0) return told;
  return [...told, element("div", { class: "omp-note omp-note-bad" },
    element("p", {}, "Rows for one image must have the same values. Correct the file, and choose it again:"),
    element("ul", {}, ...conflicts.map((each) => element("li", {}, each))))];
}

function some(names, all) {
  const more = all - names.length;
  return `${names.join(", ")}${more > 0 ? ` and ${number(more)} more` : ""}`;
}
