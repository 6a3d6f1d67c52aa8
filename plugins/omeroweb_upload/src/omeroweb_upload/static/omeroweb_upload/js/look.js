/** Step 3: what Bio-Formats says about the files, for a last look before the import. */

import { postJSON } from "../../omero_plugin_common/js/api.js";
import { element } from "../../omero_plugin_common/js/dom.js";
import { counted, number } from "../../omero_plugin_common/js/format.js";
import { ArraySource } from "../../omero_plugin_common/js/sources.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";
import { TryAgain } from "../../omero_plugin_common/js/try_again.js";
import { allPages } from "./all_pages.js";
import { part } from "./page_parts.js";

const MOST_NAMED = 20;
const ROLES = { attachment: "will be attached", spectrum: "will be attached as spectra", skipped: "not imported" };

export class Look {
  #upload = null;
  #units = [];
  #files = [];
  #out = new Set();
  #retry = new TryAgain(part("look-failed"), () => this.show(this.#upload));
  #confirmed;

  /** @param {(upload: object) => void} confirmed the import begins, or the files are read again */
  constructor(confirmed) {
    this.#confirmed = confirmed;
    part("confirm").addEventListener("click", () => this.#confirm());
  }

  /** Show what was found in the files of an upload. */
  async show(upload) {
    this.#upload = upload;
    try {
      [this.#units, this.#files] = await Promise.all([allPages(upload.units_url, "units"), allPages(upload.files_url, "files")]);
      this.#units = this.#units.filter(({ state }) => state !== "removed");
      this.#retry.done();
    } catch (error) {
      this.#retry.failed(error, "What was found could not be listed.");
      return;
    }
    this.#out.clear();
    part("found").hidden = false;
    await this.#table();
    this.#rest();
    this.#totals();
  }

  hide() {
    this.#retry.done();
    part("found").hidden = true;
  }

  async #table() {
    const table = element("op-table", { class: "upload-table", id: "upload-unit-table" });
    part("unit-table").replaceWith(table);
    table.hidden = this.#units.length === 0;
    if (table.hidden) return;
    const rows = this.#units.map((unit) => ({
      id: unit.number, path: unit.path, format: unit.format, images: unit.images, files: unit.files.length, plate: unit.plate, message: unit.message,
    }));
    table.addEventListener("op-tick", ({ detail }) => this.#tick([detail.row.id], detail.ticked));
    table.addEventListener("op-tick-all", ({ detail }) => this.#tick(rows.map(({ id }) => id), detail.ticked));
    await table.setUp({
      name: "Images found",
      label: (row) => row.path,
      ticks: {
        of: (row) => !this.#out.has(row.id),
        label: (row) => `Import ${row.path}`,
        all: () => (this.#out.size === 0 ? true : this.#out.size === rows.length ? false : null),
        labelOfAll: "Import all",
      },
      columns: [
        { key: "path", label: "File", sorts: true, min: 9, grow: 4 },
        { key: "images", label: "Becomes", sorts: true, min: 7, text: (row) => (row.plate ? `1 plate, ${counted(row.images, "image")}` : counted(row.images, "image")) },
        { key: "format", label: "Format", sorts: true, min: 8, grow: 2 },
        { key: "files", label: "Files", sorts: true, end: true, min: 5, text: (row) => number(row.files) },
        { key: "message", label: "Remark", min: 10, grow: 3 },
      ],
      source: new ArraySource(rows),
    });
  }

  #tick(ids, ticked) {
    for (const id of ids) {
      if (ticked) this.#out.delete(id);
      else this.#out.add(id);
    }
    this.#totals();
  }

  /** Files that belong to no image: what becomes of them. */
  #rest() {
    const rest = this.#files.filter(({ unit, state }) => unit === null && state !== "removed");
    const lists = [];
    const unread = rest.filter(({ role }) => role === "image");
    if (unread.length > 0) {
      lists.push(group(`${counted(unread.length, "file")} that Bio-Formats cannot read: not imported`, unread, true));
    }
    for (const [role, words] of Object.entries(ROLES)) {
      const some = rest.filter((file) => file.role === role);
      if (some.length > 0) lists.push(group(`${counted(some.length, "file")} ${words}`, some, false));
    }
    part("rest").replaceChildren(...lists);
  }

  #totals() {
    const kept = this.#units.filter(({ number: id }) => !this.#out.has(id));
    const images = kept.reduce((sum, unit) => sum + (unit.plate ? 0 : unit.images), 0);
    const plates = kept.filter(({ plate }) => plate).length;
    const what = [images || !plates ? counted(images, "image") : "", plates ? counted(plates, "plate") : ""].filter(Boolean).join(" and ");
    const files = kept.reduce((sum, unit) => sum + unit.files.length, 0);
    const others = this.#files.some(({ role, state }) => (role === "attachment" || role === "spectrum") && state === "uploaded");
    part("found-text").textContent = this.#units.length === 0
      ? "No image was found in these files."
      : `${what} in ${counted(files, "file")}. Nothing is in OMERO yet: untick what should stay out.`;
    const go = part("confirm");
    go.textContent = this.#units.length ? `Import ${what}` : "Attach the files";
    go.disabled = kept.length === 0 && !(this.#units.length === 0 && others);
  }

  async #confirm() {
    const go = part("confirm");
    go.disabled = true;
    try {
      if (this.#out.size > 0) {
        // The rest is read once more: files that belong together may have lost one.
        this.#confirmed(await postJSON(this.#upload.prune_url, { keep_paths: this.#keep() }, { timeout: 120_000 }));
      } else {
        this.#confirmed(await postJSON(this.#upload.confirm_url));
      }
    } catch (error) {
      go.disabled = false;
      toastError(error);
    }
  }

  #keep() {
    const dropped = new Set(this.#units.filter(({ number: id }) => this.#out.has(id)).flatMap(({ files }) => files));
    return this.#files.map(({ path }) => path).filter((path) => !dropped.has(path));
  }
}

function group(title, files, open) {
  const more = files.length - MOST_NAMED;
  return element("details", { class: "upload-rest", open },
    element("summary", {}, title),
    element("ul", {}, ...files.slice(0, MOST_NAMED).map(({ path, message }) => element("li", {}, message ? `${path}: ${message}` : path)),
      more > 0 ? element("li", {}, `and ${counted(more, "other")}`) : null));
}
