/** Jobs: shown when they start, with what came of them when they have ended. */

import { button, element } from "../../omero_plugin_common/js/dom.js";
import { ENDED } from "../../omero_plugin_common/js/progress.js";
import { addresses, addressOf } from "./page_parts.js";

const ASKING = "omp.ai_";

/** Show a job that has just been started, and bring it into sight. */
export function follow(job) {
  const shown = document.querySelector("op-jobs").add(job);
  shown.scrollIntoView({ block: "nearest" });
}

/**
 * Offer what came of each job that has ended, now and later: its report, or a model's answer.
 *
 * @param {(job: object) => void} answered shows the answer of a model
 */
export function offerResults(answered) {
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
  if (!actions || "offered" in shown.dataset) return;
  shown.dataset.offered = "";
  if (shown.job.kind.startsWith(ASKING)) {
    if (shown.job.state === "done") actions.prepend(button("Show the answer", () => answered(shown.job)));
    return;
  }
  const address = addressOf(addresses().report, shown.job.id);
  actions.prepend(element("a", { class: "op-button", href: address, download: true }, "Report (CSV)"));
}
