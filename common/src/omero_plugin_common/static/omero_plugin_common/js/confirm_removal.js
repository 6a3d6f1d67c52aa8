/**
 * The question before something is removed that cannot be restored: backup, password, typed word.
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
 * @param {string} options.backup address of a backup
 * @param {string} options.hint what the backup is for
 * @param {boolean} [options.hasPassword] whether the user has a password of OMERO
 * @returns {Promise<{password: string, confirmation: string}|null>} nothing when the user does not want to
 */
export async function confirmRemoval({ title, text, word, confirm, backup, hint, hasPassword = true }) {
  const password = element("input", { class: "op-input", id: "op-password", type: "password", autocomplete: "current-password" });
  const typed = element("input", { class: "op-input", id: "op-typed", autocomplete: "off", spellcheck: "false", autocapitalize: "off" });
  const save = element("a", { class: "op-button", href: backup, download: true }, "Download a backup (CSV)");
  const form = element("form", {},
    hasPassword ? element("div", { class: "op-field" }, element("label", { for: "op-password" }, "Your OMERO password"), password) : null,
    element("div", { class: "op-field" },
      element("label", { for: "op-typed" }, "Type ", element("code", {}, word), " to confirm"), typed),
    // Enter in a field sends a form that has a button.
    element("button", { type: "submit", hidden: true }));
  const body = [
    text,
    hint,
    element("p", {}, save),
    form,
  ];
  const answer = showDialog({
    title, body, alert: true, focus: save,
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
