/** One upload on the page: its steps from the first byte to the import, as the server tells them. */

import { getJSON, postJSON } from "../../omero_plugin_common/js/api.js";
import { confirmDialog } from "../../omero_plugin_common/js/dialog.js";
import { Poller } from "../../omero_plugin_common/js/poll.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";
import { ImportView } from "./import_view.js";
import { Look } from "./look.js";
import { addresses, addressOf, part } from "./page_parts.js";
import { Send } from "./send.js";
import { forgetHandles } from "./stored_handles.js";
import { ENDED, STEP } from "./words.js";
import { showWorkerCard } from "./worker_card.js";

const GONE = 404;

export class Job {
  #id = null;
  #upload = null;
  #state = "";
  #poller = null;
  #send = new Send(() => this.#poller?.soon());
  #look = new Look((upload) => this.#answered(upload));
  #import = new ImportView((upload) => this.#answered(upload));
  #changed;
  #gone;

  /**
   * @param {object} told
   * @param {(upload: object) => void} told.changed it is in another state
   * @param {() => void} told.gone there is no such upload any more
   */
  constructor({ changed, gone }) {
    this.#changed = changed;
    this.#gone = gone;
    for (const name of ["cancel", "look-cancel"]) part(name).addEventListener("click", () => this.#cancel());
  }

  get id() {
    return this.#id;
  }

  get isSending() {
    return this.#send.isSending;
  }

  /**
   * Show an upload and follow it.
   *
   * @param {string} id
   * @param {object|null} [upload] as the server told it a moment before
   * @param {ChosenFiles|null} [chosen] its files, if this page has them
   */
  open(id, upload = null, chosen = null) {
    this.close();
    this.#id = id;
    part("job").hidden = false;
    this.#poller = new Poller({ ask: (signal) => this.#ask(signal), failed: (error) => this.#failed(error) });
    if (upload) this.#show(upload, chosen);
    this.#poller.start();
  }

  close() {
    this.#poller?.stop();
    this.#poller = null;
    this.#send.stop();
    this.#look.hide();
    this.#import.hide();
    this.#id = null;
    this.#state = "";
    part("job").hidden = true;
  }

  async #ask(signal) {
    const upload = await getJSON(addressOf(addresses().status, this.#id), { signal });
    const before = this.#upload;
    this.#show(upload, null);
    if (ENDED.has(upload.status)) return "done";
    return before?.status === upload.status && before.uploaded_bytes === upload.uploaded_bytes ? "same" : "changed";
  }

  #failed(error) {
    if (error.status !== GONE) return;
    this.close();
    this.#gone();
  }

  /** What a button's request answered. */
  #answered(upload) {
    this.#show({ ...this.#upload, ...upload }, null);
    this.#poller?.stop();
    this.#poller = new Poller({ ask: (signal) => this.#ask(signal), failed: (error) => this.#failed(error) });
    this.#poller.start();
  }

  #show(upload, chosen) {
    this.#upload = upload;
    const { status } = upload;
    const entered = this.#state !== status;
    this.#state = status;
    this.#panels(upload);
    if (status === "uploading") {
      if (entered) this.#send.show(upload, chosen);
      else this.#send.told(upload);
    } else if (entered) {
      if (ENDED.has(status)) this.#send.stop();
      else this.#send.leave();
    }
    showWorkerCard(part("examine"), status === "checking" ? upload.job : null, "Reading the files");
    if (status === "awaiting_confirmation") {
      if (entered) this.#look.show(upload);
    } else {
      this.#look.hide();
    }
    if (STEP[status] === 4) this.#import.show(upload);
    else if (entered) this.#import.hide();
    if (!entered) return;
    if (ENDED.has(status)) forgetHandles(upload.job_id);
    this.#changed(upload);
  }

  #panels(upload) {
    const { status } = upload;
    const step = STEP[status];
    part("send").hidden = step !== 2;
    part("look").hidden = step !== 3;
    part("import").hidden = step !== 4;
    part("cancel").hidden = status !== "uploading";
    part("look-title").textContent = status === "checking" ? "Reading what the files contain" : "What the files contain";
  }

  async #cancel() {
    const sure = await confirmDialog({
      title: "Cancel this upload?", text: "The files that were sent are deleted from the site. Nothing of it was imported.",
      confirm: "Cancel the upload", danger: true,
    });
    if (!sure) return;
    try {
      this.#answered(await postJSON(this.#upload.cancel_url));
    } catch (error) {
      toastError(error);
    }
  }
}
