/**
 * How far the files of an upload are, in bytes, and how fast it goes.
 *
 * A piece that has to be sent again makes the server's offset smaller than what was shown: the shown
 * number waits there until it is passed. So neither a file nor the total ever goes back.
 */

const WINDOW_SECONDS = 30;
const FIRST_ESTIMATE_SECONDS = 3;

export class Overall {
  #most = new Map();
  #sizes = new Map();
  #shown = 0;
  #total = 0;
  // What was sent since the page began or went on: [seconds, bytes], the oldest first.
  #marks = [];
  #sent = 0;
  #last = new Map();

  /** @param {{number: number, size: number, received: number}[]} files those that have to arrive */
  constructor(files) {
    for (const { number, size, received } of files) {
      this.#sizes.set(number, size);
      this.#most.set(number, received);
      this.#last.set(number, received);
      this.#total += size;
      this.#shown += received;
    }
  }

  /** Bytes of all files. */
  get total() {
    return this.#total;
  }

  /** Bytes that have arrived or are on their way. */
  get shown() {
    return this.#shown;
  }

  /** @param {number} number of a file @returns {number} bytes */
  of(number) {
    return this.#most.get(number) ?? 0;
  }

  /**
   * A file is at an offset now; a smaller one than before means that bytes are sent again.
   *
   * @param {number} number of the file
   * @param {number} offset bytes
   * @param {number} seconds now, of any clock that does not go back
   */
  at(number, offset, seconds) {
    const size = this.#sizes.get(number);
    if (size === undefined) return;
    const place = Math.min(size, Math.max(0, offset));
    // The line has carried bytes that are sent again as well.
    this.#sent += Math.max(0, place - this.#last.get(number));
    this.#last.set(number, place);
    if (place > this.#most.get(number)) {
      this.#shown += place - this.#most.get(number);
      this.#most.set(number, place);
    }
    this.#mark(seconds);
  }

  /** Nothing is sent for a while: the speed begins again. */
  rest() {
    this.#marks = [];
  }

  /** @param {number} seconds now @returns {number|null} bytes per second; nothing while too little is known */
  speed(seconds) {
    const [first] = this.#marks;
    if (!first || seconds - first[0] < FIRST_ESTIMATE_SECONDS) return null;
    return (this.#sent - first[1]) / (seconds - first[0]);
  }

  /** @param {number} seconds now @returns {number|null} seconds until all is sent */
  remaining(seconds) {
    const speed = this.speed(seconds);
    return speed ? (this.#total - this.#shown) / speed : null;
  }

  #mark(seconds) {
    const last = this.#marks.at(-1);
    // Four marks a second are enough.
    if (!last || seconds - last[0] >= 0.25) this.#marks.push([seconds, this.#sent]);
    while (this.#marks.length > 2 && seconds - this.#marks[1][0] > WINDOW_SECONDS) this.#marks.shift();
  }
}
