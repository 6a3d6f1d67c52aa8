/**
 * Requests of tus-js-client: as its own, except for the first question where a file is.
 *
 * The list of files has said it a moment before; a thousand small files are spared a request each. Whatever
 * goes wrong afterwards asks the server.
 */

import { DefaultHttpStack } from "../vendor/tus.js";

export class KnownOffsetStack {
  #stack = new DefaultHttpStack();
  #offset;
  #size;

  /**
   * @param {number|null} offset bytes that the server has; nothing: it is asked
   * @param {number} size bytes of the file
   */
  constructor(offset, size) {
    this.#offset = offset;
    this.#size = size;
  }

  createRequest(method, url) {
    if (method !== "HEAD" || this.#offset === null) return this.#stack.createRequest(method, url);
    const headers = { "Upload-Offset": String(this.#offset), "Upload-Length": String(this.#size) };
    this.#offset = null;
    return answered(method, url, headers);
  }

  getName() {
    return "KnownOffsetStack";
  }
}

/** A request whose answer is known. */
function answered(method, url, headers) {
  const answer = {
    getStatus: () => 200,
    getHeader: (name) => headers[name] ?? null,
    getBody: () => "",
    getUnderlyingObject: () => null,
  };
  return {
    getMethod: () => method,
    getURL: () => url,
    setHeader() {},
    getHeader: () => undefined,
    setProgressHandler() {},
    send: async () => answer,
    abort: async () => {},
    getUnderlyingObject: () => null,
  };
}
