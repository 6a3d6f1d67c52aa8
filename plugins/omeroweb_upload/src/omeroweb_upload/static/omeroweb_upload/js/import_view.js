/** Step 4: the import, how it ended, the proof, and the way to the images. */

import { postJSON } from "../../omero_plugin_common/js/api.js";
import { element } from "../../omero_plugin_common/js/dom.js";
import { counted, sentence } from "../../omero_plugin_common/js/format.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";
import { allPages } from "./all_pages.js";
import { addressInOmero } from "./in_omero.js";
import { addresses, addressOf, part } from "./page_parts.js";
import { showProof } from "./proof.js";
import { showWorkerCard } from "./worker_card.js";
import { ENDED } from "./words.js";

const MOST_NAMED = 20;

export class ImportView {
  #upload = null;
  // The state that the lists were read for.
  #read = "";
  #retried;

  /** @param {(upload: object) => void} retried the import is tried again */
  constructor(retried) {
    this.#retried = retried;
    part("retry").addEventListener("click", () => this.#retry());
  }

  /** @param {object} upload as the server tells it */
  async show(upload) {
    this.#upload = upload;
    const ended = ENDED.has(upload.status);
    showWorkerCard(part("import-progress"), ended ? null : upload.job, "Import");
    part("retry").hidden = !upload.can_retry;
    part("another").hidden = !ended;
    part("report-csv").hidden = !ended;
    part("report-csv").href = addressOf(addresses().report, upload.job_id);
    this.#outcome(upload, ended);
    if (ended) await this.#lists(upload);
  }

  hide() {
    this.#read = "";
    showWorkerCard(part("import-progress"), null, "");
    for (const name of ["outcome", "proof", "see"]) part(name).hidden = true;
  }

  #outcome(upload, ended) {
    const place = part("outcome");
    place.hidden = !ended;
    if (!ended) return;
    const good = upload.status === "done";
    place.classList.toggle("upload-note-good", good);
    place.classList.toggle("upload-note-warn", !good);
    const { imported = 0, attached = 0, failed = 0, skipped = 0 } = upload.files;
    const counts = [
      `${counted(imported, "file")} imported`,
      attached ? `${counted(attached, "file")} attached` : "",
      skipped ? `${counted(skipped, "file")} left out` : "",
      failed ? `${counted(failed, "file")} failed` : "",
    ].filter(Boolean).join(", ");
    place.replaceChildren(element("p", {}, element("strong", {}, good ? "Imported. " : `${sentence(upload.message || "It ended with an error")} `), sentence(counts)));
  }

  async #lists(upload) {
    const key = `${upload.job_id} ${upload.finished} ${upload.status}`;
    if (this.#read === key) return;
    this.#read = key;
    try {
      const [units, files] = await Promise.all([allPages(upload.units_url, "units"), allPages(upload.files_url, "files")]);
      const see = addressInOmero(addresses().home, units);
      part("see").hidden = see === null;
      if (see) part("see").href = see;
      this.#failures(units);
      await showProof(files);
    } catch (error) {
      this.#read = "";
      toastError(error);
    }
  }

  #failures(units) {
    const failed = units.filter(({ state }) => state === "failed");
    if (failed.length === 0) return;
    part("outcome").append(element("ul", {}, ...failed.slice(0, MOST_NAMED).map(({ path, message }) => element("li", {}, message ? `${path}: ${message}` : path)),
      failed.length > MOST_NAMED ? element("li", {}, `and ${counted(failed.length - MOST_NAMED, "other")}: see the report`) : null));
  }

  async #retry() {
    part("retry").disabled = true;
    try {
      this.#retried(await postJSON(this.#upload.retry_url));
    } catch (error) {
      toastError(error);
    } finally {
      part("retry").disabled = false;
    }
  }
}
