/** What all parts of the page share: its elements, its addresses, and work of which only the newest counts. */

const SOME_ID = "00000000-0000-0000-0000-000000000000";

/** @param {string} name @returns {HTMLElement} the element with the id `omp-…` */
export function part(name) {
  return document.getElementById(`omp-${name}`);
}

/** @returns {DOMStringMap} the page's addresses, written by the template */
export function addresses() {
  return document.getElementById("omp").dataset;
}

/** @param {string} address with a place for an id @param {string} id @returns {string} */
export function addressOf(address, id) {
  return address.replace(SOME_ID, encodeURIComponent(id));
}

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
 * Wait until the user rests.
 *
 * @param {() => void} act
 * @param {number} [milliseconds]
 * @returns {() => void} call it with each change
 */
export function rested(act, milliseconds = 400) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, milliseconds);
  };
}

/** @param {number} count @param {string} one @returns {string} such as `1 image`, `12 images` */
export function counted(count, one) {
  return `${count.toLocaleString("en")} ${one}${count === 1 ? "" : "s"}`;
}
