/** Jobs: shown when they start; when they have ended, with what came of them. */

import { postJSON } from "../../omero_plugin_common/js/api.js";
import { confirmDialog } from "../../omero_plugin_common/js/dialog.js";
import { button, element } from "../../omero_plugin_common/js/dom.js";
import { counted, moment, number } from "../../omero_plugin_common/js/format.js";
import { ENDED } from "../../omero_plugin_common/js/progress.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";
import { addresses, addressOf } from "./page_parts.js";

const ASKING = "omp.ai_";
// Those that were started for images which the user chose.
const CHANGING = new Set(["omp.write", "omp.acquisition", "omp.delete_plugin", "omp.delete_all"]);

/** Show a job that has just been started, and bring it into sight. */
export function follow(job) {
  const shown = document.querySelector("op-jobs").add(job);
  shown.scrollIntoView({ block: "nearest" });
}

/**
 * Offer the answer of each job that asked a model and has ended, now and later; of one that did not
 * reach its end, what was read until then.
 *
 * @param {(job: object) => void} answered shows the answer of a model
 */
export function offerAnswers(answered) {
  const text = (job) => job.state === "done" ? "Show the answer" : `Show what was read (${number(job.done)} of ${counted(job.total, "name")})`;
  offer(hasAnswer, (job) => [button(text(job), () => answered(job))]);
}

/** @returns {boolean} whether a job that has ended has something to show: an answer, or a part of it */
export function hasAnswer(job) {
  return job.kind.startsWith(ASKING) && (job.state === "done" || (job.kind === "omp.ai_values" && job.done > 0));
}

/** Offer each backup that a job has stored, to download and to restore. */
export function offerBackups() {
  offer((job) => job.kind === "omp.backup" && job.state === "done", (job) => [
    element("a", { class: "op-button", href: addressOf(addresses().storedBackup, job.id), download: true }, "Download (CSV)"),
    button("Restore", () => restore(job)),
  ]);
}

/** Lead from each job that changed images to these images in OMERO.web. */
export function offerImages() {
  offer((job) => CHANGING.has(job.kind) && job.state === "done", (job) => [
    element("a", { class: "op-button", href: addressOf(addresses().inOmero, job.id), target: "_blank", rel: "noopener" }, "See in OMERO.web"),
  ]);
}

async function restore(job) {
  const sure = await confirmDialog({
    title: "Restore this backup?",
    text: `${job.about}, stored ${moment(job.finished)}.\nMissing pairs are put back, in the place of what the plugin has written since. Pairs that somebody typed are kept.`,
    confirm: "Restore",
  });
  if (!sure) return;
  try {
    follow(await postJSON(addresses().restoreStored, { backup: job.id }));
  } catch (error) {
    toastError(error);
  }
}

/** Put buttons on the card of each job that has ended, and on its line under "Earlier jobs", now and later. */
function offer(isMeant, buttons) {
  const jobs = document.querySelector("op-jobs");
  const history = document.querySelector("op-job-history");
  const add = (shown, place) => {
    if (!place || !ENDED.has(shown.job?.state) || !isMeant(shown.job) || "offered" in shown.dataset) return;
    shown.dataset.offered = "";
    place.prepend(...buttons(shown.job));
  };
  const look = () => {
    for (const card of jobs.children) add(card, card.querySelector(".op-job-actions"));
    for (const line of history.querySelectorAll("li")) add(line, line.querySelector(".op-job-actions"));
  };
  new MutationObserver(look).observe(jobs, { childList: true });
  new MutationObserver(look).observe(history, { childList: true, subtree: true });
  jobs.addEventListener("op-job-finished", look);
  look();
}
