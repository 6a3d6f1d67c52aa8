/** One image's values: a dialog to change them. */

import { showDialog } from "../../omero_plugin_common/js/dialog.js";
import { element } from "../../omero_plugin_common/js/dom.js";
import { addresses } from "./page_parts.js";

/**
 * Let the user change the values of an image.
 *
 * @param {object} row of the preview
 * @param {string[]} keys of the whole selection
 * @param {string} [first] the key to begin with
 * @param {Record<string, string[]>} [lists] the values that the site lists for keys
 * @returns {Promise<{values: Record<string, string|null>|null, next: boolean}|null>} the values that
 *   are others now (`null` gives back what the name says; none when there are no such), and whether the
 *   next image is wanted. Nothing after Cancel.
 */
export async function editImage(row, keys, first, lists = {}) {
  const fields = keys.map((name, at) => field(row, name, at, lists[name]));
  const more = { name: input("omp-new-name", ""), value: input("omp-new-value", "") };
  const body = element("div", { class: "omp-values" },
    ...fields.map(({ node }) => node),
    element("fieldset", { class: "omp-another" },
      element("legend", {}, "Add a key to this image"),
      labelled("omp-new-name", "Key", more.name), labelled("omp-new-value", "Value", more.value)));
  const reasons = row.reasons.map((reason) => element("p", { class: "omp-note omp-note-warn" }, reason));
  const link = element("a", { href: `${addresses().image}${row.id}`, target: "_blank", rel: "noopener" }, "Show the image in OMERO.web");
  const actions = [{ label: "Cancel", value: null }];
  if (row.edited.length) actions.push({ label: "Reset to the values in the name", value: "reset" });
  actions.push({ label: "Apply and next", value: "next" }, { label: "Apply", value: "apply", kind: "primary" });
  const empty = fields.find(({ before }) => before === "");
  const focus = (fields[keys.indexOf(first)] ?? empty ?? fields[0])?.field;
  const answer = showDialog({ title: row.name, body: [...reasons, body, link], actions, focus });
  body.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    // Else the same key would also press the button that gets the focus back, and open this again.
    event.preventDefault();
    const go = body.closest("dialog").querySelector("[data-kind=primary]");
    (event.ctrlKey || event.metaKey ? go.previousElementSibling : go).click();
  });
  const chosen = await answer;
  if (chosen === "reset") return { values: Object.fromEntries(row.edited.map((name) => [name, null])), next: false };
  if (chosen !== "apply" && chosen !== "next") return null;
  const changed = fields.filter((each) => each.field.value !== each.before).map((each) => [each.name, each.field.value]);
  if (more.name.value.trim() && more.value.value) changed.push([more.name.value.trim(), more.value.value]);
  return { values: changed.length ? Object.fromEntries(changed) : null, next: chosen === "next" };
}

function field(row, name, at, offered) {
  const cell = row.cells.find((each) => each.name === name);
  const before = cell && cell.change !== "removed" ? cell.then.at(-1) ?? "" : "";
  const made = input(`omp-value-${at}`, before);
  const current = cell?.now.length ? element("span", { class: "op-hint" }, `Current value: ${cell.now.join(", ")}`) : null;
  const node = labelled(`omp-value-${at}`, name, made);
  if (current) node.append(current);
  if (offered) {
    made.setAttribute("list", `omp-values-${at}`);
    node.append(element("datalist", { id: `omp-values-${at}` }, ...offered.map((value) => element("option", { value }))));
  }
  return { name, before, field: made, node };
}

function input(id, value) {
  return element("input", { class: "op-input", id, value, maxlength: 10_000, autocomplete: "off" });
}

function labelled(id, text, made) {
  return element("div", { class: "op-field" }, element("label", { for: id }, text), made);
}
