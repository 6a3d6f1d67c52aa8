/** Pairs that all images get, whatever their names are. */

import { button, element } from "../../omero_plugin_common/js/dom.js";
import { part } from "./page_parts.js";

export class Constants {
  #changed;

  /** @param {(pairs: {key: string, value: string}[]) => void} changed told of all pairs, also of half ones */
  constructor(changed) {
    this.#changed = changed;
    part("constants").addEventListener("input", () => changed(this.#pairs));
    part("add-constant").addEventListener("click", () => {
      this.#add({ key: "", value: "" });
      part("constants").lastElementChild.querySelector("input").focus();
    });
  }

  /** @param {{key: string, value: string}[]} pairs */
  show(pairs) {
    if (JSON.stringify(pairs) === JSON.stringify(this.#pairs)) return;
    part("constants").replaceChildren();
    for (const pair of pairs) this.#add(pair);
  }

  get #pairs() {
    return [...part("constants").children].map((row) => {
      const [key, value] = row.querySelectorAll("input");
      return { key: key.value.trim(), value: value.value.trim() };
    });
  }

  #add({ key, value }) {
    const field = (label, text, more) => element("input", { class: "op-input", value: text, "aria-label": label, placeholder: label, autocomplete: "off", ...more });
    const row = element("li", {},
      field("Key", key, { list: "omp-offered", maxlength: 255 }),
      field("Value for all images", value, { maxlength: 10_000 }),
      button("Remove", () => {
        row.remove();
        part("add-constant").focus();
        this.#changed(this.#pairs);
      }, { class: "op-button op-button-plain", "aria-label": "Remove this pair" }));
    part("constants").append(row);
  }
}
