/** A place to drop files and folders on, with buttons that open the browser's own pickers. */

import { number } from "../../omero_plugin_common/js/format.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";
import { fromDrop, fromHandles, fromList } from "./dropped.js";

export class DropZone {
  #parts;
  #found;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.zone where things are dropped
   * @param {HTMLButtonElement} parts.folderButton
   * @param {HTMLButtonElement} parts.filesButton
   * @param {HTMLInputElement} parts.folderField hidden, `webkitdirectory`
   * @param {HTMLInputElement} parts.filesField hidden, `multiple`
   * @param {HTMLElement} parts.status says how many files have been found until now
   * @param {(found: Found) => void} found everything below what was dropped
   */
  constructor(parts, found) {
    this.#parts = parts;
    this.#found = found;
    this.#listen();
  }

  /** Read again what the browser remembers of an earlier drop. */
  readHandles(handles) {
    return this.#take((told) => fromHandles(handles, told));
  }

  #listen() {
    const { zone, folderButton, filesButton, folderField, filesField } = this.#parts;
    folderButton.addEventListener("click", () => this.#pickFolder());
    filesButton.addEventListener("click", () => filesField.click());
    for (const field of [folderField, filesField]) {
      field.addEventListener("change", () => {
        const files = [...field.files];
        // The same folder may be picked again.
        field.value = "";
        if (files.length > 0) this.#take(async () => fromList(files));
      });
    }
    let inside = 0;
    const mark = (change) => {
      inside = Math.max(0, inside + change);
      zone.toggleAttribute("data-over", inside > 0);
    };
    zone.addEventListener("dragenter", () => mark(1));
    zone.addEventListener("dragleave", () => mark(-1));
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
    });
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      event.stopPropagation();
      mark(-inside);
      this.#take((told) => fromDrop(event.dataTransfer, told));
    });
  }

  async #pickFolder() {
    // Its handle can be stored, so that a reload needs a permission instead of another drop.
    if (!window.showDirectoryPicker) {
      this.#parts.folderField.click();
      return;
    }
    try {
      const handle = await window.showDirectoryPicker({ id: "upload", mode: "read" });
      await this.readHandles([handle]);
    } catch (error) {
      if (error.name !== "AbortError") toastError(error);
    }
  }

  async #take(read) {
    const { status } = this.#parts;
    status.textContent = "Reading the folder…";
    try {
      const found = await read((count) => {
        status.textContent = `Reading the folder… ${number(count)} files`;
      });
      status.textContent = "";
      this.#found(found);
    } catch (error) {
      status.textContent = "";
      toastError(error);
    }
  }
}

/** A drop beside a zone would make the browser leave the page. */
export function refuseOtherDrops() {
  for (const type of ["dragover", "drop"]) {
    window.addEventListener(type, (event) => {
      if (event.defaultPrevented) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "none";
    });
  }
}
