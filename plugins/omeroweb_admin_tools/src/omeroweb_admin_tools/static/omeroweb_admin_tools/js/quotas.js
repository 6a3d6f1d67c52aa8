/** Quotas: typed into the table or read from a file, looked at, and stored with a reason. */

import { getJSON, postJSON, request } from "../../omero_plugin_common/js/api.js";
import { showDialog } from "../../omero_plugin_common/js/dialog.js";
import { element } from "../../omero_plugin_common/js/dom.js";
import { bytes, counted, moment } from "../../omero_plugin_common/js/format.js";
import { ArraySource } from "../../omero_plugin_common/js/sources.js";
import { toast, toastError } from "../../omero_plugin_common/js/toast.js";
import { until } from "./full_in.js";

const GIGABYTE = 1024 ** 3;
const SHOWN = 20;

/** @param {number|null} count bytes @returns {string} gigabytes as one types them; empty for no limit */
function gigabytes(count) {
  return count === null ? "" : String(Number((count / GIGABYTE).toFixed(6)));
}

/** @param {string} text @returns {number|null|undefined} nothing for an empty text, `undefined` for no number */
function typedNumber(text) {
  const plain = text.trim().replace(",", ".");
  if (plain === "") return null;
  const value = /^\d*\.?\d+(e\d+)?$/i.test(plain) ? Number(plain) : Number.NaN;
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

/** A field with its label, for a dialog. */
function field(label, attributes) {
  const input = element("input", { class: "op-input", autocomplete: "off", ...attributes });
  return { input, node: element("div", { class: "op-field" }, element("label", {}, label, input)) };
}

export class Quotas {
  #page;
  #data = null;
  #table = null;
  #typed = new Map();
  #older = null;

  /** @param {HTMLElement} page with the addresses */
  constructor(page) {
    this.#page = page;
    this.#on("quotas-save", "click", () => this.#save());
    this.#on("quotas-search", "input", () => this.#data && this.#draw());
    this.#on("quotas-undo", "click", () => this.#discard());
    this.#on("quotas-rules", "click", () => this.#rules());
    this.#on("quotas-more", "click", () => this.#more());
    this.#on("quotas-file", "change", (event) => this.#read(event.target));
    window.addEventListener("beforeunload", (event) => {
      if (this.#typed.size > 0) event.preventDefault();
    });
  }

  /**
   * Ask for the limits, and show them; what was typed stays.
   * @param {{counted?: boolean}} [how] whether the page has just had everything counted
   */
  async load({ counted: asked = false } = {}) {
    try {
      this.#data = await getJSON(this.#page.dataset.quotas, { query: { counted: asked ? 1 : null } });
    } catch (error) {
      toastError(error);
      return;
    }
    this.#show();
  }

  #on(id, event, action) {
    document.getElementById(id).addEventListener(event, action);
  }

  #show() {
    const { rules, logs, next } = this.#data;
    const forNew = rules.new_groups === null ? "New groups have no limit." : `New groups may have ${bytes(rules.new_groups)}.`;
    document.getElementById("quotas-rule").textContent = `${forNew} The smallest limit is ${bytes(rules.minimum)}.`;
    document.getElementById("quotas-history").replaceChildren(...this.#lines(logs));
    this.#goesOn(next);
    this.#draw();
  }

  /** The table of the groups that are looked for. */
  #draw() {
    const wanted = document.getElementById("quotas-search").value.trim().toLowerCase();
    const rows = this.#data.groups.filter(({ group }) => group.toLowerCase().includes(wanted));
    this.#table = element("op-table");
    document.getElementById("quotas-table").replaceChildren(this.#table);
    this.#table.addEventListener("op-edit", ({ detail }) => this.#type(detail.values));
    this.#table.addEventListener("op-undo", () => this.#discard());
    this.#table.setUp({
      name: "Groups", source: new ArraySource(rows), label: (row) => row.group,
      order: { key: "group", descending: false },
      columns: [
        { key: "group", label: "Group", sorts: true, min: 12, grow: 3 },
        { key: "bytes", label: "Used", sorts: true, min: 8, end: true, text: (row) => (row.bytes === null ? "" : bytes(row.bytes)) },
        { key: "limit", label: "Quota [GB]", sorts: true, min: 9, end: true, text: (row) => this.#quota(row), edit: (row) => this.#quota(row), mark: (row) => (this.#typed.has(row.id) ? "typed" : null) },
        { key: "share", label: "Used of it", min: 8, end: true, text: share, mark: (row) => (row.standing === "free" ? null : row.standing) },
        { key: "full_in_days", label: "Full in", sorts: true, min: 8, end: true, text: (row) => (row.full_in_days === null ? "" : until(row.full_in_days)) },
        { key: "from", label: "Set by", min: 8, text: (row) => ({ set: "an administrator", "new groups": "the rule for new groups" })[row.from] ?? "" },
      ],
    });
    this.#count();
  }

  #quota(row) {
    return this.#typed.get(row.id) ?? gigabytes(row.limit);
  }

  /** @param {Record<string, {limit: string}>} values by id of the group */
  #type(values) {
    for (const [id, { limit }] of Object.entries(values)) {
      const row = this.#data.groups.find((each) => String(each.id) === id);
      if (typedNumber(limit) === undefined) toast(`${limit} is no number of gigabytes: it was not changed.`, { kind: "bad" });
      else if (limit.trim() === gigabytes(row.limit)) this.#typed.delete(row.id);
      else this.#typed.set(row.id, limit.trim());
    }
    this.#table.redraw({ all: true });
    this.#count();
  }

  #discard() {
    this.#typed.clear();
    this.#table.redraw({ all: true });
    this.#count();
  }

  #count() {
    const many = this.#typed.size;
    const save = document.getElementById("quotas-save");
    save.disabled = many === 0;
    save.textContent = many === 0 ? "Save…" : `Save ${counted(many, "quota")}…`;
    document.getElementById("quotas-undo").disabled = many === 0;
  }

  async #save() {
    const updates = this.#data.groups
      .filter((row) => this.#typed.has(row.id))
      .map((row) => ({ group: row.group, quota_gb: typedNumber(this.#typed.get(row.id)) }));
    const send = (why, dryRun) => postJSON(this.#page.dataset.update, { updates, why, dry_run: dryRun });
    if (await this.#lookAndStore(send)) this.#typed.clear();
    await this.load();
  }

  async #read(input) {
    const [file] = input.files;
    if (!file) return;
    // Read once: what is stored is what was looked at, also when the file is edited meanwhile.
    const content = new Blob([await file.arrayBuffer()]);
    const send = (why, dryRun) => {
      const form = new FormData();
      form.append("file", content, file.name);
      form.append("why", why);
      form.append("dry_run", dryRun ? "1" : "");
      return request(this.#page.dataset.import, { method: "POST", form });
    };
    if (await this.#lookAndStore(send)) await this.load();
    input.value = "";
  }

  /** Show what would change, ask why, and store it; whether it was stored. */
  async #lookAndStore(send) {
    try {
      const { changes } = await send("", true);
      if (changes.length === 0) {
        toast("Nothing would change: these quotas are set already.");
        return true;
      }
      const why = field("Why, for the history", { maxlength: 500 });
      const answer = await showDialog({
        title: `Change ${counted(changes.length, "quota")}?`,
        body: [table(changes), why.node],
        focus: why.input,
        actions: [{ label: "Cancel", value: false }, { label: "Change", value: true, kind: "primary" }],
      });
      if (!answer) return false;
      const made = await send(why.input.value, false);
      toast(`${counted(made.changes.length, "quota")} changed.`, { kind: "good" });
      return true;
    } catch (error) {
      toastError(error);
      return false;
    }
  }

  async #rules() {
    const { rules } = this.#data;
    const limit = field("Limit of groups that are created from now on, in GB (empty: none)", { value: gigabytes(rules.new_groups), inputmode: "decimal" });
    const least = field("Smallest limit that can be set, in GB", { value: gigabytes(rules.minimum), inputmode: "decimal" });
    const why = field("Why, for the history", { maxlength: 500 });
    const answer = await showDialog({
      title: "New groups",
      body: ["Groups that exist now stay as they are.", limit.node, least.node, why.node],
      focus: limit.input,
      actions: [{ label: "Cancel", value: false }, { label: "Change", value: true, kind: "primary" }],
    });
    if (!answer) return;
    const [newGroups, minimum] = [typedNumber(limit.input.value), typedNumber(least.input.value)];
    if (newGroups === undefined || minimum === undefined) {
      toast("That is no number of gigabytes: nothing was changed.", { kind: "bad" });
      return;
    }
    try {
      // Nothing, or a minimum of less than what was shown, stands for one byte.
      await postJSON(this.#page.dataset.rules, { minimum_gb: minimum ?? 1 / GIGABYTE, new_groups_gb: newGroups, why: why.input.value });
    } catch (error) {
      toastError(error);
      return;
    }
    await this.load();
  }

  #lines(logs) {
    return logs.map((each) => element("li", {}, element("time", { datetime: each.timestamp }, moment(each.timestamp)), each.message));
  }

  #goesOn(next) {
    this.#older = next;
    document.getElementById("quotas-more").hidden = next === null;
  }

  async #more() {
    try {
      const { logs, next } = await getJSON(this.#page.dataset.quotas, { query: { before: this.#older } });
      document.getElementById("quotas-history").append(...this.#lines(logs));
      this.#goesOn(next);
    } catch (error) {
      toastError(error);
    }
  }
}

/** How much of its limit a group uses. */
function share(row) {
  if (row.limit === null || row.bytes === null) return "";
  const words = `${Math.floor((100 * row.bytes) / row.limit)} %`;
  return row.standing === "free" ? words : `${words}, ${row.standing}`;
}

/** What would change, as a list of at most some groups. */
function table(changes) {
  const words = (count) => (count === null ? "no limit" : bytes(count));
  const lines = changes.slice(0, SHOWN).map(({ group, before, after }) => element("li", {}, `${group}: ${words(before)} → ${words(after)}`));
  const more = changes.length - SHOWN;
  if (more > 0) lines.push(element("li", {}, `and ${more} more`));
  return element("ul", { class: "tools-history" }, ...lines);
}
