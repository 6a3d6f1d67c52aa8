/**
 * Files as tus-js-client wants to read them: in pieces, from a Worker that computes the SHA-1 meanwhile.
 *
 * What is sent is always in memory: Safari stops after the first piece when a request's body is a part of
 * a file on disk.
 */

export class FileReaders {
  #worker;
  #waiting = new Map();
  #count = 0;

  /** @param {string} address of the Worker, as the template gives it */
  constructor(address) {
    this.#worker = new Worker(address, { type: "module" });
    this.#worker.addEventListener("message", ({ data }) => this.#answered(data));
    // It could not be loaded: nobody would ever answer.
    this.#worker.addEventListener("error", (event) => this.#broken(event));
  }

  /**
   * @param {number} number names the file, once
   * @param {File} file
   * @returns {{source: object, sum: () => Promise<string>, close: () => void}} `source` for
   *   tus-js-client; the SHA-1 of the whole file in lower-case hex
   */
  open(number, file) {
    this.#worker.postMessage({ open: number, file });
    const source = {
      size: file.size,
      slice: async (start, end) => {
        const to = Math.min(end, file.size);
        const { buffer } = await this.#ask({ read: (this.#count += 1), of: number, start, end: to }, "read");
        // tus-js-client asks for the size as that of a Blob.
        return { value: Object.assign(new Uint8Array(buffer), { size: buffer.byteLength }), done: to === file.size };
      },
      close() {},
    };
    return {
      source,
      sum: async () => (await this.#ask({ sum: number }, "sum")).sha1,
      close: () => this.#worker.postMessage({ close: number }),
    };
  }

  /** No file is read any more. */
  end() {
    this.#worker.terminate();
  }

  #ask(message, kind) {
    return new Promise((resolve, reject) => {
      this.#waiting.set(`${kind} ${message[kind]}`, { resolve, reject });
      this.#worker.postMessage(message);
    });
  }

  #answered(data) {
    const key = data.read === undefined ? `sum ${data.sum}` : `read ${data.read}`;
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (data.error === undefined) waiting?.resolve(data);
    else waiting?.reject(new Error(data.error));
  }

  #broken(event) {
    for (const { reject } of this.#waiting.values()) reject(new Error(event.message || "The page's reader of files could not be started."));
    this.#waiting.clear();
  }
}
