/** Keys that images have with another value, when all pairs stay: what happens to them. */

import { counted, number } from "../../omero_plugin_common/js/format.js";
import { part } from "./page_parts.js";

const MOST = 5;

export class DoubledKeys {
  /** @param {() => void} changed something else is to happen to them */
  constructor(changed) {
    for (const radio of radios()) radio.addEventListener("change", changed);
  }

  /** @returns {string} `keep`, `replace` or `list` */
  get wanted() {
    return radios().find((radio) => radio.checked).value;
  }

  /** @param {object|null} made the preview, with what is known of it */
  show(made) {
    const keys = Object.entries(made?.clashes ?? {}).sort(([, one], [, other]) => other - one);
    part("doubled").hidden = made?.mode !== "add" || keys.length === 0;
    if (keys.length === 0) return;
    const told = keys.slice(0, MOST).map(([key, images]) => `${key}: ${counted(images, "image")} ${images === 1 ? "has" : "have"} another value`);
    const more = keys.length - MOST;
    part("doubled-text").textContent = `${told.join(" · ")}${more > 0 ? ` · and ${number(more)} more keys` : ""}.`;
  }
}

function radios() {
  return [...document.querySelectorAll("[name=omp-doubled]")];
}
