/**
 * `<op-progress src="…/jobs/<id>/" label="Counting">`: how far a job is, with its cancel button.
 *
 * The job lives on the server, so a reload, a second tab or another computer shows the same. Fires
 * `op-job-finished` (bubbles; `detail` is the job) when it ends while it is watched.
 */

import { getJSON, postJSON } from "./api.js";
import { button, define, element, safeAddress } from "./dom.js";
import { duration, moment, number, rate } from "./format.js";
import { JobLog } from "./job_log.js";
import { Poller } from "./poll.js";
import { toastError } from "./toast.js";
import { undoButton } from "./undo_job.js";

/** A job's states in words. */
export const STATES = {
  queued: "Waiting",
  running: "Running",
  cancelling: "Cancelling",
  done: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** States in which a job stays as it is. */
export const ENDED = new Set(["done", "failed", "cancelled"]);

/** @param {object} job @returns {HTMLElement|null} the link to the report of a job that has ended and has one */
export function reportLink(job) {
  const address = ENDED.has(job.state) ? safeAddress(job.report) : null;
  return address && element("a", { class: "op-button", href: address, download: true }, "Report (CSV)");
}

export class OpProgress extends HTMLElement {
  #job = null;
  #parts = null;
  #poller = null;

  /** @returns {object|null} the job as the server last told it */
  get job() {
    return this.#job;
  }

  /** A job that is known already is shown at once. */
  set job(job) {
    this.#job = job;
    if (this.#parts) this.#show();
  }

  connectedCallback() {
    if (!this.#parts) this.#build();
    if (this.#job) this.#show();
    if (this.#job && ENDED.has(this.#job.state)) return;
    this.#poller = new Poller({
      ask: (signal) => this.#ask(signal),
      failed: (error) => this.#unreachable(error),
    });
    this.#poller.start();
  }

  disconnectedCallback() {
    this.#poller?.stop();
  }

  async #ask(signal) {
    const before = this.#job;
    this.#job = await getJSON(this.getAttribute("src"), { signal });
    this.#show();
    if (ENDED.has(this.#job.state)) {
      this.dispatchEvent(new CustomEvent("op-job-finished", { bubbles: true, detail: this.#job }));
      return "done";
    }
    const same = before?.state === this.#job.state && before?.done === this.#job.done;
    return same ? "same" : "changed";
  }

  async #cancel() {
    const { cancel } = this.#parts;
    cancel.disabled = true;
    try {
      this.#job = await postJSON(new URL("cancel/", new URL(this.getAttribute("src"), location.href)).href);
      this.#show();
    } catch (error) {
      cancel.disabled = false;
      toastError(error);
    }
    this.#poller?.soon();
  }

  #build() {
    const fill = element("div", { class: "op-job-fill" });
    const parts = {
      box: element("section", { class: "op-job", "aria-label": this.#label() }),
      about: element("span"),
      state: element("span", { class: "op-job-state" }),
      spoken: element("p", { class: "op-visually-hidden", role: "status" }),
      bar: element("div", { class: "op-job-bar", role: "progressbar", "aria-label": this.#label(), "aria-valuemin": 0, "aria-valuemax": 100 }, fill),
      fill,
      facts: element("div", { class: "op-job-facts" }),
      message: element("p", { class: "op-job-message" }),
      cancel: button("Cancel", () => this.#cancel(), { "aria-label": `Cancel ${this.#label()}` }),
      actions: element("div", { class: "op-job-actions" }),
      log: new JobLog(() => this.getAttribute("src")),
    };
    const head = element("div", { class: "op-job-head" },
      element("span", { class: "op-job-named" }, element("span", { class: "op-job-label" }, this.#label()), parts.about),
      parts.state, parts.actions);
    parts.actions.append(parts.cancel);
    if (this.hasAttribute("dismissible")) {
      parts.dismiss = button("Dismiss", () => this.remove(), { "aria-label": `Dismiss ${this.#label()}`, hidden: true });
      parts.actions.append(parts.dismiss);
    }
    parts.box.append(head, parts.bar, parts.facts, parts.message, parts.log.node, parts.spoken);
    this.#parts = parts;
    this.replaceChildren(parts.box);
  }

  #label() {
    return this.getAttribute("label") ?? "Job";
  }

  #show() {
    const { actions, box, state, spoken, cancel, dismiss, message, log } = this.#parts;
    const job = this.#job;
    if (!this.#parts.undo && (this.#parts.undo = undoButton(job))) actions.prepend(this.#parts.undo);
    if (!this.#parts.report && (this.#parts.report = reportLink(job))) actions.prepend(this.#parts.report);
    this.#parts.about.textContent = job.about ? ` · ${job.about}` : "";
    const changed = box.dataset.state !== job.state;
    box.dataset.state = job.state;
    state.textContent = STATES[job.state] ?? job.state;
    cancel.hidden = ENDED.has(job.state) || !(job.canCancel || job.state === "cancelling");
    cancel.disabled = !job.canCancel;
    if (dismiss) dismiss.hidden = !ENDED.has(job.state);
    message.className = job.error ? "op-job-error" : "op-job-message";
    message.textContent = job.error ? `${job.error.error} (${job.error.code})` : job.message;
    message.hidden = message.textContent === "";
    this.#showBar(job);
    this.#showFacts(job);
    log.refresh();
    // Each step would be too much to listen to; where the job stands is what matters.
    if (changed) spoken.textContent = `${this.#label()}: ${STATES[job.state] ?? job.state}`;
  }

  #showBar(job) {
    const { bar, fill } = this.#parts;
    const unknown = ["running", "cancelling"].includes(job.state) && !(job.total > 0);
    const part = job.state === "done" ? 1 : job.total > 0 ? Math.min(1, job.done / job.total) : 0;
    bar.classList.toggle("op-job-bar-unknown", unknown);
    fill.style.transform = unknown ? "" : `scaleX(${part})`;
    if (unknown) bar.removeAttribute("aria-valuenow");
    else bar.setAttribute("aria-valuenow", String(Math.round(part * 100)));
    bar.setAttribute("aria-valuetext", counted(job) || STATES[job.state] || job.state);
  }

  #showFacts(job) {
    const facts = [counted(job)];
    if (job.state === "running") {
      if (job.rate > 0) facts.push(rate(job.rate, job.unit));
      if (typeof job.remaining === "number") facts.push(`about ${duration(job.remaining)} left`);
    }
    if (job.nextAttempt) facts.push(`next attempt at ${moment(job.nextAttempt)}`);
    if (job.attempt > 1 && !ENDED.has(job.state)) facts.push(`attempt ${job.attempt}`);
    if (job.finished) facts.push(moment(job.finished));
    this.#parts.facts.replaceChildren(...facts.filter(Boolean).map((fact) => element("span", {}, fact)));
  }

  #unreachable(error) {
    const { message, cancel } = this.#parts;
    if (error.status === 401) return;
    message.className = "op-job-message";
    message.textContent = error.status === 404
      ? "This job no longer exists: finished jobs are deleted after a while."
      : `${error.message} The job continues; checking again.`;
    message.hidden = false;
    if (error.status === 404) {
      cancel.hidden = true;
      this.#poller.stop();
    }
  }
}

/** Such as `12 of 40 images`. */
function counted(job) {
  const unit = job.unit ? ` ${job.unit}` : "";
  if (job.total > 0) return `${number(job.done)} of ${number(job.total)}${unit}`;
  return job.done > 0 ? `${number(job.done)}${unit}` : "";
}

define("op-progress", OpProgress);
