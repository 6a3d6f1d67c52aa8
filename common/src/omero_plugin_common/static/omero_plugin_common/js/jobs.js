/**
 * `<op-jobs src="…/jobs/?plugin=…">`: the user's jobs that run, and those that have just ended.
 *
 * `add(job)` shows a job that has just been started. What ended before the page was loaded stays
 * for an hour, so that a reload hides no result, unless it was dismissed. A job of the event `op-job-started` is shown as well.
 */

import { getJSON } from "./api.js";
import { define, element } from "./dom.js";
import { ENDED } from "./progress.js";
import { TryAgain } from "./try_again.js";

const RECENT_MS = 3_600_000;
const MOST_ENDED = 5;
const DISMISSED = "op-jobs-dismissed";

export class OpJobs extends HTMLElement {
  #ends = null;
  #place = element("div");
  #retry = new TryAgain(this.#place, () => this.load());

  connectedCallback() {
    this.#ends = new AbortController();
    this.append(this.#place);
    document.addEventListener("op:session-restored", () => this.load(), { signal: this.#ends.signal });
    document.addEventListener("op-job-started", ({ detail }) => this.add(detail).scrollIntoView({ block: "nearest" }),
      { signal: this.#ends.signal });
    this.load();
  }

  disconnectedCallback() {
    this.#ends.abort();
    this.#retry.done();
  }

  /** Ask for the list and show what is not shown yet. */
  async load() {
    try {
      const { jobs } = await getJSON(this.getAttribute("src"), { signal: this.#ends.signal });
      const hidden = dismissed();
      const ended = jobs.filter((job) => ENDED.has(job.state) && isRecent(job) && !hidden.includes(job.id));
      const shown = [...jobs.filter((job) => !ENDED.has(job.state)), ...ended.slice(0, MOST_ENDED)];
      // The list has the newest first, and `add` puts each one on top.
      for (const job of shown.reverse()) this.add(job);
      this.#retry.done();
    } catch (error) {
      this.#retry.failed(error, "Your jobs could not be listed.");
    }
  }

  /**
   * Show a job at the top.
   *
   * @param {object} job as the server tells it
   * @returns {HTMLElement} its `<op-progress>`
   */
  add(job) {
    const known = [...this.children].find((each) => each.dataset.job === job.id);
    if (known) return known;
    const address = new URL(`${encodeURIComponent(job.id)}/`, new URL(this.getAttribute("src"), location.href));
    const shown = element("op-progress", {
      src: address.pathname, label: job.title, "data-job": job.id, dismissible: true,
    });
    shown.job = job;
    shown.addEventListener("click", (event) => {
      if (event.target.closest?.("[aria-label^='Dismiss']")) dismiss(job.id);
    });
    this.prepend(shown);
    return shown;
  }
}

function isRecent(job) {
  return Date.now() - Date.parse(job.finished ?? "") < RECENT_MS;
}

/** What was dismissed, by id; kept for this tab. */
function dismissed() {
  try {
    return JSON.parse(sessionStorage.getItem(DISMISSED) ?? "[]");
  } catch {
    return [];
  }
}

function dismiss(id) {
  sessionStorage.setItem(DISMISSED, JSON.stringify([...dismissed(), id].slice(-100)));
}

define("op-jobs", OpJobs);
