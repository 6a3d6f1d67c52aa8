/** Which image a spectrum belongs to: what its name says, and what the user says instead. */

import { element } from "../../omero_plugin_common/js/dom.js";
import { counted } from "../../omero_plugin_common/js/format.js";

export class SpectraImages {
  // Image by spectrum, where the user has chosen another one; empty for none.
  #chosen = new Map();

  /** @returns {Record<string, string>} as `associations` of the settings */
  get value() {
    return Object.fromEntries(this.#chosen);
  }

  /**
   * What the report shows of spectra.
   *
   * @param {{path: string, image: string, images: string[]}[]} spectra with the images of their folder
   * @returns {HTMLElement[]} none without a spectrum
   */
  show(spectra) {
    if (spectra.length === 0) return [];
    const lost = spectra.filter(({ path, image }) => !(this.#chosen.get(path) ?? image)).length;
    return [element("details", { class: "upload-rest", open: lost > 0 || spectra.length <= 5 },
      element("summary", {}, `${counted(spectra.length, "spectrum").replace("spectrums", "spectra")} and ${spectra.length === 1 ? "its image" : "their images"}`),
      element("ul", { class: "upload-spectra" }, ...spectra.map((each) => this.#line(each))))];
  }

  #line({ path, image, images }) {
    const chosen = this.#chosen.get(path) ?? image;
    const name = (each) => each.slice(each.lastIndexOf("/") + 1);
    const list = element("select", { class: "op-input", "aria-label": `Image of ${path}`, autocomplete: "off" },
      element("option", { value: "" }, "No image"),
      ...images.map((each) => element("option", { value: each, selected: each === chosen }, name(each))));
    list.addEventListener("change", () => this.#chosen.set(path, list.value));
    return element("li", {}, element("span", {}, path), list);
  }
}
