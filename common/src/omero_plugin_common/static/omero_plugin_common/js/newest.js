/** Work that a user's input starts: only the newest counts, and it waits until the user rests. */

/** Runs work of one kind; newer work ends what is under way. */
export class Newest {
  #ends = null;

  /**
   * @param {(signal: AbortSignal) => Promise<T>} work
   * @returns {Promise<T>} an `AbortError` when something newer came
   * @template T
   */
  async run(work) {
    this.stop();
    const ends = new AbortController();
    this.#ends = ends;
    const result = await work(ends.signal);
    ends.signal.throwIfAborted();
    return result;
  }

  stop() {
    this.#ends?.abort();
  }
}

/**
 * Do something once the user rests: `milliseconds` after the last call.
 *
 * @param {() => void} act
 * @param {number} [milliseconds]
 * @returns {() => void} call it with each change
 */
export function debounced(act, milliseconds = 400) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, milliseconds);
  };
}
