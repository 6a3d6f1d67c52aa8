/** Notices that nothing moves any more: a line may be dead for minutes before the browser says so. */

export class Watchdog {
  #seconds;
  #stalled;
  #timer = 0;

  /**
   * @param {number} seconds without a sign of life
   * @param {() => void} stalled called once for each time that it is armed
   */
  constructor(seconds, stalled) {
    this.#seconds = seconds;
    this.#stalled = stalled;
  }

  /** Something has moved, or begins. */
  alive() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#stalled, this.#seconds * 1000);
  }

  stop() {
    clearTimeout(this.#timer);
  }
}
