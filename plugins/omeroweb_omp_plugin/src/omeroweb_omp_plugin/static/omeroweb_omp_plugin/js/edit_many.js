/** One change to the values of a key on many images: a dialog that asks for it. */

import { showDialog } from "../../omero_plugin_common/js/dialog.js";
import { element } from "../../omero_plugin_common/js/dom.js";
import { counted } from "../../omero_plugin_common/js/format.js";

const WAYS = [
  ["value", "Set a value"],
  ["text", "Replace a text"],
  ["first", "Fill down the first image’s value"],
  ["blanks", "Fill empty cells with the value above"],
  ["unit", "Split number and unit"],
];

/**
 * Ask what is to be changed.
 *
 * @param {object} options
 * @param {string[]} options.keys of the table
 * @param {string} options.first the key to begin with
 * @param {number} options.chosen images that are selected
 * @param {number} options.shown images that the table shows
 * @returns {Promise<{key: string, change: object, all: boolean}|null>} body of the request, and whether it
 *   is for all that are shown instead of the selected ones
 */
export async function editMany({ keys, first, chosen, shown }) {
  const key = field("omp-many-key", "Key", { list: "omp-many-keys", value: first, maxlength: 255 });
  const way = element("select", { class: "op-input", id: "omp-many-way" }, ...WAYS.map(([value, label]) => element("option", { value }, label)));
  const where = element("select", { class: "op-input", id: "omp-many-where" },
    ...(chosen ? [element("option", { value: "chosen" }, counted(chosen, "selected image"))] : []),
    element("option", { value: "all" }, `All ${counted(shown, "image")} shown`));
  const value = field("omp-many-value", "Value");
  const text = field("omp-many-text", "Replace");
  const by = field("omp-many-by", "By");
  const whole = element("input", { type: "checkbox", id: "omp-many-whole" });
  const wholeLine = element("label", { class: "omp-check" }, whole, "Only where it is the whole value");
  const unit = field("omp-many-unit", "Key of the unit", { maxlength: 255 });
  const hint = element("p", { class: "op-hint" });
  const parts = { value: [value.node], text: [text.node, by.node, wholeLine], first: [], blanks: [], unit: [unit.node] };
  const show = () => {
    for (const nodes of Object.values(parts)) for (const node of nodes) node.hidden = true;
    for (const node of parts[way.value]) node.hidden = false;
    hint.textContent = HINTS[way.value];
    if (way.value === "unit" && !unit.input.value) unit.input.value = `${key.input.value} unit`;
  };
  show();
  const body = element("div", { class: "omp-values" },
    element("datalist", { id: "omp-many-keys" }, ...keys.map((name) => element("option", { value: name }))),
    key.node, labelled("omp-many-way", "Change", way), ...Object.values(parts).flat(), hint, labelled("omp-many-where", "Where", where));
  const answer = showDialog({
    title: "Edit many images",
    body: [body],
    actions: [{ label: "Cancel", value: null }, { label: "Apply", value: "apply", kind: "primary" }],
    focus: way,
  });
  const go = body.closest("dialog").querySelector("[data-kind=primary]");
  const check = () => {
    go.disabled = !key.input.value.trim() || (way.value === "text" && !text.input.value) || (way.value === "unit" && !unit.input.value.trim());
  };
  body.addEventListener("input", check);
  way.addEventListener("change", () => {
    show();
    check();
  });
  body.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || go.disabled || !event.target.matches("input")) return;
    event.preventDefault();
    go.click();
  });
  check();
  if ((await answer) !== "apply") return null;
  const change = {
    value: () => ({ to: "value", value: value.input.value }),
    text: () => ({ to: "text", text: text.input.value, by: by.input.value, whole: whole.checked }),
    first: () => ({ to: "first" }),
    blanks: () => ({ to: "first", empty: true }),
    unit: () => ({ to: "unit", unit: unit.input.value.trim() }),
  }[way.value]();
  return { key: key.input.value.trim(), change, all: where.value === "all" };
}

const HINTS = {
  value: "An empty value removes the key from these images.",
  text: "Upper and lower case count.",
  first: "The first of these images, in the order of the table, gives the value.",
  blanks: "Images that have a value keep it.",
  unit: "“10uM” becomes “10”, and “uM” under the key of the unit. Other values stay.",
};

function field(id, label, attributes = {}) {
  const input = element("input", { class: "op-input", id, autocomplete: "off", maxlength: 10_000, ...attributes });
  return { input, node: labelled(id, label, input) };
}

function labelled(id, text, made) {
  return element("div", { class: "op-field" }, element("label", { for: id }, text), made);
}
