/** Saved sets: how names were read, stored for the next time and shared with colleagues. */

import { getJSON, postJSON } from "../../omero_plugin_common/js/api.js";
import { confirmDialog, showDialog } from "../../omero_plugin_common/js/dialog.js";
import { button, element } from "../../omero_plugin_common/js/dom.js";
import { counted, moment, number } from "../../omero_plugin_common/js/format.js";
import { toast, toastError } from "../../omero_plugin_common/js/toast.js";
import { addresses, part, projectShown } from "./page_parts.js";
import { forServer, fromServer } from "./reading.js";

export class VariableSets {
  #names;
  #whole;
  #used;

  /**
   * @param {object} options
   * @param {object} options.names step 2
   * @param {(reading: object) => object} options.whole adds what is written beside the values
   * @param {(content: object) => void} options.used a set was loaded into step 2
   */
  constructor({ names, whole, used }) {
    this.#names = names;
    this.#whole = whole;
    this.#used = used;
    part("sets").addEventListener("click", () => this.#choose());
    part("keep-set").addEventListener("click", () => this.#keep());
  }

  /**
   * Offer the saved sets that the names fit.
   *
   * @param {object[]} sets as the server tells them; none: nothing is offered
   */
  offer(sets) {
    const line = part("fitting");
    line.hidden = sets.length === 0;
    line.replaceChildren(...sets.length ? ["Saved sets that fit these names: "] : [], ...sets.map((each) =>
      button(offered(each), () => {
        line.hidden = true;
        this.#load(each);
      }, { class: "op-button op-button-plain", "aria-label": `Use the set ${each.name}` })));
  }

  async #choose() {
    try {
      const { sets } = await getJSON(addresses().sets);
      const list = element("ul", { class: "omp-sets" });
      const answer = showDialog({
        title: "Saved sets",
        body: [sets.length ? list : "None yet. “Save as a set…” stores how these names are read, for the next time."],
        actions: [{ label: "Close", value: null }],
      });
      list.append(...sets.map((each) => this.#line(each, () => list.closest("dialog").close())));
      await answer;
    } catch (error) {
      toastError(error);
    }
  }

  #line(set, close) {
    const shared = set.group ? `, shared with ${set.group.name ?? "a group"}` : "";
    const whose = set.own ? `yours${shared}` : `of ${set.ownerName ?? "somebody"}`;
    const project = set.content.project ? ", for one project" : "";
    const facts = `${counted(set.content.variables.filter(Boolean).length, "key")}${project}, ${whose}, ${moment(set.updated)}`;
    const line = element("li", {},
      element("div", {}, element("strong", {}, set.name), element("span", { class: "op-hint" }, facts)),
      button("Load", () => this.#load(set).then(close), { "aria-label": `Load ${set.name}` }));
    if (set.own) line.append(button("Delete", () => this.#delete(set, line), { "aria-label": `Delete ${set.name}` }));
    return line;
  }

  async #load(set) {
    try {
      const { content } = await postJSON(addresses().loadSet, { name: set.name, owner: set.owner });
      this.#names.use(fromServer({ ...content, names: content.variables }));
      this.#used(content);
      const { length } = content.variables;
      if (content.mode === "detect" && length !== this.#names.detected.names.length) {
        toast(`“${set.name}” has keys for ${counted(length, "piece")}; these names have ${number(this.#names.detected.names.length)}. Check them.`);
        return;
      }
      toast(`“${set.name}” is loaded`, { kind: "good" });
    } catch (error) {
      toastError(error);
    }
  }

  async #delete(set, line) {
    const text = set.group ? "The people that you shared it with lose it, too." : "This cannot be undone.";
    if (!(await confirmDialog({ title: `Delete “${set.name}”?`, text, confirm: "Delete", danger: true }))) return;
    try {
      await postJSON(addresses().deleteSet, { name: set.name });
      line.remove();
    } catch (error) {
      toastError(error);
    }
  }

  async #keep() {
    const content = this.#content();
    if (!content.variables.some(Boolean) && content.constants.length === 0 && content.also.length === 0) {
      toast("There is no key to save: name a piece first.");
      return;
    }
    try {
      const { groups } = await getJSON(addresses().sets);
      const answer = await askForName(groups);
      if (!answer) return;
      const { ofProject, ...wanted } = answer;
      await this.#save({ ...wanted, content: { ...content, project: ofProject ? projectShown() : null } });
    } catch (error) {
      toastError(error);
    }
  }

  #content() {
    const { names, ...reading } = forServer(this.#names.reading);
    return { ...this.#whole(reading), pattern: this.#names.pattern, variables: names };
  }

  /** Overwriting is agreed to for the set that the user was told of, not for a newer one. */
  async #save(wanted) {
    try {
      await postJSON(addresses().saveSet, wanted);
    } catch (error) {
      if (error.code !== "exists") throw error;
      const text = `${error.message} It was saved on ${moment(error.body.replaces)}.`;
      const sure = await confirmDialog({ title: "Overwrite the set?", text, confirm: "Overwrite" });
      if (sure) await this.#save({ ...wanted, replaces: error.body.replaces });
      return;
    }
    toast(`“${wanted.name}” is saved`, { kind: "good" });
  }
}

/** A set that fits, and whose it is. */
function offered({ name, own, ownerName, content }) {
  const facts = [...content.project ? ["of this project"] : [], ...own ? [] : [`of ${ownerName ?? "somebody"}`]];
  return facts.length ? `${name} (${facts.join(", ")})` : name;
}

async function askForName(groups) {
  const name = element("input", { class: "op-input", id: "omp-set-name", maxlength: 100, autocomplete: "off" });
  const group = element("select", { class: "op-input", id: "omp-set-group" },
    element("option", { value: "" }, "Only me"),
    ...groups.map((each) => element("option", { value: each.id }, `Members of ${each.name} may load it`)));
  const ofProject = element("input", { class: "op-check", type: "checkbox", id: "omp-set-project" });
  const project = projectShown() ? [element("label", { class: "omp-check" }, ofProject, " Only for this project: it is offered here first")] : [];
  const answer = showDialog({
    title: "Save as a set",
    body: [
      element("div", { class: "op-field" }, element("label", { for: "omp-set-name" }, "Name"), name),
      element("div", { class: "op-field" }, element("label", { for: "omp-set-group" }, "Who may use it"), group),
      ...project,
    ],
    focus: name,
    actions: [{ label: "Cancel", value: false }, { label: "Save", value: true, kind: "primary" }],
  });
  const go = name.closest("dialog").querySelector("[data-kind=primary]");
  go.disabled = true;
  name.addEventListener("input", () => {
    go.disabled = name.value.trim() === "";
  });
  name.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !go.disabled) go.click();
  });
  if ((await answer) !== true) return null;
  return { name: name.value.trim(), group: group.value === "" ? null : Number(group.value), ofProject: ofProject.checked };
}
