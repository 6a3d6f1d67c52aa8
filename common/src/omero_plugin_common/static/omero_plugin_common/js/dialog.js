/** Questions before something happens: the native <dialog>, with its focus kept inside and given back. */

import { button, element } from "./dom.js";

const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), [tabindex='0']";
let count = 0;

/**
 * Show a dialog until one of its buttons is pressed, or Escape.
 *
 * @param {object} options
 * @param {string} options.title
 * @param {(Node|string)[]} options.body nodes, or texts that become paragraphs
 * @param {{label: string, value: unknown, kind?: "primary"|"danger"}[]} options.actions from left to right
 * @param {HTMLElement} [options.focus] what is focused first; else the first action
 * @param {boolean} [options.alert] whether it interrupts: read out as an alert
 * @returns {Promise<unknown>} the value of the action; `null` after Escape
 */
export function showDialog({ title, body, actions, focus, alert = false }) {
  const opener = document.activeElement;
  const name = `op-dialog-${(count += 1)}`;
  const content = element("div", { id: `${name}-text` },
    ...body.map((part) => (typeof part === "string" ? element("p", {}, part) : part)));
  const dialog = element("dialog",
    { class: "op-dialog", "aria-labelledby": name, "aria-describedby": `${name}-text`, role: alert ? "alertdialog" : null },
    element("h2", { id: name }, title), content);
  return new Promise((resolve) => {
    let value = null;
    const row = element("div", { class: "op-dialog-actions" });
    for (const action of actions) {
      row.append(button(action.label, () => {
        value = action.value;
        dialog.close();
      }, { class: `op-button${action.kind ? ` op-button-${action.kind}` : ""}`, "data-kind": action.kind ?? false }));
    }
    dialog.append(row);
    dialog.addEventListener("keydown", keepFocusInside);
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
      resolve(value);
    });
    document.body.append(dialog);
    dialog.showModal();
    (focus ?? row.querySelector("button")).focus();
  });
}

/**
 * Ask before doing something.
 *
 * @param {object} options
 * @param {string} options.title a question
 * @param {string} options.text what will happen; line breaks are kept
 * @param {string} options.confirm the verb on the button
 * @param {boolean} [options.danger] whether it cannot be undone
 * @param {string} [options.typed] a word that must be typed first
 * @returns {Promise<boolean>}
 */
export async function confirmDialog({ title, text, confirm, danger = false, typed = "" }) {
  const body = [text];
  let field = null;
  if (typed) {
    field = element("input", { class: "op-input", autocomplete: "off", spellcheck: "false", autocapitalize: "off" });
    body.push(element("div", { class: "op-field" },
      element("label", {}, "Type ", element("code", {}, typed), " to confirm", field)));
  }
  const answer = showDialog({
    title,
    body,
    alert: danger,
    focus: field,
    actions: [
      { label: "Cancel", value: false },
      { label: confirm, value: true, kind: danger ? "danger" : "primary" },
    ],
  });
  if (field) guard(field, typed);
  return (await answer) === true;
}

/** The button works, and Enter presses it, once the word is there. */
function guard(field, typed) {
  const go = field.closest("dialog").querySelector("button[data-kind]");
  const matches = () => field.value.trim() === typed;
  go.disabled = true;
  field.addEventListener("input", () => {
    go.disabled = !matches();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && matches()) go.click();
  });
}

/** Tab goes round inside: the browser alone would leave for its own address bar. */
function keepFocusInside(event) {
  if (event.key !== "Tab") return;
  const stops = [...event.currentTarget.querySelectorAll(FOCUSABLE)];
  const edge = event.shiftKey ? stops[0] : stops.at(-1);
  if (document.activeElement === edge) {
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0]).focus();
  }
}
