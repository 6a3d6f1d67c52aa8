/** Changes of values by hand, stored one after the other, so that none replaces another. */

import { toastError } from "../../omero_plugin_common/js/toast.js";

// Refused as they are, they would be refused again.
export const REFUSED = new Set([400, 403, 409, 413]);

export class Changes {
  #waiting = [];
  #storing = null;

  /** @returns {number} how many are not stored yet */
  get count() {
    return this.#waiting.length;
  }

  /**
   * @param {(preview: string) => Promise<object|null>} change makes another preview from one; nothing
   *   when there is nothing to change
   */
  add(change) {
    this.#waiting.push(change);
  }

  /** Other images are chosen: what waits is for images that are not shown any more. */
  clear() {
    this.#waiting = [];
    this.#storing = null;
  }

  /**
   * Store what waits, also what comes while it is stored.
   *
   * @param {() => string} newest the preview that the next change is made from
   * @param {(made: object) => void} stored told of each new preview
   * @throws {ApiError} why one could not be stored; it waits, with those after it
   */
  store(newest, stored) {
    if (!this.#storing) {
      const storing = this.#all(newest, stored).finally(() => {
        if (this.#storing === storing) this.#storing = null;
      });
      this.#storing = storing;
    }
    return this.#storing;
  }

  async #all(newest, stored) {
    const waiting = this.#waiting;
    while (waiting.length) {
      let made = null;
      try {
        made = await waiting[0](newest());
      } catch (error) {
        if (waiting !== this.#waiting) return;
        if (!REFUSED.has(error.status)) throw error;
        toastError(error);
      }
      if (waiting !== this.#waiting) return;
      waiting.shift();
      if (made) stored(made);
    }
  }
}
