/** Asking again and again, politely: slower when nothing changes, not at all when nobody looks. */

import { isSessionLost } from "./session.js";

const FASTEST_MS = 1_000;
const SLOWEST_MS = 10_000;
const SLOWEST_AFTER_ERRORS_MS = 30_000;
const GROWTH = 1.5;

/** Calls a function until it says that it is done. */
export class Poller {
  #ask;
  #failed;
  #timer = 0;
  #pause = FASTEST_MS;
  #asking = null;
  #running = false;
  #ends = null;

  /**
   * @param {object} options
   * @param {(signal: AbortSignal) => Promise<"changed"|"same"|"done">} options.ask
   * @param {(error: Error) => void} [options.failed] told of each failure; asking goes on
   */
  constructor({ ask, failed = () => {} }) {
    this.#ask = ask;
    this.#failed = failed;
  }

  /** Begin, at once. */
  start() {
    if (this.#running) return;
    this.#running = true;
    this.#ends = new AbortController();
    const { signal } = this.#ends;
    document.addEventListener("visibilitychange", () => this.soon(), { signal });
    document.addEventListener("op:session-restored", () => this.soon(), { signal });
    this.soon();
  }

  /** End, also a request that is under way. */
  stop() {
    this.#running = false;
    clearTimeout(this.#timer);
    this.#ends?.abort();
    this.#asking?.abort();
    this.#asking = null;
  }

  /** Ask now instead of later, and often again: something is about to change. */
  soon() {
    this.#pause = FASTEST_MS;
    if (this.#running && !this.#asking) this.#once();
  }

  async #once() {
    clearTimeout(this.#timer);
    // Visibility or the session's return call `soon`.
    if (document.visibilityState === "hidden" || isSessionLost()) return;
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const outcome = await this.#ask(asking.signal);
      if (outcome === "done") this.stop();
      this.#pause = outcome === "changed" ? FASTEST_MS : Math.min(this.#pause * GROWTH, SLOWEST_MS);
    } catch (error) {
      if (asking.signal.aborted) return;
      this.#pause = Math.max(
        Math.min(this.#pause * 2, SLOWEST_AFTER_ERRORS_MS),
        (error.retryAfter ?? 0) * 1000,
      );
      this.#failed(error);
    } finally {
      if (this.#asking === asking) this.#asking = null;
    }
    if (this.#running) this.#timer = setTimeout(() => this.#once(), this.#pause);
  }
}
