/**
 * All files of an upload on their way: several at a time, paused, gone on with, tried again.
 *
 * What the server has is in its list of files; this only sends what is missing, and the SHA-1 of each file
 * as this computer has read it.
 */

import { postJSON } from "../../omero_plugin_common/js/api.js";
import { isSessionLost, sessionLost } from "../../omero_plugin_common/js/session.js";
import { FIRST } from "./chunk_size.js";
import { FileReaders } from "./file_reader.js";
import { SendFile } from "./send_file.js";
import { Sums } from "./sums.js";

const AT_THE_SAME_TIME = 3;
// The whole upload waits, not one file: logged out, too large, no space.
const FOR_ALL = new Set([401, 403, 404, 410, 413, 507]);

/** What a file is doing: `waiting`, `sending`, `stuck` (tries again by itself), `sent`, `failed`. */
export class SendJob {
  #job;
  #files;
  #readers;
  #overall;
  #sums;
  // What waits; the next one is the last.
  #queue = [];
  #under = new Map();
  #states = new Map();
  #line = { size: FIRST };
  #told;
  #paused = true;
  #most;
  #ends = new AbortController();

  /** Why a file cannot be sent, by its number. */
  problems = new Map();

  /**
   * @param {object} options
   * @param {string} options.job id of the upload
   * @param {string} options.sumsAddress where SHA-1s are sent
   * @param {string} options.workerAddress of the Worker that reads
   * @param {object[]} options.files all that are to arrive, as the server lists them
   * @param {Overall} options.overall how far these files are
   * @param {Map<number, ChosenFile>} options.found what is on this computer
   * @param {object} options.told `changed()`, `finished()`, `stopped(message)`
   * @param {number} [options.atTheSameTime] how many files
   */
  constructor({ job, sumsAddress, workerAddress, files, overall, found, told, atTheSameTime = AT_THE_SAME_TIME }) {
    this.#job = job;
    this.#files = new Map(files.map((file) => [file.number, file]));
    this.#told = told;
    this.#most = atTheSameTime;
    this.#overall = overall;
    this.#readers = new FileReaders(workerAddress);
    this.#sums = new Sums(this.#readers, (sums) => postJSON(sumsAddress, { sums }, { signal: this.#ends.signal, keepalive: true }), this.#ends.signal);
    for (const file of files) {
      const here = found.get(file.number);
      const there = file.received >= file.size;
      this.#states.set(file.number, there ? "sent" : "waiting");
      if (!here) continue;
      if (!there) this.#queue.push({ file, here });
      else if (!file.sha1?.browser) this.#sums.later(file.number, here.file);
    }
    this.#queue.reverse();
    document.addEventListener("op:session-restored", () => this.#paused || this.#fill(), { signal: this.#ends.signal });
  }

  /** How many bytes, how fast. */
  get overall() {
    return this.#overall;
  }

  get paused() {
    return this.#paused;
  }

  /** @param {number} number of a file @returns {string} what it is doing */
  stateOf(number) {
    return this.#states.get(number) ?? "waiting";
  }

  /** How many files are in a state. */
  count(state) {
    let found = 0;
    for (const each of this.#states.values()) if (each === state) found += 1;
    return found;
  }

  start() {
    if (!this.#paused) return;
    this.#paused = false;
    this.#fill();
    this.#told.changed();
  }

  /** Stop sending; what has arrived stays on the server. */
  pause() {
    this.#paused = true;
    this.#takeBack();
    this.#told.changed();
  }

  /** Send again what could not be sent. */
  retry() {
    for (const number of this.problems.keys()) this.#states.set(number, "waiting");
    for (const { entry } of this.problems.values()) this.#queue.push(entry);
    this.problems.clear();
    this.#paused = false;
    this.#fill();
    this.#told.changed();
  }

  /** It is over: cancelled, or the page shows something else. */
  end() {
    this.pause();
    this.#ends.abort();
    this.#readers.end();
  }

  #fill() {
    while (!this.#paused && !isSessionLost() && this.#under.size < this.#most && this.#queue.length > 0) {
      this.#send(this.#queue.pop());
    }
    if (this.#under.size === 0 && this.#queue.length === 0) this.#finish();
  }

  #send(entry) {
    const { file, here } = entry;
    const { number } = file;
    const reader = this.#readers.open(number, here.file);
    const sending = new SendFile({
      job: this.#job, file: { ...file, received: file.unsure ? null : file.received }, source: reader.source, line: this.#line,
      told: {
        progress: (offset) => this.#progress(number, offset),
        waiting: (stuck) => this.#set(number, stuck ? "stuck" : "sending"),
        done: () => this.#done(entry, reader),
        failed: (why) => this.#failed(entry, reader, why),
      },
    });
    this.#under.set(number, { sending, reader, entry });
    this.#states.set(number, "sending");
    sending.start();
  }

  #progress(number, offset) {
    this.#overall.at(number, offset, performance.now() / 1000);
    this.#told.changed();
  }

  #set(number, state) {
    if (this.#states.get(number) === state) return;
    this.#states.set(number, state);
    this.#told.changed();
  }

  #done({ file }, reader) {
    this.#under.delete(file.number);
    this.#states.set(file.number, "sent");
    file.received = file.size;
    this.#overall.at(file.number, file.size, performance.now() / 1000);
    this.#sums.now(file.number, reader);
    this.#told.changed();
    this.#fill();
  }

  #failed(entry, reader, { status, message }) {
    const { number } = entry.file;
    reader.close();
    this.#under.delete(number);
    entry.file.unsure = true;
    if (FOR_ALL.has(status)) {
      this.#states.set(number, "waiting");
      this.#queue.push(entry);
      this.#allStop(status, message);
      return;
    }
    this.#states.set(number, "failed");
    this.problems.set(number, { entry, message: message || `The server answered ${status}.` });
    this.#told.changed();
    this.#fill();
  }

  #allStop(status, message) {
    if (status === 401) {
      // The banner asks to log in again; sending goes on by itself then.
      this.#takeBack();
      sessionLost();
      this.#told.changed();
      return;
    }
    this.pause();
    this.#told.stopped(message || `The server answered ${status}.`);
  }

  /** What is under way waits again. */
  #takeBack() {
    this.#overall.rest();
    for (const [number, { sending, reader, entry }] of this.#under) {
      sending.stop();
      reader.close();
      // Where it is is known to the server alone now.
      entry.file.unsure = true;
      this.#states.set(number, "waiting");
      this.#queue.push(entry);
    }
    this.#under.clear();
  }

  async #finish() {
    if (this.#paused) return;
    await this.#sums.all();
    if (this.problems.size === 0 && !this.#ends.signal.aborted) this.#told.finished();
  }
}
