/** One project, dataset or screen: one that exists, a new one, or none. */

import { getJSON } from "../../omero_plugin_common/js/api.js";
import { element } from "../../omero_plugin_common/js/dom.js";
import { debounced, Newest } from "../../omero_plugin_common/js/newest.js";
import { toast, toastError } from "../../omero_plugin_common/js/toast.js";
import { addresses } from "./page_parts.js";

const NEW = "new";

export class Picker {
  #kind;
  #none;
  #changed;
  #search;
  #select;
  #name;
  #newest = new Newest();
  // What was chosen, also when the list shows other ones.
  #entries = new Map();
  #groups = [];
  #wanted = "";

  /**
   * @param {HTMLElement} place an empty element; a label is for the select in it
   * @param {object} options
   * @param {string} options.id of the select
   * @param {"project"|"dataset"|"screen"} options.kind
   * @param {string|null} options.none the text for none; nothing when one has to be chosen
   * @param {() => void} options.changed
   */
  constructor(place, { id, kind, none, changed }) {
    this.#kind = kind;
    this.#none = none;
    this.#changed = changed;
    this.#search = element("input", { class: "op-input", type: "search", placeholder: `Part of the name`, "aria-label": `Find a ${kind}`, hidden: true, autocomplete: "off" });
    this.#select = element("select", { class: "op-input", id, autocomplete: "off" }, element("option", { value: "" }, "Loading…"));
    this.#name = element("input", { class: "op-input", maxlength: 255, placeholder: `Name of the new ${kind}`, "aria-label": `Name of the new ${kind}`, hidden: true, autocomplete: "off" });
    place.append(this.#search, this.#select, this.#name);
    this.#search.addEventListener("input", debounced(() => this.load()));
    this.#select.addEventListener("change", () => this.#chose());
    this.#name.addEventListener("input", () => this.#changed());
  }

  /** @returns {{id?: number, name?: string}} what is chosen; nothing of both for none */
  get value() {
    if (this.#select.value === NEW) return { name: this.#name.value.trim() };
    return this.#select.value ? { id: Number(this.#select.value) } : {};
  }

  /** @returns {boolean} whether a new one has no name yet, or one that must be chosen is not */
  get incomplete() {
    return this.#select.value === NEW ? this.#name.value.trim() === "" : !this.#none && this.#select.value === "";
  }

  /** @returns {object|null} the group of what is chosen */
  get group() {
    return this.#entries.get(this.#select.value)?.group ?? null;
  }

  /** @returns {{id: number, name: string}[]} groups in which something new can be created */
  get groups() {
    return this.#groups;
  }

  /** Choose something; what is not in the list is looked up. */
  async choose({ id, name }) {
    if (name) {
      this.#select.value = NEW;
      this.#name.value = name;
    } else {
      this.#wanted = id ? String(id) : "";
      if (id && !this.#entries.has(this.#wanted)) await this.#lookUp(this.#wanted);
      this.#select.value = this.#wanted;
    }
    this.#chose();
  }

  async load() {
    try {
      const search = this.#search.value.trim();
      const answer = await this.#newest.run((signal) => getJSON(addresses().targets, { query: { kind: this.#kind, search: search || null }, signal }));
      if (answer.groups) this.#groups = answer.groups;
      // A short list needs no search.
      if (answer.next !== null) this.#search.hidden = false;
      this.#show(answer.entries, answer.next !== null);
    } catch (error) {
      if (error.name !== "AbortError") toastError(error);
    }
  }

  async #lookUp(id) {
    try {
      const { entries } = await getJSON(addresses().targets, { query: { kind: this.#kind, search: id } });
      const found = entries.find((each) => String(each.id) === id);
      if (found) this.#select.append(this.#option(found));
      else toast(`The ${this.#kind} ${id} does not exist, or you may not add to it: choose another one.`, { kind: "bad" });
    } catch (error) {
      toastError(error);
    }
  }

  #show(entries, more) {
    const before = this.#select.value || this.#wanted;
    const kept = before && before !== NEW && !entries.some(({ id }) => String(id) === before) ? this.#entries.get(before) : null;
    const first = this.#none === null ? element("option", { value: "" }, "Choose…") : element("option", { value: "" }, this.#none);
    this.#select.replaceChildren(first, element("option", { value: NEW }, `New ${this.#kind}…`),
      ...(kept ? [kept] : []).map((each) => this.#option(each)), ...entries.map((each) => this.#option(each)),
      ...(more ? [element("option", { disabled: true }, "More: type a part of the name")] : []));
    this.#select.value = before;
    if (this.#select.selectedIndex < 0) this.#select.value = "";
  }

  #option(entry) {
    this.#entries.set(String(entry.id), entry);
    const whose = entry.own ? "" : `, of ${entry.owner}`;
    return element("option", { value: entry.id }, `${entry.name} (${entry.group.name}${whose})`);
  }

  #chose() {
    this.#name.hidden = this.#select.value !== NEW;
    if (!this.#name.hidden) this.#name.focus();
    this.#changed();
  }
}
