/** The worker's job that reads or imports the files, as the common card shows it. */

import { element } from "../../omero_plugin_common/js/dom.js";
import { addresses, addressOf } from "./page_parts.js";

/**
 * Show a job in a place, once.
 *
 * @param {HTMLElement} place
 * @param {object|null} job as the server tells it; nothing removes the card
 * @param {string} label
 */
export function showWorkerCard(place, job, label) {
  if (place.dataset.job === (job?.id ?? "")) return;
  place.dataset.job = job?.id ?? "";
  if (!job) {
    place.replaceChildren();
    return;
  }
  const card = element("op-progress", { src: addressOf(addresses().workerJob, job.id), label });
  card.job = job;
  place.replaceChildren(card);
}
