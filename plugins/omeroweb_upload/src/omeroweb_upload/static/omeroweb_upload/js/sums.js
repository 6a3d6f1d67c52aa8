/**
 * SHA-1s of files as this computer reads them, on their way to the server: many with one request.
 *
 * When the page is closed, what is known goes at once.
 */

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
   * @param {(sums: Record<number, string>) => Promise<unknown>} send SHA-1 in lower-case hex by number;
   *   the request must live on when the page is closed
   * @param {AbortSignal} ends nobody wants them any more
   */
  constructor(readers, send, ends) {
    this.#readers = readers;
    this.#send = send;
    window.addEventListener("pagehide", () => this.#flush(), { signal: ends });
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

  /** Browsers let no more than 64 KiB of a page's requests live on, so a request has few. */
  async #flush() {
    clearTimeout(this.#timer);
    for (;;) {
      const some = Object.entries(this.#known).slice(0, MOST);
      if (some.length === 0) return;
      for (const [number] of some) delete this.#known[number];
      try {
        await this.#send(Object.fromEntries(some));
      } catch (error) {
        if (error.name === "AbortError" || error.status === 404 || error.status === 400) continue;
        this.#known = { ...Object.fromEntries(some), ...this.#known };
        this.#soon(AGAIN_MS);
        return;
      }
    }
  }
}
