/** Keys whose values become tags of the images, besides the pairs. */

import { element } from "../../omero_plugin_common/js/dom.js";
import { part } from "./page_parts.js";

export class AsTags {
  #keys = [];
  #changed;

  /** @param {() => void} changed other keys are wanted */
  constructor(changed) {
    this.#changed = changed;
  }

  /** @returns {string[]} the ticked keys, also those that no image has at the moment */
  get wanted() {
    return this.#keys;
  }

  /** @param {string[]} keys what is ticked at first */
  begin(keys) {
    this.#keys = keys;
  }

  /**
   * Offer the keys of the preview. A ticked key that was renamed is ticked under its new name.
   *
   * @param {object|null} made the preview
   * @returns {boolean} whether other keys are ticked than before
   */
  show(made) {
    if (!made || made.stale) return false;
    const renamed = String(made.tags) !== String(this.#keys);
    this.#keys = made.tags;
    part("as-tags").hidden = made.columns.length === 0;
    const boxes = part("as-tags-boxes");
    const offered = JSON.stringify([made.columns, made.tags]);
    // The boxes stay, with the focus, as long as they say the same.
    if (boxes.dataset.offered === offered) return renamed;
    const focused = document.activeElement?.closest("#omp-as-tags-boxes input")?.value;
    boxes.dataset.offered = offered;
    boxes.replaceChildren(...made.columns.map((key) => this.#box(key)));
    [...boxes.querySelectorAll("input")].find((box) => box.value === focused)?.focus();
    return renamed;
  }

  #box(key) {
    const box = element("input", { type: "checkbox", class: "op-check", value: key });
    box.checked = this.#keys.includes(key);
    box.addEventListener("change", () => {
      this.#keys = box.checked ? [...this.#keys, key] : this.#keys.filter((each) => each !== key);
      this.#changed();
    });
    return element("label", { class: "omp-check" }, box, ` ${key}`);
  }
}
