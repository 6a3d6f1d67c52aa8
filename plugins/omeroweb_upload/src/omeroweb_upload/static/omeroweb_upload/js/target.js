/** Where images go: datasets named after folders, or one dataset; a project; a screen for plates. */

import { element } from "../../omero_plugin_common/js/dom.js";
import { part } from "./page_parts.js";
import { Picker } from "./picker.js";

export class Target {
  #project;
  #dataset;
  #screen;
  #changed;

  /** @param {() => void} changed something else is wanted */
  constructor(changed) {
    this.#changed = changed;
    const told = () => this.#show();
    this.#project = new Picker(part("project-picker"), { id: "upload-project", kind: "project", none: "No project", changed: told });
    this.#dataset = new Picker(part("dataset-picker"), { id: "upload-dataset", kind: "dataset", none: null, changed: told });
    this.#screen = new Picker(part("screen-picker"), { id: "upload-screen", kind: "screen", none: "No screen", changed: told });
    for (const name of ["by-folders", "by-one", "depth", "group"]) part(name).addEventListener("change", told);
  }

  /** @returns {string} what is still to be said; empty when the target is complete */
  get missing() {
    if (this.#byFolders) return this.#project.incomplete ? "Name the new project." : this.#screenMissing;
    if (this.#dataset.incomplete) return this.#dataset.value.name === "" ? "Name the new dataset." : "Choose a dataset.";
    return this.#inNewDataset && this.#project.incomplete ? "Name the new project." : this.#screenMissing;
  }

  /** @returns {object} as the body of `start/` has it */
  get value() {
    const project = this.#project.value;
    const dataset = this.#dataset.value;
    const screen = this.#screen.value;
    const target = { screen: screen.id, new_screen: screen.name };
    if (this.#byFolders || this.#inNewDataset) Object.assign(target, { project: project.id, new_project: project.name });
    if (this.#byFolders) Object.assign(target, { from_folders: true, folder_depth: Number(part("depth").value) });
    else Object.assign(target, { dataset: dataset.id, new_dataset: dataset.name });
    if (!this.#fixedGroup && part("group").value) target.group = Number(part("group").value);
    return target;
  }

  /** What can be chosen; `first` is what the page's address names. */
  async load(first) {
    await Promise.all([this.#project.load(), this.#dataset.load(), this.#screen.load()]);
    part("group").replaceChildren(...this.#project.groups.map(({ id, name }) => element("option", { value: id }, name)));
    await this.use(first);
  }

  /** Choose what a profile, an earlier upload or the address says. */
  async use(target) {
    const one = Boolean(target.dataset || target.new_dataset);
    part(one ? "by-one" : "by-folders").checked = true;
    part("depth").value = String(target.folder_depth ?? 0);
    if (part("depth").selectedIndex < 0) part("depth").value = "0";
    await this.#project.choose({ id: target.project, name: target.new_project });
    await this.#screen.choose({ id: target.screen, name: target.new_screen });
    if (one) await this.#dataset.choose({ id: target.dataset, name: target.new_dataset });
    if (target.screen || target.new_screen) part("options").open = true;
    this.#show();
  }

  get #byFolders() {
    return part("by-folders").checked;
  }

  get #inNewDataset() {
    return !this.#byFolders && this.#dataset.value.name !== undefined;
  }

  get #screenMissing() {
    return this.#screen.incomplete ? "Name the new screen." : "";
  }

  /** The group of what exists already; everything new is created there. */
  get #fixedGroup() {
    const dataset = this.#byFolders ? null : this.#dataset.group;
    const project = this.#byFolders || this.#inNewDataset ? this.#project.group : null;
    return dataset ?? project ?? this.#screen.group;
  }

  #show() {
    part("dataset-field").hidden = this.#byFolders;
    part("project-field").hidden = !this.#byFolders && !this.#inNewDataset;
    part("depth-field").hidden = !this.#byFolders;
    part("group-field").hidden = this.#fixedGroup !== null || part("group").options.length < 2;
    this.#changed();
  }
}
