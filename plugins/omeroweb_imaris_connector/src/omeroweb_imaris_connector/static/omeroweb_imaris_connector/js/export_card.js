/** One export: what it is, how far it is, and what can be done with it. */

import { postJSON } from "../../omero_plugin_common/js/api.js";
import { confirmDialog } from "../../omero_plugin_common/js/dialog.js";
import { button, element, safeAddress } from "../../omero_plugin_common/js/dom.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";
import { addresses, addressOf, addressOfImage } from "./page_parts.js";
import { ENDED, facts, progress, STATES } from "./words.js";

export class ExportCard {
  #export = null;
  #told;
  #parts = {};
  #sending = false;
  #withUser = false;

  /**
   * @param {object} export_ as the server tells it
   * @param {object} told
   * @param {() => void} told.changed the server has another state of it
   * @param {(id: string) => void} told.deleted it is gone
   */
  constructor(export_, told) {
    this.#told = told;
    this.#build(export_);
    this.show(export_);
  }

  /** @returns {HTMLLIElement} its place in the list */
  get node() {
    return this.#parts.node;
  }

  /** @returns {boolean} whether it goes on */
  get goes() {
    return !ENDED.has(this.#export.state);
  }

  /**
   * @param {object} export_ as the server tells it now
   * @param {object} [options]
   * @param {boolean} [options.withUser] whether it says whose it is
   */
  show(export_, { withUser = this.#withUser } = {}) {
    this.#withUser = withUser;
    const changed = this.#export?.state !== export_.state;
    this.#export = export_;
    const { node, state, spoken, facts: place, note, message } = this.#parts;
    node.dataset.state = export_.state;
    state.textContent = STATES[export_.state] ?? export_.state;
    const lines = [withUser ? export_.user : null, ...(this.goes ? progress(export_) : facts(export_))];
    place.replaceChildren(...lines.filter(Boolean).map((fact) => element("span", {}, fact)));
    note.textContent = export_.conversion ?? "";
    note.hidden = !export_.conversion;
    message.textContent = export_.message ?? "";
    message.hidden = !export_.message;
    message.className = export_.state === "failed" ? "op-job-error" : "op-job-message";
    this.#showBar();
    this.#showActions();
    // Each plane would be too much to listen to.
    if (changed) spoken.textContent = `${this.#name}: ${state.textContent}`;
  }

  /** Its age is another one now. */
  refresh() {
    this.show(this.#export);
  }

  get #name() {
    return this.#export.image.name || `Image ${this.#export.image.id}`;
  }

  #build(export_) {
    const name = export_.image.name || `Image ${export_.image.id}`;
    const fill = element("div", { class: "op-job-fill" });
    const parts = {
      state: element("span", { class: "op-job-state" }),
      spoken: element("span", { class: "op-visually-hidden", role: "status" }),
      fill,
      bar: element("div", { class: "op-job-bar", role: "progressbar", "aria-label": name, "aria-valuemin": 0, "aria-valuemax": 100 }, fill),
      facts: element("div", { class: "op-job-facts" }),
      note: element("p", { class: "imaris-note" }),
      message: element("p"),
      download: element("a", { class: "op-button op-button-primary", download: true, "aria-label": `Download ${name}` }, "Download"),
      cancel: button("Cancel", () => this.#cancel(), { "aria-label": `Cancel ${name}` }),
      retry: button("Export again", () => this.#send("retry"), { "aria-label": `Export ${name} again` }),
      delete: button("Delete", () => this.#delete(), { "aria-label": `Delete the export of ${name}` }),
    };
    const head = element("div", { class: "op-job-head" },
      element("a", { class: "op-job-label op-job-named", href: addressOfImage(export_.image.id) }, name),
      parts.state,
      element("div", { class: "op-job-actions" }, parts.download, parts.cancel, parts.retry, parts.delete));
    parts.node = element("li", { class: "op-job" }, head, parts.bar, parts.facts, parts.note, parts.message, parts.spoken);
    this.#parts = parts;
  }

  #showBar() {
    const { bar, fill } = this.#parts;
    const { state, planes } = this.#export;
    bar.hidden = !this.goes;
    const known = state === "running" && planes?.total > 0;
    const part = known ? Math.min(1, planes.done / planes.total) : 0;
    bar.classList.toggle("op-job-bar-unknown", ["running", "verifying", "attaching"].includes(state) && !known);
    fill.style.transform = known || state === "queued" || state === "waiting_for_processor" ? `scaleX(${part})` : "";
    if (known) bar.setAttribute("aria-valuenow", String(Math.round(part * 100)));
    else bar.removeAttribute("aria-valuenow");
    bar.setAttribute("aria-valuetext", [STATES[state] ?? state, ...progress(this.#export)].join(", "));
  }

  #showActions() {
    const { download, cancel, retry, delete: remove } = this.#parts;
    const { state } = this.#export;
    const file = state === "done" ? safeAddress(this.#export.file_url) : null;
    download.hidden = !file;
    if (file) download.href = file;
    cancel.hidden = !this.goes;
    retry.hidden = !["failed", "cancelled", "expired"].includes(state);
    remove.hidden = this.goes;
    for (const each of [cancel, retry, remove]) each.disabled = this.#sending;
  }

  async #cancel() {
    const sure = await confirmDialog({
      title: "Cancel this export?", text: `${this.#name}\nWhat has been written so far is deleted. The image in OMERO is not changed.`,
      confirm: "Cancel the export", danger: true,
    });
    if (sure) await this.#send("cancel");
  }

  async #delete() {
    const { state } = this.#export;
    const sure = state !== "done" || await confirmDialog({
      title: "Delete this export?", text: `${this.#name}\nYou can no longer download the file here. The image in OMERO is not changed.`,
      confirm: "Delete", danger: true,
    });
    if (sure && await this.#send("delete")) this.#told.deleted(this.#export.id);
  }

  /** Ask the server for an action; whether it did it. */
  async #send(action) {
    this.#sending = true;
    this.#showActions();
    try {
      const answer = await postJSON(addressOf(addresses()[action], this.#export.id));
      if (action !== "delete") {
        this.show(answer);
        this.#told.changed();
      }
      return true;
    } catch (error) {
      toastError(error);
      return false;
    } finally {
      this.#sending = false;
      this.#showActions();
    }
  }
}
