/** While files are sent: the computer stays awake, leaving the page asks first, and one tab alone sends. */

export class Awake {
  #lock = null;
  #release = null;
  #ask = (event) => event.preventDefault();

  /**
   * @param {string} job
   * @returns {Promise<boolean>} whether this tab may send; not when another one does
   */
  async begin(job) {
    if (this.#release) return true;
    if (!(await this.#alone(job))) return false;
    window.addEventListener("beforeunload", this.#ask);
    // Only while the tab is seen, and not with little battery: then the upload goes on later.
    this.#lock = await navigator.wakeLock?.request("screen").catch(() => null) ?? null;
    return true;
  }

  end() {
    window.removeEventListener("beforeunload", this.#ask);
    this.#lock?.release();
    this.#lock = null;
    this.#release?.();
    this.#release = null;
  }

  #alone(job) {
    if (!navigator.locks) return Promise.resolve(true);
    return new Promise((resolve) => {
      navigator.locks.request(`omeroweb_upload ${job}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock && new Promise((release) => { this.#release = release; });
      });
    });
  }
}
