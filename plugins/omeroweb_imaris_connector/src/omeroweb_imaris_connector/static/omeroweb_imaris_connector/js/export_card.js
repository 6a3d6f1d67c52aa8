/** One export, of an image or several: what it is, how far it is, and what can be done with it. */

import { postJSON } from "../../omero_plugin_common/js/api.js";
import { confirmDialog } from "../../omero_plugin_common/js/dialog.js";
import { button, element, safeAddress } from "../../omero_plugin_common/js/dom.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";
import { FileList } from "./file_list.js";
import { addresses, addressOf, addressOfImage } from "./page_parts.js";
import { ENDED, facts, name, progress, STATES } from "./words.js";

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
    const conversion = export_.images === 1 ? export_.files[0].conversion : "";
    note.textContent = conversion;
    note.hidden = !conversion;
    this.#parts.list?.show(export_);
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
    return name(this.#export);
  }

  #build(export_) {
    const named = name(export_);
    const several = export_.images > 1;
    const fill = element("div", { class: "op-job-fill" });
    const parts = {
      state: element("span", { class: "op-job-state" }),
      spoken: element("span", { class: "op-visually-hidden", role: "status" }),
      fill,
      bar: element("div", { class: "op-job-bar", role: "progressbar", "aria-label": named, "aria-valuemin": 0, "aria-valuemax": 100 }, fill),
      facts: element("div", { class: "op-job-facts" }),
      note: element("p", { class: "imaris-note" }),
      message: element("p"),
      download: element("a", { class: "op-button op-button-primary", download: true, "aria-label": `Download ${named}` }, "Download"),
      cancel: button("Cancel", () => this.#cancel(), { "aria-label": `Cancel ${named}` }),
      retry: button("Export again", () => this.#send("retry"), { "aria-label": `Export ${named} again` }),
      list: several ? new FileList(export_) : null,
      delete: button("Delete", () => this.#delete(), { "aria-label": `Delete the export of ${named}` }),
    };
    const head = element("div", { class: "op-job-head" },
      several ? element("span", { class: "op-job-label op-job-named" }, named)
        : element("a", { class: "op-job-label op-job-named", href: addressOfImage(export_.files[0].image.id) }, named),
      parts.state,
      element("div", { class: "op-job-actions" }, parts.download, parts.cancel, parts.retry, parts.delete));
    parts.node = element("li", { class: "op-job" }, head, parts.bar, parts.facts, parts.note, parts.message,
      ...(parts.list ? [parts.list.node] : []), parts.spoken);
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
    const { state, images, ready, files } = this.#export;
    const file = images === 1 && state === "done" ? safeAddress(files[0].file_url) : null;
    download.hidden = !file;
    if (file) download.href = file;
    cancel.hidden = !this.goes;
    retry.hidden = this.goes || ready === images;
    remove.hidden = this.goes;
    for (const each of [cancel, retry, remove]) each.disabled = this.#sending;
  }

  async #cancel() {
    const sure = await confirmDialog({
      title: "Cancel this export?", text: `${this.#name}\nWhat has been written so far is deleted; files that are ready stay. Nothing in OMERO is changed.`,
      confirm: "Cancel the export", danger: true,
    });
    if (sure) await this.#send("cancel");
  }

  async #delete() {
    const sure = this.#export.ready === 0 || await confirmDialog({
      title: "Delete this export?", text: `${this.#name}\nYou can no longer download ${this.#export.images > 1 ? "the files" : "the file"} here. Nothing in OMERO is changed.`,
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
