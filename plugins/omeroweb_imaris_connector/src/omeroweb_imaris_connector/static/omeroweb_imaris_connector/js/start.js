/** What would be exported, and the button that starts it. */

import { getJSON, postJSON } from "../../omero_plugin_common/js/api.js";
import { element } from "../../omero_plugin_common/js/dom.js";
import { bytes, counted, sentence } from "../../omero_plugin_common/js/format.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";
import { TryAgain } from "../../omero_plugin_common/js/try_again.js";
import { forget, named } from "./page_address.js";
import { addresses, addressOfImage, part } from "./page_parts.js";
import { shape } from "./words.js";

// More are exported, but not shown.
const MOST_SHOWN = 200;
const NOT_FOUND = 404;

export class Start {
  #started;
  #images = [];
  #left = new Set();
  #failed = new TryAgain(part("start-failed"), () => this.load());

  /** @param {() => void} started the server has exports now */
  constructor(started) {
    this.#started = started;
    part("go").addEventListener("click", () => this.#go());
    part("not").addEventListener("click", () => this.#close());
  }

  /** Ask for what the page's address names, if it names something. */
  async load() {
    const { images, datasets } = named();
    if (images.length + datasets.length === 0) return;
    part("start").hidden = false;
    const query = new URLSearchParams([...images.map((id) => ["image", id]), ...datasets.map((id) => ["dataset", id])]);
    try {
      const told = await getJSON(`${addresses().images}?${query}`);
      this.#images = told.images;
      this.#failed.done();
      part("reading").hidden = true;
      this.#show();
    } catch (error) {
      // What is not there will not be there in a minute.
      part("reading").hidden = error.status !== NOT_FOUND;
      if (error.status === NOT_FOUND) part("reading").textContent = sentence(error.message);
      else this.#failed.failed(error, "The images could not be read.");
    }
  }

  /** The images that will be exported. */
  get #chosen() {
    return this.#images.filter((image) => !image.problem && !this.#left.has(image.id));
  }

  #show() {
    part("images").replaceChildren(...this.#images.slice(0, MOST_SHOWN).map((image) => this.#line(image)));
    const rest = this.#images.length - MOST_SHOWN;
    part("rest").hidden = rest <= 0;
    part("rest").textContent = `and ${counted(rest, "other image")}`;
    this.#sum();
  }

  #line(image) {
    const box = element("input", { type: "checkbox", class: "op-check", checked: !image.problem, disabled: Boolean(image.problem) });
    box.addEventListener("change", () => {
      if (box.checked) this.#left.delete(image.id);
      else this.#left.add(image.id);
      this.#sum();
    });
    return element("li", {},
      element("label", { class: "imaris-image" }, box,
        element("span", { class: "imaris-text" },
          element("strong", {}, image.name || `Image ${image.id}`),
          element("span", { class: "op-hint" }, shape(image)),
          image.conversion ? element("span", { class: "imaris-note" }, image.conversion) : null,
          image.problem ? element("span", { class: "imaris-problem" }, image.problem) : null)),
      element("a", { href: addressOfImage(image.id), "aria-label": `${image.name || `Image ${image.id}`} in OMERO.web` }, "See"));
  }

  #sum() {
    const chosen = this.#chosen;
    part("go").disabled = chosen.length === 0;
    part("go").textContent = chosen.length === 0 ? "Export" : `Export ${counted(chosen.length, "image")}`;
    const total = chosen.reduce((sum, image) => sum + image.bytes_estimate, 0);
    part("sum").textContent = chosen.length > 1 ? `up to ${bytes(total)} together` : "";
  }

  async #go() {
    part("go").disabled = true;
    try {
      const images = this.#chosen.map(({ id }) => id);
      // Images are one export; of a dataset, each image is one.
      const apart = named().datasets.length > 0;
      await postJSON(addresses().exports, { images, apart, attach: part("attach")?.checked ?? false });
      this.#close();
      this.#started();
    } catch (error) {
      toastError(error);
      this.#sum();
    }
  }

  #close() {
    forget();
    part("start").hidden = true;
    this.#failed.done();
  }
}
