/** Where pairs are written that all images of a well or a plate have. */

import { part } from "./page_parts.js";

export class Target {
  /** @param {() => void} changed another one is wanted */
  constructor(changed) {
    part("target").addEventListener("change", changed);
  }

  /** @returns {string} `images`, `wells` or `plates` */
  get wanted() {
    return part("target").value;
  }

  /**
   * Images were chosen: offered only where they may be in plates.
   *
   * @param {object} chosen containers, as step 1 gives them
   * @param {string} target what it is at first
   */
  begin(chosen, target) {
    const inPlates = Boolean(chosen.plates || chosen.images);
    part("target").value = inPlates ? target : "images";
    part("target-field").hidden = !inPlates;
  }
}
