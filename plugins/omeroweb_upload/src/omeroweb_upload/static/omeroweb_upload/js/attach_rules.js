/** Which files are attached instead of imported, and to what: rules that the user sees and changes. */

import { button, element } from "../../omero_plugin_common/js/dom.js";
import { part } from "./page_parts.js";

const PLACES = {
  image: "to the image of the same name", dataset: "to the dataset", project: "to the project", none: "to nothing: they are not sent",
};

export class AttachRules {
  #changed;

  /** @param {() => void} changed other rules are wanted */
  constructor(changed) {
    this.#changed = changed;
    part("attach-add").addEventListener("click", () => {
      this.#add({ extensions: [], to: "image" }).querySelector("input").focus();
    });
  }

  /** @returns {{extensions: string[], to: string}[]} rules without an extension are none */
  get value() {
    return [...part("attach-rules").children]
      .map((row) => ({ extensions: extensionsOf(row.querySelector("input").value), to: row.querySelector("select").value }))
      .filter(({ extensions }) => extensions.length > 0);
  }

  /** @param {{extensions: string[], to: string}[]} rules */
  use(rules) {
    part("attach-rules").replaceChildren();
    for (const rule of rules) this.#add(rule);
  }

  #add({ extensions, to }) {
    const row = element("li", {},
      element("input", { class: "op-input", value: extensions.join(" "), placeholder: ".pdf .docx", autocomplete: "off", autocapitalize: "off", spellcheck: "false", "aria-label": "Files that end with" }),
      element("select", { class: "op-input", "aria-label": "Attach", autocomplete: "off" },
        ...Object.entries(PLACES).map(([value, words]) => element("option", { value, selected: value === to }, words))),
      button("Remove", () => {
        row.remove();
        part("attach-add").focus();
        this.#changed();
      }, { class: "op-button op-button-plain", "aria-label": "Remove this rule" }));
    row.addEventListener("input", this.#changed);
    part("attach-rules").append(row);
    return row;
  }
}

/** `pdf, *.DOCX` → `.pdf`, `.docx` */
function extensionsOf(text) {
  const all = text.toLowerCase().split(/[\s,;]+/).map((each) => each.replace(/^[*.]+/, "")).filter(Boolean);
  return [...new Set(all)].map((each) => `.${each}`);
}
