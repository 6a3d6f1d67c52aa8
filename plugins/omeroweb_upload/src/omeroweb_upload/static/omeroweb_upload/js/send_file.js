/** One file on its way to the server, with tus 1.0.0: in pieces, as often as it takes. */

import { csrfToken } from "../../omero_plugin_common/js/api.js";
import { Upload } from "../vendor/tus.js";
import { afterFailure, nextSize } from "./chunk_size.js";
import { fingerprint } from "./fingerprint.js";
import { KnownOffsetStack } from "./http_stack.js";
import { Watchdog } from "./watchdog.js";

// A line that carries nothing for so long is given up, and the piece sent again.
const STALLED_SECONDS = 30;
const DELAYS_MS = [0, 1_000, 3_000, 5_000, 10_000, 20_000];
const LONGEST_DELAY_MS = 30_000;
// A month without a line; an attempt that brings a byte begins the count again.
const ATTEMPTS = 100_000;
const DELAYS = Array.from({ length: ATTEMPTS }, (_, at) => DELAYS_MS[at] ?? LONGEST_DELAY_MS);
/** What may pass by itself; anything else is said to the user. */
const PASSING = new Set([0, 408, 409, 423, 425, 429, 460, 500, 502, 503, 504]);

export class SendFile {
  #upload;
  #line;
  #stopped = false;
  // Counts the attempts: what an earlier one still reads is not sent.
  #attempt = 0;
  #began = 0;
  // Why the disk gave no piece: no line will cure that.
  #unreadable = null;
  #watchdog = new Watchdog(STALLED_SECONDS, () => this.#stalled());
  #told;

  /**
   * @param {object} options
   * @param {string} options.job id of the upload
   * @param {{path: string, size: number, modified: number|null, received: number, url: string}} options.file
   *   as the server lists it
   * @param {object} options.source of `FileReaders`
   * @param {{size: number}} options.line how much one request carries, shared by the files of a line
   * @param {object} options.told `progress(offset)`, `done()`, `failed({status, message})`, `waiting(yes)`
   */
  constructor({ job, file, source, line, told }) {
    this.#line = line;
    this.#told = told;
    const { path, size, modified, received, url } = file;
    this.#upload = new Upload(source, {
      uploadUrl: new URL(url, location.href).href,
      // The server's list says where files are: nothing is stored in the browser.
      storeFingerprintForResuming: false,
      fingerprint: async () => fingerprint(job, path, size, modified),
      fileReader: { openFile: async () => ({ ...source, slice: (start, end) => this.#read(source, start, end) }) },
      httpStack: new KnownOffsetStack(received, size),
      chunkSize: line.size,
      retryDelays: DELAYS,
      onBeforeRequest: (request) => this.#asks(request),
      onAfterResponse: (request, answer) => this.#answered(request, answer),
      onShouldRetry: (error) => this.#again(error),
      onProgress: (sent) => this.#progress(sent),
      onChunkComplete: (sent) => this.#arrived(sent),
      onSuccess: () => this.#end(() => told.done()),
      onError: (error) => this.#end(() => told.failed(this.#reason(error))),
    });
  }

  start() {
    this.#upload.start();
  }

  /** Stop; what has arrived stays. */
  stop() {
    this.#stopped = true;
    this.#watchdog.stop();
    this.#upload.abort();
  }

  #asks(request) {
    request.setHeader("X-CSRFToken", csrfToken());
    this.#watchdog.alive();
  }

  async #read(source, start, end) {
    const attempt = this.#attempt;
    // The disk may be slow; the watchdog is for the line.
    this.#watchdog.stop();
    const piece = await source.slice(start, end).catch((error) => {
      this.#unreadable = error;
      throw error;
    });
    // Stopped meanwhile: tus-js-client would send it all the same, so it waits here for ever.
    if (this.#stopped || attempt !== this.#attempt) await new Promise(() => {});
    this.#began = performance.now();
    return piece;
  }

  #progress(offset) {
    this.#watchdog.alive();
    this.#told.waiting(false);
    this.#told.progress(offset);
  }

  #arrived(sent) {
    this.#line.size = nextSize(this.#line.size, sent, (performance.now() - this.#began) / 1000);
    this.#upload.options.chunkSize = this.#line.size;
  }

  /** The login page instead of an answer: OMERO.web sends there whoever is logged out. */
  #answered(request, answer) {
    const address = answer.getUnderlyingObject()?.responseURL;
    if (address && address !== request.getURL()) this.#end(() => this.#told.failed({ status: 401, message: "" }));
  }

  #again(error) {
    const status = error.originalResponse?.getStatus() ?? 0;
    if (this.#unreadable || !PASSING.has(status)) return false;
    // Other answers say nothing about the line.
    if (status === 0) this.#line.size = afterFailure(this.#line.size);
    this.#upload.options.chunkSize = this.#line.size;
    this.#told.waiting(true);
    this.#watchdog.stop();
    return true;
  }

  /** Nothing moves: give the request up and ask the server where the file is. */
  #stalled() {
    if (this.#stopped) return;
    this.#line.size = afterFailure(this.#line.size);
    this.#told.waiting(true);
    this.#attempt += 1;
    this.#upload.abort();
    this.#upload.options.chunkSize = this.#line.size;
    this.#upload.start();
  }

  #reason(error) {
    if (!this.#unreadable) return reason(error);
    const message = `It can no longer be read on this computer (${this.#unreadable.message}). If it was changed or moved, put it back, reload the page, and drop the folder again.`;
    return { status: null, message };
  }

  #end(tell) {
    this.#watchdog.stop();
    if (this.#stopped) return;
    this.#stopped = true;
    tell();
  }
}

/** Why a file was not sent, as the server says it. */
function reason(error) {
  const answer = error.originalResponse;
  if (!answer) return { status: null, message: error.causingError?.message ?? error.message };
  let message = "";
  try {
    message = JSON.parse(answer.getBody()).error ?? "";
  } catch {
    // Not of our server: the status has to do.
  }
  return { status: answer.getStatus(), message };
}
