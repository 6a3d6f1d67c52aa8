/** Jobs: shown when they start, with the answers of models when they have ended. */

import { button } from "../../omero_plugin_common/js/dom.js";
import { ENDED } from "../../omero_plugin_common/js/progress.js";

const ASKING = "omp.ai_";

/** Show a job that has just been started, and bring it into sight. */
export function follow(job) {
  const shown = document.querySelector("op-jobs").add(job);
  shown.scrollIntoView({ block: "nearest" });
}

/**
 * Offer the answer of each job that asked a model and has ended, now and later.
 *
 * @param {(job: object) => void} answered shows the answer of a model
 */
export function offerAnswers(answered) {
  const jobs = document.querySelector("op-jobs");
  const look = () => {
    for (const shown of jobs.children) {
      if (shown.job && ENDED.has(shown.job.state)) offer(shown, answered);
    }
  };
  new MutationObserver(look).observe(jobs, { childList: true });
  jobs.addEventListener("op-job-finished", look);
  look();
}

function offer(shown, answered) {
  const actions = shown.querySelector(".op-job-actions");
  if (!actions || !shown.job.kind.startsWith(ASKING) || "offered" in shown.dataset) return;
  shown.dataset.offered = "";
  if (shown.job.state === "done") actions.prepend(button("Show the answer", () => answered(shown.job)));
}
