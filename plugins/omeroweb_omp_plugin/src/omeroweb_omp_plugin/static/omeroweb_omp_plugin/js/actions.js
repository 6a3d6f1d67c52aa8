/** What else can be done with the chosen images. */

import { postJSON, request } from "../../omero_plugin_common/js/api.js";
import { confirmRemoval } from "../../omero_plugin_common/js/confirm_removal.js";
import { confirmDialog } from "../../omero_plugin_common/js/dialog.js";
import { counted } from "../../omero_plugin_common/js/format.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";
import { addresses, addressOf, BACKUP_HINT, hasPassword, part } from "./page_parts.js";
import { follow } from "./started.js";

export class Actions {
  #selection = null;

  constructor() {
    const readOnly = "readOnly" in addresses();
    part("acquisition").addEventListener("click", () => this.#start("acquisition", { original: part("original").checked }));
    part("back-up").addEventListener("click", () => this.#start("startBackup"));
    part("delete-plugin").addEventListener("click", () => this.#deletePlugin());
    part("delete-all").addEventListener("click", () => this.#deleteAll());
    part("backup-file").addEventListener("change", (event) => {
      part("restore").disabled = readOnly || event.target.files.length === 0;
    });
    part("restore").addEventListener("click", () => this.#restore());
  }

  /** @returns {string} the address of a backup of what is chosen */
  get backup() {
    return addressOf(addresses().backup, this.#selection.selection);
  }

  /** @param {object|null} selection what is chosen now */
  show(selection) {
    this.#selection = selection;
    const off = !selection || "readOnly" in addresses();
    for (const name of ["acquisition", "back-up", "delete-plugin", "delete-all"]) part(name).disabled = off;
    const save = part("backup");
    if (selection) save.href = this.backup;
    else save.removeAttribute("href");
    save.setAttribute("aria-disabled", String(!selection));
    part("actions-hint").textContent = selection
      ? `For the ${counted(selection.images, "image")} that you chose in step 1.` : "Choose images in step 1 first.";
  }

  async #deletePlugin() {
    const sure = await confirmDialog({
      title: "Delete what the plugin wrote?",
      text: `From ${counted(this.#selection.images, "image")}. What somebody typed, edited or copied is kept.`,
      confirm: "Delete", danger: true,
    });
    if (sure) await this.#start("deletePlugin");
  }

  async #deleteAll() {
    const removal = await confirmRemoval({
      title: "Delete all key-value pairs?",
      text: `All sets are removed from ${counted(this.#selection.images, "image")}, including those that you and others typed.`,
      word: "DELETE", confirm: "Delete all", backup: this.backup, hint: BACKUP_HINT, hasPassword: hasPassword(),
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
