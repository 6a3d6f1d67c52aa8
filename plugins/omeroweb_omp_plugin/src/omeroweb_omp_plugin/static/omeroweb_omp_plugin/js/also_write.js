/** What OMERO knows of the images, such as their dataset: ticks for what is written too. */

import { part } from "./page_parts.js";

export class AlsoWrite {
  /** @param {() => void} changed something else is to be written */
  constructor(changed) {
    for (const box of boxes()) box.addEventListener("change", changed);
  }

  /** @returns {string[]} what is ticked, for the server */
  get wanted() {
    return boxes().filter((box) => box.checked).map((box) => box.value);
  }

  /**
   * Images were chosen: offer what such images can have.
   *
   * @param {object} chosen containers, as step 1 gives them
   * @param {string[]} ticked what is ticked at first
   */
  begin(chosen, ticked) {
    const inDatasets = Boolean(chosen.datasets || chosen.images);
    const inPlates = Boolean(chosen.plates || chosen.images);
    for (const box of boxes()) {
      box.checked = ticked.includes(box.value);
      const label = box.closest("label");
      const { where } = label.dataset;
      label.hidden = !box.checked && ((where === "datasets" && !inDatasets) || (where === "plates" && !inPlates));
    }
  }

  /** @param {object|null} made the preview: says what OMERO does not have */
  show(made) {
    const ticked = boxes().filter((box) => box.checked);
    const none = made && !made.stale ? ticked.map((box) => box.dataset.key).filter((key) => !made.columns.includes(key)) : [];
    part("also-none").hidden = none.length === 0;
    part("also-none").textContent = none.length ? `OMERO has nothing of these images for: ${none.join(", ")}.` : "";
  }
}

function boxes() {
  return [...document.querySelectorAll("[name=omp-also]")];
}
