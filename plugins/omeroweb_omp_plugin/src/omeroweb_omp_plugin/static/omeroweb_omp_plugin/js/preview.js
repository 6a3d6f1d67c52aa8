/** Step 3: every image with its variables, what is there and what would be. */

import { getJSON, postJSON } from "../../omero_plugin_common/js/api.js";
import { counted, number } from "../../omero_plugin_common/js/format.js";
import { debounced, Newest } from "../../omero_plugin_common/js/newest.js";
import { toast } from "../../omero_plugin_common/js/toast.js";
import { Changes, REFUSED } from "./changes.js";
import { editImage } from "./edit_image.js";
import { editMany } from "./edit_many.js";
import { addresses, addressOf, part } from "./page_parts.js";
import { columns, withValues } from "./preview_columns.js";
import { ShownPages, sorting } from "./shown_pages.js";

// What one request compares with OMERO; more is compared when the user asks for it.
const AT_ONCE = 5000;
const PATIENCE = 120_000;

export class Preview {
  #made = null;
  // The one whose rows the table shows: it follows when all changes are stored.
  #inTable = null;
  #images = 0;
  #filter = "all";
  #found = "";
  #table = null;
  #source = null;
  #newest = new Newest();
  #looking = new Newest();
  #changes = new Changes();
  // Ticks and values that are not in the table's rows yet, and those of them that are not sent.
  #ticks = new Map();
  #typed = new Map();
  #unsent = unsent();
  // The previews before each change: undoing is going back to the last of them.
  #before = [];
  // Takes the message about the last change of many images away.
  #told = null;
  // Whether the names are to be read in another way than the table shows.
  #stale = false;
  #shown;
  #retry;
  #read;
  #failed;

