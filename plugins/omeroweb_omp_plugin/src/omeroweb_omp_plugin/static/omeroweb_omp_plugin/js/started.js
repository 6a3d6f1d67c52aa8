/** Jobs: shown when they start, with a report when they have ended. */

import { element } from "../../omero_plugin_common/js/dom.js";
import { ENDED } from "../../omero_plugin_common/js/progress.js";
import { addresses, addressOf } from "./page_parts.js";

const ASKING = "omp.ai_";

/** Show a job that has just been started, and bring it into sight. */
export function follow(job) {
  const shown = document.querySelector("op-jobs").add(job);
  shown.scrollIntoView({ block: "nearest" });
}

/** Offer the report of each job that has ended, now and later. */
export function offerReports() {
  const jobs = document.querySelector("op-jobs");
  const look = () => {
    for (const shown of jobs.children) {
      if (shown.job && ENDED.has(shown.job.state)) offer(shown);
    }
  };
  new MutationObserver(look).observe(jobs, { childList: true });
  jobs.addEventListener("op-job-finished", look);
  look();
}

function offer(shown) {
  const actions = shown.querySelector(".op-job-actions");
  if (shown.job.kind.startsWith(ASKING) || !actions || actions.querySelector("a")) return;
  const address = addressOf(addresses().report, shown.job.id);
  actions.prepend(element("a", { class: "op-button", href: address, download: true }, "Report (CSV)"));
}
