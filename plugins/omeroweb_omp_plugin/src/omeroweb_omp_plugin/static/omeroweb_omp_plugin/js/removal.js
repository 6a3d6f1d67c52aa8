/** The question before something goes that the plugin did not write: backup, password, typed word. */

import { showDialog } from "../../omero_plugin_common/js/dialog.js";
import { element } from "../../omero_plugin_common/js/dom.js";

/**
 * Ask for what the server wants before others' pairs are removed.
 *
 * @param {object} options
 * @param {string} options.title a question
 * @param {string} options.text what will happen
 * @param {string} options.word what has to be typed
 * @param {string} options.confirm the verb on the button
 * @param {string} options.backup address of the backup
 * @returns {Promise<{password: string, confirmation: string}|null>} nothing when the user does not want to
 */
export async function askForRemoval({ title, text, word, confirm, backup }) {
  const password = element("input", { class: "op-input", id: "omp-password", type: "password", autocomplete: "current-password" });
  const typed = element("input", { class: "op-input", id: "omp-typed", autocomplete: "off", spellcheck: "false", autocapitalize: "off" });
  const save = element("a", { class: "op-button", href: backup, download: true }, "Download a backup (CSV)");
  const form = element("form", {},
    element("div", { class: "op-field" }, element("label", { for: "omp-password" }, "Your OMERO password"), password),
    element("div", { class: "op-field" },
      element("label", { for: "omp-typed" }, "Type ", element("code", {}, word), " to confirm"), typed),
    // Enter in a field sends a form that has a button.
    element("button", { type: "submit", hidden: true }));
  const body = [
    text,
    "Download what is there first. Restore, under “Other actions”, adds it again.",
    element("p", {}, save),
    form,
  ];
  const answer = showDialog({
    title, body, alert: true, focus: save,
    actions: [{ label: "Cancel", value: false }, { label: confirm, value: true, kind: "danger" }],
  });
  const go = typed.closest("dialog").querySelector("[data-kind=danger]");
  const ready = () => password.value !== "" && typed.value.trim() === word;
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
