/** Step 2: what is missing on the server is sent from this computer. */

import { TryAgain } from "../../omero_plugin_common/js/try_again.js";
import { toast } from "../../omero_plugin_common/js/toast.js";
import { allPages } from "./all_pages.js";
import { Awake } from "./awake.js";
import { matchFolder } from "./match_folder.js";
import { Overall } from "./overall.js";
import { addresses, part } from "./page_parts.js";
import { Resume } from "./resume.js";
import { SendJob } from "./send_job.js";
import { SendView } from "./send_view.js";

// What is never sent.
const NOT_SENT = new Set(["removed", "skipped"]);

export class Send {
  #view = new SendView();
  #resume = new Resume((found) => this.#begin(found));
  #retry = new TryAgain(part("send-failed"), () => this.show(this.#upload, this.#chosen));
  #awake = new Awake();
  #upload = null;
  #chosen = null;
  #files = [];
  #overall = null;
  #found = new Map();
  #sending = null;
  #finished;
  #ends = new AbortController();

  /** @param {() => void} finished everything has been sent */
  constructor(finished) {
    this.#finished = finished;
  }

  /** @returns {boolean} whether this page sends files now */
  get isSending() {
    return Boolean(this.#sending && !this.#sending.paused);
  }

  /**
   * Send what an upload wants.
   *
   * @param {object} upload as the server tells it
   * @param {ChosenFiles|null} chosen what the user has chosen on this page;
   *   nothing after a reload
   */
  async show(upload, chosen) {
    this.stop();
    this.#upload = upload;
    this.#chosen = chosen;
    this.#ends = new AbortController();
    this.#view.passive(upload);
    try {
      const listed = await allPages(upload.files_url, "files", { signal: this.#ends.signal });
      this.#files = listed.filter(({ state }) => !NOT_SENT.has(state));
      this.#retry.done();
    } catch (error) {
      this.#retry.failed(error, "The files of this upload could not be listed.");
      return;
    }
    part("send-title").textContent = `Sending ${titleOf(this.#files)}`;
    this.#overall = new Overall(this.#files);
    await this.#view.list(this.#files);
    if (chosen) this.#begin(matchFolder(this.#files, chosen.byPath).found);
    else await this.#resume.ask(upload.job_id, this.#files);
  }

  /** The server has all; the last SHA-1s may still be on their way there. */
  leave() {
    if (!this.isSending) this.stop();
  }

  /** How far it is, as the server says. */
  told(upload) {
    if (!this.#sending) this.#view.passive(upload);
  }

  stop() {
    this.#ends.abort();
    this.#sending?.end();
    this.#sending = null;
    this.#found = new Map();
    this.#awake.end();
    this.#resume.hide();
    this.#retry.done();
  }

  async #begin(found) {
    const { job_id: job, sums_url: sumsAddress } = this.#upload;
    if (!(await this.#awake.begin(job))) {
      toast("Another tab of this browser sends this upload.", { kind: "bad" });
      return;
    }
    // A second drop adds what the first one did not have.
    for (const [number, file] of found) this.#found.set(number, file);
    const before = this.#sending;
    before?.end();
    const sending = new SendJob({
      job, sumsAddress, workerAddress: addresses().worker, files: this.#files,
      overall: this.#overall, found: this.#found,
      atTheSameTime: Number(addresses().concurrency) || undefined,
      told: {
        changed: () => this.#view.changed(),
        finished: () => this.#done(),
        stopped: (message) => toast(message, { kind: "bad" }),
      },
    });
    this.#sending = sending;
    this.#view.follow(sending);
    sending.start();
  }

  #done() {
    this.#awake.end();
    this.#view.finished();
    this.#sending?.end();
    this.#sending = null;
    this.#finished();
  }
}

/** What a user recognises an upload by: its folder, or its first file. */
function titleOf(files) {
  const [first, ...folders] = (files[0]?.path ?? "").split("/");
  return folders.length > 0 || files.length < 2 ? first : `${first} and others`;
}
