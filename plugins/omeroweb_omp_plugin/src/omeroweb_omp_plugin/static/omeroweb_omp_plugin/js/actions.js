/** What can be done with the chosen images besides writing: acquisition metadata, backup, deletion. */

import { postJSON, request } from "../../omero_plugin_common/js/api.js";
import { confirmRemoval } from "../../omero_plugin_common/js/confirm_removal.js";
import { confirmDialog } from "../../omero_plugin_common/js/dialog.js";
import { counted } from "../../omero_plugin_common/js/format.js";
import { toast, toastError } from "../../omero_plugin_common/js/toast.js";
import { addresses, hasPassword, part, UNDO_HINT } from "./page_parts.js";
import { follow } from "./started.js";

// As on the server, which refuses a larger one.
const LARGEST_BACKUP = 50_000_000;
const TOO_LARGE = "This file is larger than 50 MB. Restore the stored backup instead: the card of the job that made it has “Restore”.";

export class Actions {
  #selection = null;

  constructor() {
    part("acquisition").addEventListener("click", () => this.#start("acquisition", { original: part("original").checked }));
    part("back-up").addEventListener("click", () => this.#start("startBackup"));
    part("delete-plugin").addEventListener("click", () => this.#deletePlugin());
    part("delete-all").addEventListener("click", () => this.#deleteAll());
    part("backup-file").addEventListener("change", (event) => {
      part("restore").disabled = event.target.files.length === 0;
    });
    part("restore").addEventListener("click", () => this.#restore());
  }

  /** @param {object|null} selection what is chosen now */
  show(selection) {
    this.#selection = selection;
    const off = !selection;
    for (const name of ["acquisition", "back-up", "delete-plugin", "delete-all"]) part(name).disabled = off;
    for (const name of ["acquisition-hint", "actions-hint"]) {
      part(name).textContent = selection
        ? `For the ${counted(selection.images, "image")} that you chose in step 1.` : "Choose images in step 1 first.";
    }
  }

  async #deletePlugin() {
    const sure = await confirmDialog({
      title: "Delete what the plugin wrote?",
      text: `On ${counted(this.#selection.images, "image")}. Pairs that somebody typed, edited or copied stay. You can undo this job; attached files with original metadata do not come back.`,
      confirm: "Delete", danger: true,
    });
    if (sure) await this.#start("deletePlugin");
  }

  async #deleteAll() {
    const removal = await confirmRemoval({
      title: "Delete all key-value pairs?",
      text: `All key-value pairs on ${counted(this.#selection.images, "image")} will be deleted, also those that you and others typed.`,
      word: "DELETE", confirm: "Delete all", hint: UNDO_HINT, hasPassword: hasPassword(),
    });
    if (removal) await this.#start("deleteAll", removal);
  }

  async #start(what, more = {}) {
    try {
      follow(await postJSON(addresses()[what], { selection: this.#selection.selection, ...more }));
    } catch (error) {
      toastError(error);
    }
  }

  async #restore() {
    const field = part("backup-file");
    if (field.files[0].size > LARGEST_BACKUP) {
      toast(TOO_LARGE, { kind: "bad" });
      return;
    }
    const form = new FormData();
    form.set("backup", field.files[0]);
    part("restore").disabled = true;
    try {
      follow(await request(addresses().restore, { method: "POST", form }));
      field.value = "";
    } catch (error) {
      part("restore").disabled = false;
      toastError(error);
    }
  }
}
