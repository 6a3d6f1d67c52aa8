/** Target and options as they were used last, on whichever computer that was. */

import { getJSON, postJSON } from "../../omero_plugin_common/js/api.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";
import { addresses } from "./page_parts.js";

export class Preferences {
  #known = null;

  /** @returns {Promise<{target: object, settings: object}|null>} nothing when they cannot be read */
  async load() {
    try {
      this.#known = (await getJSON(addresses().settings)).settings;
    } catch (error) {
      toastError(error);
    }
    return this.#known;
  }

  /** Silently: that an upload was started is what matters. */
  async store(content) {
    // What could not be read is not replaced.
    if (!this.#known) return;
    // The name of something new is for once.
    const { new_project: _project, new_dataset: _dataset, new_screen: _screen, ...target } = content.target;
    const settings = { ...this.#known, ...content, target };
    try {
      this.#known = (await postJSON(addresses().settingsSave, { settings })).settings;
    } catch {
      // Next time the form is as before.
    }
  }
}
