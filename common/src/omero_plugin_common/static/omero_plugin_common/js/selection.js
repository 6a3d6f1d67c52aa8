/** Which rows of a table are chosen, by key, so that sorting and paging keep them. */

/** More ids than this are not sent to OMERO in one request. */
export const MOST_SELECTED = 10_000;

export class Selection {
  #keys = new Set();
  #anchor = null;

  get size() {
    return this.#keys.size;
  }

  /** @returns {(string|number)[]} */
  get keys() {
    return [...this.#keys];
  }

  has(key) {
    return this.#keys.has(key);
  }

  /** The row where a range begins. */
  get anchor() {
    return this.#anchor;
  }

  /** Choose a row, or no longer; a range begins here. */
  toggle(key, index) {
    this.#anchor = index;
    if (!this.#keys.delete(key)) {
      if (this.#keys.size >= MOST_SELECTED) return false;
      this.#keys.add(key);
    }
    return true;
  }

  /** Choose these as well; the range's beginning stays. */
  add(keys, anchor = this.#anchor) {
    this.#anchor = anchor;
    for (const key of keys) this.#keys.add(key);
  }

  clear() {
    this.#keys.clear();
    this.#anchor = null;
  }
}
