/** SHA-1s of files as this computer reads them, on their way to the server: many with one request. */

const MOST = 200;
const PAUSE_MS = 2_000;
const AGAIN_MS = 10_000;

export class Sums {
  #readers;
  #send;
  #known = {};
  #timer = 0;
  #under = new Set();
  // Files that were sent before are read one after the other.
  #turn = Promise.resolve();

  /**
   * @param {FileReaders} readers
   * @param {(sums: Record<number, string>) => Promise<unknown>} send SHA-1 in lower-case hex by number
   */
  constructor(readers, send) {
    this.#readers = readers;
    this.#send = send;
  }

  /** A file has been sent: most of its sum is there. */
  now(number, reader) {
    this.#follow(number, () => reader);
  }

  /** A file that was sent before: it is read for its sum alone. */
  later(number, file) {
    this.#turn = this.#follow(number, () => this.#readers.open(number, file), this.#turn);
  }

  /** @returns {Promise<void>} when the server has all, or this computer cannot compute them */
  async all() {
    while (this.#under.size > 0) await Promise.allSettled(this.#under);
    await this.#flush();
  }

  #follow(number, open, after = Promise.resolve()) {
    const work = this.#sum(number, open, after).finally(() => this.#under.delete(work));
    this.#under.add(work);
    return work;
  }

  async #sum(number, open, after) {
    await after;
    const reader = open();
    try {
      this.#known[number] = await reader.sum();
    } catch {
      // The server compares what it has; the table of proof says that this computer's sum is missing.
      return;
    } finally {
      reader.close();
    }
    if (Object.keys(this.#known).length >= MOST) this.#flush();
    else this.#soon(PAUSE_MS);
  }

  #soon(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#flush(), pause);
  }

  async #flush() {
    clearTimeout(this.#timer);
    const sums = this.#known;
    if (Object.keys(sums).length === 0) return;
    this.#known = {};
    try {
      await this.#send(sums);
    } catch (error) {
      if (error.name === "AbortError" || error.status === 404 || error.status === 400) return;
      this.#known = { ...sums, ...this.#known };
      this.#soon(AGAIN_MS);
    }
  }
}
