/**
 * The question before much is removed: password and a typed word.
 * On the server, `omero_plugin_common.confirmation` checks them.
 */

import { showDialog } from "./dialog.js";
import { element } from "./dom.js";

/**
 * Ask for what the server wants first.
 *
 * @param {object} options
 * @param {string} options.title a question
 * @param {string} options.text what will happen
 * @param {string} options.word what has to be typed
 * @param {string} options.confirm the verb on the button
 * @param {string} options.hint how it can be put back
 * @param {boolean} [options.hasPassword] whether the user has a password of OMERO
 * @returns {Promise<{password: string, confirmation: string}|null>} nothing when the user does not want to
 */
export async function confirmRemoval({ title, text, word, confirm, hint, hasPassword = true }) {
  const password = element("input", { class: "op-input", id: "op-password", type: "password", autocomplete: "current-password" });
  const typed = element("input", { class: "op-input", id: "op-typed", autocomplete: "off", spellcheck: "false", autocapitalize: "off" });
  const form = element("form", {},
    hasPassword ? element("div", { class: "op-field" }, element("label", { for: "op-password" }, "Your OMERO password"), password) : null,
    element("div", { class: "op-field" },
      element("label", { for: "op-typed" }, "Type ", element("code", {}, word), " to confirm"), typed),
    // Enter in a field sends a form that has a button.
    element("button", { type: "submit", hidden: true }));
  const body = [
    text,
    hint,
    form,
  ];
  const answer = showDialog({
    title, body, alert: true, focus: hasPassword ? password : typed,
    actions: [{ label: "Cancel", value: false }, { label: confirm, value: true, kind: "danger" }],
  });
  const go = typed.closest("dialog").querySelector("[data-kind=danger]");
  const ready = () => (!hasPassword || password.value !== "") && typed.value.trim() === word;
  go.disabled = true;
  form.addEventListener("input", () => {
    go.disabled = !ready();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (ready()) go.click();
  });
  return (await answer) === true ? { password: password.value, confirmation: word } : null;
}
