/** The user's settings, and what the plugin stores about the user. */

import { getJSON, postJSON } from "../../omero_plugin_common/js/api.js";
import { confirmDialog } from "../../omero_plugin_common/js/dialog.js";
import { toast, toastError } from "../../omero_plugin_common/js/toast.js";
import { TryAgain } from "../../omero_plugin_common/js/try_again.js";
import { addresses, part } from "./page_parts.js";

// Until they are read, and when they cannot be.
const DEFAULTS = {
  mode: "detect", separators: "_-. ", defaultVariables: [], existingPairs: "replace_own",
  showCollaboration: false, aiProvider: null, aiModels: {},
};

export class MyData {
  #settings = DEFAULTS;
  #known = false;
  #retry = new TryAgain(part("settings-failed"), () => this.load());
  #changed;
  #forgotten;

  /**
   * @param {object} options
   * @param {() => void} options.changed settings are others now
   * @param {() => void} options.forgotten everything was deleted, selections as well
   */
  constructor({ changed, forgotten }) {
    this.#changed = changed;
    this.#forgotten = forgotten;
    part("settings").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    this.#forgets("forget-keys", "deleteKeys", "Delete your API keys?", "They are deleted here. They stay valid at the provider: to revoke them, go to the provider’s page.", "Your API keys are deleted");
    this.#forgets("forget-sets", "deleteSets", "Delete your saved sets?", "The sets that you shared are deleted for your colleagues, too.", "Your saved sets are deleted");
    this.#forgets("forget-all", "deleteEverything", "Delete everything?", "Your settings, saved sets, API keys, what language models read, how you read names when you wrote, and your earlier jobs with their reports, logs and backups. These jobs can then no longer be undone or restored. What stays: key-value pairs on images, and the site’s audit log, which says who changed which images.", "Everything is deleted");
  }

  get settings() {
    return this.#settings;
  }

  async load() {
    try {
      this.#take((await getJSON(addresses().settings)).settings);
      this.#known = true;
      this.#retry.done();
      this.#changed();
    } catch (error) {
      this.#retry.failed(error, "Your settings could not be read, so the page uses the defaults.");
    }
  }

  /** Silently store a choice that was made elsewhere on the page. */
  async remember(some) {
    // Settings that could not be read are not replaced by defaults.
    if (!this.#known) return;
    try {
      const settings = { ...this.#settings, ...some };
      this.#settings = (await postJSON(addresses().saveSettings, { settings })).settings;
    } catch (error) {
      toastError(error);
    }
  }

  async #save() {
    const settings = {
      ...this.#settings,
      mode: part("set-mode").value,
      separators: part("set-separators").value,
      existingPairs: part("set-existing").value,
      defaultVariables: part("set-variables").value.split("\n").map((line) => line.trim()).filter(Boolean),
    };
    try {
      this.#take((await postJSON(addresses().saveSettings, { settings })).settings);
      this.#known = true;
      this.#changed();
      toast("Your settings are saved", { kind: "good" });
    } catch (error) {
      toastError(error);
    }
  }

  #take(settings) {
    this.#settings = settings;
    part("set-mode").value = settings.mode === "regex" ? "detect" : settings.mode;
    part("set-separators").value = settings.separators;
    part("set-existing").value = settings.existingPairs;
    part("set-variables").value = settings.defaultVariables.join("\n");
  }

  #forgets(name, address, title, text, done) {
    part(name)?.addEventListener("click", async () => {
      const typed = name === "forget-all" ? "DELETE" : "";
      if (!(await confirmDialog({ title, text, confirm: "Delete", danger: true, typed }))) return;
      try {
        await postJSON(addresses()[address]);
        toast(done, { kind: "good" });
        await this.load();
        this.#forgotten(name);
      } catch (error) {
        toastError(error);
      }
    });
  }
}
