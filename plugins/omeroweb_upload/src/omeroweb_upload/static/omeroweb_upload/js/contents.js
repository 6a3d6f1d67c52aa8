/** SHA-1s of all chosen files, for those who want to know before sending what OMERO has already. */

import { FileReaders } from "./file_reader.js";
import { fingerprint } from "./fingerprint.js";

export class Contents {
  #workerAddress;
  // Computed once for a file, whatever else is changed.
  #known = new Map();

  /** @param {string} workerAddress of the Worker that reads */
  constructor(workerAddress) {
    this.#workerAddress = workerAddress;
  }

  /** @returns {string|undefined} of a chosen file, if it has been read */
  of({ path, size, modified }) {
    return this.#known.get(fingerprint("", path, size, modified));
  }

  /**
   * Read all files.
   *
   * @param {ChosenFile[]} files
   * @param {object} options
   * @param {AbortSignal} options.signal ends it with an `AbortError`
   * @param {(done: number) => void} options.told bytes until now
   */
  async read(files, { signal, told }) {
    const readers = new FileReaders(this.#workerAddress);
    let done = 0;
    try {
      for (const [number, each] of files.entries()) {
        signal.throwIfAborted();
        if (!this.of(each)) {
          const reader = readers.open(number, each.file);
          this.#known.set(fingerprint("", each.path, each.size, each.modified), await reader.sum());
          reader.close();
        }
        done += each.size;
        told(done);
      }
    } finally {
      readers.end();
    }
  }
}
