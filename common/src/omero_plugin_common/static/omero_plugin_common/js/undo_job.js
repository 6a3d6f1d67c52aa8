/** The button that undoes a job that has ended. */

import { postJSON } from "./api.js";
import { confirmDialog } from "./dialog.js";
import { button, safeAddress } from "./dom.js";
import { toastError } from "./toast.js";

/**
 * Fires `op-job-started` (bubbles; `detail` is the job that undoes), which `<op-jobs>` shows.
 *
 * @param {object} job as the server tells it
 * @returns {HTMLButtonElement|null} nothing for a job that cannot be undone
 */
export function undoButton(job) {
  const address = safeAddress(job.undo);
  if (!address) return null;
  const made = button("Undo", async () => {
    const sure = await confirmDialog({
      title: "Undo this job?",
      text: `${[job.title, job.about].filter(Boolean).join(" · ")}.\nWhat the job added is removed, unless somebody has changed it since. What the job removed is put back.`,
      confirm: "Undo",
    });
    if (!sure) return;
    made.disabled = true;
    try {
      const detail = await postJSON(address);
      made.dispatchEvent(new CustomEvent("op-job-started", { bubbles: true, detail }));
    } catch (error) {
      made.disabled = false;
      toastError(error);
    }
  }, { "aria-label": `Undo ${job.title}` });
  return made;
}
