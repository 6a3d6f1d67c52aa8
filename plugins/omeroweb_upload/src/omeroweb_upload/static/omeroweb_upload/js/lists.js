/** The user's other uploads: those that are not finished, and the history. */

import { getJSON, postJSON } from "../../omero_plugin_common/js/api.js";
import { button, element } from "../../omero_plugin_common/js/dom.js";
import { moment } from "../../omero_plugin_common/js/format.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";
import { TryAgain } from "../../omero_plugin_common/js/try_again.js";
import { addresses, addressOf, part } from "./page_parts.js";
import { amount, stateInWords } from "./words.js";

export class Lists {
  #open;
  #current = null;
  #next = null;
  #retry = new TryAgain(part("history-failed"), () => this.#history());
  #failed = new TryAgain(part("failed"), () => this.load());

  /** @param {(upload: object) => void} open show an upload */
  constructor(open) {
    this.#open = open;
    part("history").addEventListener("toggle", () => part("history").open && this.#history());
    part("history-more").addEventListener("click", () => this.#history(this.#next));
  }

  /**
   * Ask for the uploads that are not finished.
   *
   * @param {string|null} [current] the one that the page shows is not listed
   * @returns {Promise<object[]>} them, the newest first
   */
  async load(current = this.#current) {
    this.#current = current;
    try {
      const { running } = await getJSON(addresses().jobs);
      const others = running.filter(({ job_id: id }) => id !== current);
      part("unfinished").hidden = others.length === 0;
      part("unfinished-list").replaceChildren(...others.map((each) => this.#line(each, [
        button(each.status === "uploading" ? "Continue" : "Show", () => this.#open(each), { class: "op-button op-button-primary", "aria-label": `Continue ${each.title}` }),
      ])));
      this.#failed.done();
      return others;
    } catch (error) {
      this.#failed.failed(error, "Your uploads could not be listed.");
      return [];
    }
  }

  async #history(before = null) {
    try {
      const { history, next } = await getJSON(addresses().jobs, { query: { before } });
      this.#next = next;
      const lines = history.map((each) => this.#line(each, this.#actions(each)));
      if (before) part("history-list").append(...lines);
      else part("history-list").replaceChildren(...lines);
      if (!before && history.length === 0) part("history-list").replaceChildren(element("li", {}, "None yet."));
      part("history-more").hidden = next === null;
      this.#retry.done();
    } catch (error) {
      this.#retry.failed(error, "Your earlier imports could not be listed.");
    }
  }

  #actions(upload) {
    return [
      button("Show", () => this.#open(upload), { "aria-label": `Show ${upload.title}` }),
      element("a", { class: "op-button", href: addressOf(addresses().report, upload.job_id), download: true }, "Report (CSV)"),
      upload.can_replay ? button("Again", () => this.#again(upload), { "aria-label": `Import ${upload.title} again` }) : null,
    ];
  }

  async #again(upload) {
    try {
      this.#open(await postJSON(addressOf(addresses().again, upload.job_id)));
    } catch (error) {
      toastError(error);
    }
  }

  #line(upload, actions) {
    return element("li", {},
      element("div", { class: "upload-list-text" },
        element("strong", {}, upload.title),
        element("span", { class: "op-hint" }, [stateInWords(upload), amount(upload), moment(upload.created)].join(" · ")),
        upload.message ? element("span", { class: "op-hint" }, upload.message) : null),
      element("div", { class: "upload-list-actions" }, ...actions));
  }
}
