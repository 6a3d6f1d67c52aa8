/**
 * `<op-job-history src="…/jobs/?plugin=…">`: the user's jobs of the last weeks, with reports and Undo.
 *
 * It is closed at first, and asks for the list each time that it is opened.
 */

import { getJSON } from "./api.js";
import { define, element } from "./dom.js";
import { moment } from "./format.js";
import { ENDED, reportLink, STATES } from "./progress.js";
import { undoButton } from "./undo_job.js";

export class OpJobHistory extends HTMLElement {
  #list = element("ul", { class: "op-job-history" });
  #status = element("p", { class: "op-hint", role: "status" });
  #ends = null;

  connectedCallback() {
    this.#ends = new AbortController();
    const box = element("details", { class: "op-panel" },
      element("summary", {}, this.getAttribute("heading") ?? "Earlier jobs"), this.#status, this.#list);
    box.addEventListener("toggle", () => {
      if (box.open) this.load();
    });
    document.addEventListener("op-job-finished", () => {
      if (box.open) this.load();
    }, { signal: this.#ends.signal });
    this.replaceChildren(box);
  }

  disconnectedCallback() {
    this.#ends.abort();
  }

  /** Ask for the list, and show the jobs that have ended. */
  async load() {
    try {
      const { jobs } = await getJSON(this.getAttribute("src"), { signal: this.#ends.signal });
      const ended = jobs.filter((job) => ENDED.has(job.state));
      this.#list.replaceChildren(...ended.map((job) => this.#row(job)));
      this.#status.textContent = ended.length === 0 ? "No job has ended yet." : "Jobs and their reports are deleted after a while.";
    } catch (error) {
      if (error.name !== "AbortError") this.#status.textContent = error.message;
    }
  }

  #row(job) {
    const outcome = job.error ? job.error.error : job.message;
    const line = element("li", { "data-job": job.id },
      element("span", { class: "op-job-named" }, element("strong", {}, job.title), job.about ? ` · ${job.about}` : ""),
      element("span", {}, [STATES[job.state], moment(job.finished), outcome].filter(Boolean).join(" · ")),
      element("span", { class: "op-job-actions" }, reportLink(job), undoButton(job)));
    line.job = job;
    return line;
  }
}

define("op-job-history", OpJobHistory);