  /**
   * @param {object} options
   * @param {(preview: object|null) => void} options.shown told of each preview and what is known of it
   * @param {TryAgain} options.retry shows failures of this step
   * @param {() => Promise<void>} options.read reads the names again
   * @param {(error: Error) => void} options.failed told that the server has the preview no more
   */
  constructor({ shown, retry, read, failed }) {
    this.#shown = shown;
    this.#retry = retry;
    this.#read = read;
    this.#failed = failed;
    for (const filter of filters()) filter.addEventListener("click", () => this.#show(filter.dataset.filter));
    part("edit-many").addEventListener("click", () => this.#editMany());
    part("undo-edit").addEventListener("click", () => this.#undo());
    part("search").addEventListener("input", debounced(() => this.#search(), 300));
    part("thumbnails").checked = localStorage.getItem(HIDDEN) === null;
    part("thumbnails").addEventListener("change", () => this.#showThumbnails());
  }

  /** @returns {boolean} whether there are values that the user changed by hand */
  get edited() {
    return this.#changes.count > 0 || Boolean(this.#made?.edited);
  }

  /** @returns {object|null} the preview as the server told it */
  get made() {
    return this.#made;
  }

  /**
   * Read all names of a selection.
   *
   * @param {object} body of the request
   * @param {number} images how many there are
   * @returns {Promise<object>} the preview as the server told it
   */
  async make(body, images) {
    this.#looking.stop();
    this.#stale = true;
    this.#before = [];
    this.#images = images;
    part("preview-status").textContent = `Reading ${counted(images, "name")}…`;
    const { made, source } = await this.#newest.run(async (signal) => {
      const made = await postJSON(addresses().previews, body, { signal, timeout: PATIENCE });
      return { made, source: await this.#pages(made) };
    });
    if (this.#changes.count === 0) {
      // All that was typed is in what was read.
      this.#ticks.clear();
      this.#typed.clear();
    }
    this.#present(made, source);
    return made;
  }

  /** Show some of the images: `all`, `mismatching`, `changed` or `skipped`. */
  filter(which) {
    return this.#show(which);
  }

  /**
   * Change values of the images that are shown; changes are stored one after the other.
   *
   * @param {(preview: string) => Promise<object|null>} change as of `Changes`
   */
  take(change) {
    // What comes after it must not be sent before it.
    this.#unsent = unsent();
    return this.#take(async (preview) => {
      const made = await change(preview);
      if (made && made.preview !== preview) this.#before.push(preview);
      return made;
    });
  }

  async #take(change) {
    // Nothing is shown whose values could change.
    if (!this.#made) return;
    this.#changes.add(change);
    this.#tell();
    // Keys may be about to get other names: the values go along when the names are read.
    await (this.#stale ? this.#read() : this.#store());
  }

  /**
   * Write some images, or skip them.
   *
   * @param {{filter: string, search?: string, ticked: boolean}} wanted
   */
  tick(wanted) {
    return this.take((preview) => postJSON(addressOf(addresses().ticks, preview), wanted, { timeout: PATIENCE }));
  }

  /**
   * Send what was ticked or typed, together with what follows until it is sent.
   *
   * @param {"ticks"|"values"} kind
   * @param {Record<string, object|boolean>} wanted by image
   */
  #send(kind, wanted) {
    const waiting = this.#unsent[kind];
    for (const [image, one] of Object.entries(wanted)) waiting.set(image, merged(waiting.get(image), one));
    return this.#take(async (preview) => {
      const sent = new Map(waiting);
      waiting.clear();
      if (sent.size === 0) return null;
      try {
        const body = { [kind === "ticks" ? "images" : "values"]: Object.fromEntries(sent) };
        const made = await postJSON(addressOf(addresses()[kind], preview), body, { timeout: PATIENCE });
        this.#before.push(preview);
        return made;
      } catch (error) {
        // What is refused would be refused again.
        if (!REFUSED.has(error.status)) for (const [image, one] of sent) waiting.set(image, merged(one, waiting.get(image)));
        throw error;
      }
    });
  }

  /** Take back the last change: the preview before it is still there. */
  #undo() {
    this.#unsent = unsent();
    return this.#take(async () => {
      const earlier = this.#before.pop();
      if (!earlier) return null;
      try {
        return await getJSON(addressOf(addresses().preview, earlier), { timeout: PATIENCE });
      } catch (error) {
        if (error.status !== 404) {
          this.#before.push(earlier);
          throw error;
        }
        this.#before = [];
        toast("Older changes cannot be taken back.");
        return null;
      }
    });
  }

  /**
   * Store the changes that wait; the table does not show them yet.
   *
   * @throws {ApiError} why one could not be stored
   */
  stored() {
    return this.#changes.store(() => this.#made.preview, (made) => {
      this.#made = made;
      this.#tell();
    });
  }

  async #store() {
    try {
      await this.stored();
      if (this.#stale) return;
      this.#retry.done();
      this.#tell();
      if (this.#made === this.#inTable) await this.#count();
      else await this.#follow();
      if (this.#changes.count) return;
      this.#ticks.clear();
      this.#typed.clear();
      this.#table?.redraw();
    } catch (error) {
      if (error.status === 404) {
        this.#failed(error);
        return;
      }
      part("preview-status").textContent = "";
      this.#retry.failed(error, this.#changes.count ? "Your changes are not stored yet." : "Your changes are stored, but not shown yet.");
    }
  }

  /** Show the values that were changed, in the table as it is scrolled. */
  async #follow() {
    const made = this.#made;
    if (made.columns.join("\n") !== this.#inTable.columns.join("\n")) {
      if (this.#filter === "changed" && !(await this.#compare())) return;
      const { place } = this.#table;
      const source = await this.#newest.run(() => this.#pages(made, this.#filter));
      await this.#present(made, source, this.#filter);
      this.#table.goTo(place);
      return;
    }
    this.#source.address = this.#rows(made);
    if (this.#filter === "changed" && !(await this.#compare())) return;
    this.#inTable = made;
    await this.#table.reload();
    if (this.#filter !== "changed") await this.#count();
  }

  /** What is under way is not wanted any more, except for changes of values. */
  stop() {
    this.#newest.stop();
    this.#looking.stop();
    this.#stale = true;
  }

  /** Nothing is chosen. */
  clear() {
    this.hide();
    this.#changes.clear();
    this.#ticks.clear();
    this.#typed.clear();
    this.#unsent = unsent();
    this.#before = [];
    // What was searched for is meant for the images of before.
    this.#found = "";
    part("search").value = "";
    this.#stale = false;
    this.#made = null;
    this.#inTable = null;
    this.#table?.remove();
    this.#table = null;
    this.#shown(null);
  }

  /** Nothing can be read at present. */
  hide() {
    this.#newest.stop();
    this.#looking.stop();
    part("preview-parts").hidden = true;
    part("preview-status").textContent = "";
    for (const filter of filters()) filter.textContent = LABELS[filter.dataset.filter];
  }

  /** Go on with what has failed. */
  resume() {
    return this.#changes.count || this.#made !== this.#inTable ? this.#store() : this.#compare();
  }

  #rows(made) {
    return addressOf(addresses().rows, made.preview);
  }

  async #pages(made, filter = "all") {
    const pages = new ShownPages(this.#rows(made), (row) => this.#asTyped(row));
    await pages.where({ filter, search: this.#found || null, ...(this.#sorted ?? {}) });
    return pages;
  }

  /** A row with the ticks and values that the server does not have yet. */
  #asTyped(row) {
    const typed = row && this.#typed.get(String(row.id));
    if (!typed) return row;
    if (typed.of !== row) Object.assign(typed, { of: row, row: withValues(row, typed.values) });
    return typed.row;
  }

  #present(made, source, filter = "all") {
    const rows = Array.from({ length: Math.min(200, source.total) }, (_, at) => source.row(at));
    this.#made = made;
    this.#inTable = made;
    this.#stale = false;
    this.#source = source;
    this.#filter = filter;
    part("preview-parts").hidden = false;
    const order = this.#order;
    const table = document.createElement("op-table");
    part("table").replaceChildren(table);
    this.#table = table;
    const ready = table.setUp({
      name: "Images",
      selectable: true,
      columns: columns(made.columns, rows),
      source,
      empty: () => (this.#found ? { title: "Nothing found", text: `No name and no value contains “${this.#found}”.` } : EMPTY[this.#filter]),
      order,
      ticks: {
        of: (row) => this.#ticks.get(row.id) ?? row.written,
        label: (row) => `Write ${row.name}`,
        all: () => this.#allTicked(),
        labelOfAll: "Write all that are shown",
      },
    });
    table.addEventListener("op-tick", ({ detail }) => this.#tickRow(detail.row, detail.ticked));
    table.addEventListener("op-tick-all", ({ detail }) => this.tick({ filter: this.#filter, search: this.#found, ticked: detail.ticked }));
    table.addEventListener("op-open", ({ detail }) => this.#edit(detail.row));
    table.addEventListener("op-edit", ({ detail }) => this.#type(detail.values));
    table.addEventListener("op-undo", () => this.#undo());
    table.addEventListener("op-tick", ({ detail }) => this.#tickRow(detail.row, detail.ticked));
    table.addEventListener("op-tick-all", ({ detail }) => this.tick({ filter: this.#filter, search: this.#found, ticked: detail.ticked }));
    this.#tell();
    this.#count();
    return ready;
  }

  /** Whether all images that the filter shows are written; nothing when some are. */
  #allTicked() {
    const { total, skipped } = this.#source;
    if (skipped === 0) return total > 0;
    return skipped === total ? false : null;
  }

  #tickRow(row, ticked) {
    this.#ticks.set(row.id, ticked);
    this.#send("ticks", { [row.id]: ticked });
  }

  /** Values that were typed into cells, or pasted. */
  #type(values) {
    // The keys of these values are about to get other names.
    if (this.#stale) {
      toast("Wait until the names are read.");
      return;
    }
    for (const [image, given] of Object.entries(values)) {
      this.#typed.set(image, { values: { ...this.#typed.get(image)?.values, ...given } });
    }
    this.#send("values", values);
    this.#table.redraw();
  }

  /** Change an image in the dialog, and those after it as long as the user goes on. */
  async #edit(first) {
    for (let row = first; row;) {
      if (this.#stale) {
        toast("Wait until the names are read.");
        return;
      }
      const { active } = this.#table;
      const answer = await editImage(row, this.#inTable.columns, this.#table.columnAt(active.column)?.key, this.#made.lists);
      if (!answer) return;
      if (answer.values) this.#type({ [row.id]: answer.values });
      if (!answer.next) return;
      row = await this.#table.after(row.id);
      if (!row) toast("That was the last of these images.");
    }
  }

  async #editMany() {
    if (this.#stale) {
      toast("Wait until the names are read.");
      return;
    }
    const table = this.#table;
    const chosen = await table.chosen();
    const { columns } = this.#inTable;
    const { key } = table.columnAt(table.active.column) ?? {};
    const filter = this.#filter;
    const wanted = await editMany({
      keys: columns, first: columns.includes(key) ? key : columns[0] ?? "", chosen: chosen.length, shown: table.total,
    });
    if (!wanted) return;
    const { sort, order } = sorting(this.#order);
    const body = {
      key: wanted.key, change: wanted.change, ...(sort ? { sort, order } : {}),
      ...(wanted.all ? { filter, search: this.#found } : { images: chosen }),
    };
    await this.take(async (preview) => {
      const made = await postJSON(addressOf(addresses().edit, preview), body, { timeout: PATIENCE });
      this.#told?.();
      this.#told = toast(made.changedImages ? `${counted(made.changedImages, "image")} changed. “Undo” takes it back.` : "No image has such a value: nothing was changed.");
      return made;
    });
  }

  async #search() {
    this.#found = part("search").value.trim();
    await this.#table?.where({ search: this.#found || null });
  }

  /** Whether they are shown is remembered in this browser. */
  #showThumbnails() {
    if (part("thumbnails").checked) localStorage.removeItem(HIDDEN);
    else localStorage.setItem(HIDDEN, "yes");
    this.#table?.redraw({ all: true });
  }

  /** What the table is sorted by, as the server is asked. */
  get #sorted() {
    return sorting(this.#order);
  }

  get #order() {
    return this.#table?.order ?? null;
  }

  async #show(filter) {
    const before = this.#filter;
    this.#filter = filter;
    this.#tell();
    const compared = filter !== "changed" || (await this.#compare());
    // Another one was chosen meanwhile.
    if (this.#filter !== filter) return;
    if (compared) {
      await this.#table.where({ filter });
      return;
    }
    this.#filter = before;
    if (this.#made) this.#tell();
  }

  /** How many would change, at once where that is one request. */
  async #count() {
    if (this.#images <= AT_ONCE) await this.#compare();
  }

  /** Compare with OMERO until all is compared; whether that came to its end. */
  async #compare() {
    const { preview } = this.#made;
    try {
      await this.#looking.run(async (signal) => {
        for (;;) {
          const query = { filter: "changed", limit: 1 };
          const { total, lookedUp, images, counts, clashes } = await getJSON(this.#rows(this.#made), { query, signal });
          if (preview !== this.#made.preview) return;
          Object.assign(this.#made, { changing: total, lookedUp, counts, clashes });
          this.#tell();
          if (lookedUp >= images) {
            if (!this.#changes.count) this.#retry.done();
            return;
          }
          part("preview-status").textContent = `Compared ${number(lookedUp)} of ${counted(images, "image")} with their existing pairs…`;
        }
      });
    } catch (error) {
      if (error.name === "AbortError") return false;
      if (error.status === 404) {
        this.#failed(error);
        return false;
      }
      this.#tell();
      this.#retry.failed(error, "How many images would change is not known yet.");
      return false;
    }
    return preview === this.#made?.preview;
  }

  #tell() {
    const { mismatching, edited, skipped, lookedUp, changing } = this.#made;
    const known = lookedUp >= this.#images;
    const counts = { all: this.#images, mismatching, changed: known ? changing : null, skipped };
    for (const filter of filters()) {
      const { filter: which } = filter.dataset;
      filter.setAttribute("aria-pressed", String(which === this.#filter));
      const count = counts[which] ?? null;
      filter.textContent = count === null ? LABELS[which] : `${LABELS[which]} (${number(count)})`;
    }
    const unstored = this.#changes.count;
    part("undo-edit").disabled = this.#before.length === 0 && unstored === 0;
    if (!this.#stale) part("preview-status").textContent = unstored ? `Storing ${counted(unstored, "change")}…` : edits(edited);
    this.#shown({ ...this.#made, images: this.#images, known, unstored, stale: this.#stale });
  }
}

// In the browser's storage while thumbnails are hidden.
const HIDDEN = "omp-no-thumbnails";
const LABELS = { all: "All", mismatching: "Not fitting", changed: "Changing", skipped: "Skipped" };
const EMPTY = {
  all: { title: "No images", text: "Choose datasets with images in step 1." },
  mismatching: { title: "All names fit", text: "There is nothing to correct." },
  changed: { title: "Nothing would change", text: "The images have these key-value pairs already." },
  skipped: { title: "Nothing is skipped", text: "All images are ticked." },
};

function edits(images) {
  return images ? `${counted(images, "image")} with values that you edited.` : "";
}

function filters() {
  return [...document.querySelectorAll("[data-filter]")];
}

function unsent() {
  return { ticks: new Map(), values: new Map() };
}

/** Values of an image with newer ones; of two ticks the newer one. */
function merged(earlier, newer) {
  if (newer === undefined) return earlier;
  return typeof newer === "object" ? { ...earlier, ...newer } : newer;
}
