/** The files of an export of several images: each with its state, and a link to download it. */

import { getJSON } from "../../omero_plugin_common/js/api.js";
import { element, safeAddress } from "../../omero_plugin_common/js/dom.js";
import { counted } from "../../omero_plugin_common/js/format.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";
import { addresses, addressOf, addressOfImage } from "./page_parts.js";
import { factsOfFile, STATES } from "./words.js";

export class FileList {
  #export;
  #list = element("ul", { class: "imaris-list" });
  #node;
  // What is shown now: rows change only when something has changed.
  #shown = "";

  /** @param {object} export_ as the server tells it */
  constructor(export_) {
    this.#export = export_;
    this.#node = element("details", { class: "imaris-files" },
      element("summary", {}, counted(export_.images, "file")), this.#list);
    this.#node.addEventListener("toggle", () => this.#fill());
  }

  /** @returns {HTMLDetailsElement} its place in the card */
  get node() {
    return this.#node;
  }

  /** @param {object} export_ as the server tells it now; of a long one it tells the first files */
  show(export_) {
    this.#export = export_;
    this.#fill();
  }

  async #fill() {
    if (!this.#node.open) return;
    const { id, images } = this.#export;
    let { files } = this.#export;
    if (files.length < images) {
      try {
        ({ files } = await getJSON(addressOf(addresses().export, id)));
      } catch (error) {
        toastError(error);
      }
    }
    const now = JSON.stringify(files);
    if (now === this.#shown) return;
    this.#shown = now;
    const focused = this.#list.contains(document.activeElement) ? document.activeElement.dataset.image : null;
    this.#list.replaceChildren(...files.map((file) => this.#line(file)));
    if (focused) this.#list.querySelector(`[data-image="${focused}"]`)?.focus();
  }

  #line(file) {
    const name = file.image.name || `Image ${file.image.id}`;
    const address = file.state === "done" ? safeAddress(file.file_url) : null;
    const told = [STATES[file.state] ?? file.state, ...factsOfFile(file)].filter(Boolean).join(" · ");
    return element("li", {},
      element("span", { class: "imaris-text" },
        element("a", { href: addressOfImage(file.image.id) }, name),
        element("span", { class: "op-hint" }, told),
        file.conversion ? element("span", { class: "imaris-note" }, file.conversion) : null,
        file.message ? element("span", { class: file.state === "failed" ? "imaris-problem" : "op-hint" }, file.message) : null),
      address ? element("a", { class: "op-button", href: address, download: true, "data-image": file.image.id, "aria-label": `Download ${name}` }, "Download") : null);
  }
}
