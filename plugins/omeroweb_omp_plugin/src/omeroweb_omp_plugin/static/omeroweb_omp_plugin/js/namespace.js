/** The namespace of the pairs that are written. */

import { debounced } from "../../omero_plugin_common/js/newest.js";
import { part } from "./page_parts.js";

export class Namespace {
  /**
   * @param {object} options
   * @param {() => void} options.changing it is being typed
   * @param {() => void} options.changed another one is wanted
   */
  constructor({ changing, changed }) {
    const later = debounced(changed);
    part("namespace").addEventListener("input", () => {
      changing();
      later();
    });
  }

  /** @returns {string} empty for that of OMERO.web's own pairs */
  get wanted() {
    return part("namespace").value.trim();
  }

  /** @param {string} namespace what it is at first */
  begin(namespace) {
    part("namespace").value = namespace;
    if (namespace) part("write-more").open = true;
  }
}
