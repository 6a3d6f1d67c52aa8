/** Profiles: target and options under a name, for oneself or for a group. */

import { getJSON, postJSON } from "../../omero_plugin_common/js/api.js";
import { confirmDialog, showDialog } from "../../omero_plugin_common/js/dialog.js";
import { element } from "../../omero_plugin_common/js/dom.js";
import { toast, toastError } from "../../omero_plugin_common/js/toast.js";
import { addresses, part } from "./page_parts.js";

export class Profiles {
  #content;
  #used;
  #profiles = [];
  #groups = [];

  /**
   * @param {object} options
   * @param {() => object} options.content what a profile stores
   * @param {(content: object) => void} options.used a profile was chosen
   */
  constructor({ content, used }) {
    this.#content = content;
    this.#used = used;
    part("profile").addEventListener("change", () => this.#choose());
    part("profile-save").addEventListener("click", () => this.#save());
    part("profile-delete").addEventListener("click", () => this.#delete());
  }

  async load(chosen = "") {
    try {
      const { profiles, groups } = await getJSON(addresses().profileList);
      this.#profiles = profiles;
      this.#groups = groups ?? [];
      part("profile").replaceChildren(element("option", { value: "" }, "None"),
        ...profiles.map((each) => element("option", { value: key(each) }, each.own ? each.name : `${each.name} (of ${each.owner_name ?? each.owner})`)));
      part("profile").value = chosen;
      part("profile-line").hidden = profiles.length === 0;
      this.#buttons();
    } catch (error) {
      toastError(error);
    }
  }

  get #chosen() {
    return this.#profiles.find((each) => key(each) === part("profile").value);
  }

  #choose() {
    this.#buttons();
    if (this.#chosen) this.#used(this.#chosen.content);
  }

  #buttons() {
    part("profile-delete").hidden = !this.#chosen?.own;
  }

  async #save() {
    const name = element("input", { class: "op-input", id: "upload-profile-name", maxlength: 100, autocomplete: "off" });
    const group = element("select", { class: "op-input", id: "upload-profile-group" }, element("option", { value: "" }, "Only me"),
      ...this.#groups.map((each) => element("option", { value: each.id }, `Members of ${each.name}`)));
    const answer = await showDialog({
      title: "Save as a profile",
      body: [
        "Stores where images go and how they are imported.",
        element("div", { class: "op-field" }, element("label", { for: "upload-profile-name" }, "Name"), name),
        element("div", { class: "op-field" }, element("label", { for: "upload-profile-group" }, "Who may use it"), group),
      ],
      focus: name,
      actions: [{ label: "Cancel", value: false }, { label: "Save", value: true, kind: "primary" }],
    });
    if (answer !== true || !name.value.trim()) return;
    await this.#store({ name: name.value.trim(), group: group.value ? Number(group.value) : null, content: this.#content() });
  }

  async #store(wanted) {
    try {
      await postJSON(addresses().profileSave, wanted);
      toast(`“${wanted.name}” is saved`, { kind: "good" });
      await this.load();
    } catch (error) {
      if (error.code !== "exists") {
        toastError(error);
        return;
      }
      const sure = await confirmDialog({ title: "Overwrite the profile?", text: error.message, confirm: "Overwrite" });
      if (sure) await this.#store({ ...wanted, replaces: error.body.replaces });
    }
  }

  async #delete() {
    const chosen = this.#chosen;
    const text = chosen.group ? "The members of the group lose it, too." : "This cannot be undone.";
    if (!(await confirmDialog({ title: `Delete “${chosen.name}”?`, text, confirm: "Delete", danger: true }))) return;
    try {
      await postJSON(addresses().profileDelete, { name: chosen.name });
      await this.load();
    } catch (error) {
      toastError(error);
    }
  }
}

function key({ name, owner }) {
  return JSON.stringify([owner, name]);
}
