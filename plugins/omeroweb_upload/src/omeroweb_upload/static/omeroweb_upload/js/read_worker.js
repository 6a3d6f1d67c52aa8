/**
 * Worker: reads pieces of files, and computes each file's SHA-1 on the way.
 *
 * A piece is read once, hashed, and handed over without a copy. What was sent before the page was loaded
 * has to be read again for the checksum: that happens beside the pieces that are asked for, so that
 * sending goes on at once.
 *
 * Messages in: `{open, file}`, `{read, of, start, end}`, `{sum}`, `{close}`; out: `{read, buffer}`,
 * `{sum, sha1}`, `{read|sum, error}`. Numbers name files and questions.
 */

import { createSHA1, sha1 } from "../vendor/sha1.js";

const STEP = 8 * 2 ** 20;
const files = new Map();

class Hashed {
  #file;
  #hash = null;
  // Bytes that are in the checksum.
  #done = 0;
  #catching = null;

  constructor(file) {
    this.#file = file;
  }

  /** A piece; when the checksum has come to its start, it is added. */
  async read(start, end) {
    const buffer = await this.#bytes(start, end);
    if (this.#catching === null && this.#done === start) {
      const hash = await this.#ready();
      // Another piece may have been added in between.
      if (this.#catching === null && this.#done === start) {
        hash.update(new Uint8Array(buffer));
        this.#done = end;
      }
    } else if (this.#done < start) {
      // In the background: whoever asks for the sum waits for it, and hears of what goes wrong.
      this.#catchUp(start).catch(() => {});
    }
    return buffer;
  }

  async sum() {
    await this.#catchUp(this.#file.size);
    return (await this.#ready()).digest();
  }

  async #catchUp(end) {
    while (this.#catching) await this.#catching;
    if (this.#done >= end) return;
    this.#catching = this.#hashTo(end).finally(() => {
      this.#catching = null;
    });
    await this.#catching;
  }

  async #hashTo(end) {
    const hash = await this.#ready();
    while (this.#done < end && files.size > 0) {
      const next = Math.min(end, this.#done + STEP);
      hash.update(new Uint8Array(await this.#bytes(this.#done, next)));
      this.#done = next;
    }
  }

  #ready() {
    this.#hash ??= newHash();
    return this.#hash;
  }

  async #bytes(start, end) {
    const buffer = await this.#file.slice(start, end).arrayBuffer();
    if (buffer.byteLength !== end - start) throw new Error("The file has become shorter.");
    return buffer;
  }
}

/** Three times as fast with WebAssembly, which a proxy's policy for static files may forbid. */
async function newHash() {
  try {
    const fast = await createSHA1();
    fast.init();
    return { update: (bytes) => fast.update(bytes), digest: () => fast.digest("hex") };
  } catch {
    const plain = sha1.create();
    const hex = (byte) => byte.toString(16).padStart(2, "0");
    return { update: (bytes) => plain.update(bytes), digest: () => Array.from(plain.digest(), hex).join("") };
  }
}

async function answer(kind, key, work) {
  try {
    const { message, transfer } = await work();
    postMessage({ [kind]: key, ...message }, transfer ?? []);
  } catch (error) {
    postMessage({ [kind]: key, error: error.message || error.name });
  }
}

addEventListener("message", ({ data }) => {
  if (data.open !== undefined) files.set(data.open, new Hashed(data.file));
  else if (data.close !== undefined) files.delete(data.close);
  else if (data.sum !== undefined) answer("sum", data.sum, async () => ({ message: { sha1: await files.get(data.sum).sum() } }));
  else answer("read", data.read, async () => {
    const buffer = await files.get(data.of).read(data.start, data.end);
    return { message: { buffer }, transfer: [buffer] };
  });
});
