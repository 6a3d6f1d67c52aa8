/** What the user has chosen until now: files by path, and folders that are empty. */

export class ChosenFiles {
  #files = new Map();
  #empty = new Set();
  #bytes = 0;

  get size() {
    return this.#files.size;
  }

  get bytes() {
    return this.#bytes;
  }

  /** @returns {Map<string, ChosenFile>} by path */
  get byPath() {
    return this.#files;
  }

  /** @returns {ChosenFile[]} in the order of their paths */
  get all() {
    return [...this.#files.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  /** @returns {string[]} paths of folders without a file */
  get emptyFolders() {
    return [...this.#empty].sort();
  }

  /**
   * Add what was dropped or picked.
   *
   * @param {object} found
   * @param {ChosenFile[]} found.files
   * @param {string[]} found.emptyFolders
   * @returns {string[]} paths that other files have already, with another size or time: these stay as they were
   */
  add({ files, emptyFolders }) {
    const doubled = [];
    for (const each of files) {
      const before = this.#files.get(each.path);
      if (!before) {
        this.#files.set(each.path, each);
        this.#bytes += each.size;
      } else if (before.size !== each.size || before.modified !== each.modified) {
        doubled.push(each.path);
      }
    }
    for (const path of emptyFolders) this.#empty.add(path);
    return doubled;
  }

  /** @param {string} path of a file, or of a folder with a `/` at its end */
  remove(path) {
    const gone = path.endsWith("/") ? [...this.#files.keys()].filter((each) => each.startsWith(path)) : [path];
    for (const each of gone) {
      this.#bytes -= this.#files.get(each)?.size ?? 0;
      this.#files.delete(each);
    }
    for (const each of [...this.#empty]) if (path.endsWith("/") && `${each}/`.startsWith(path)) this.#empty.delete(each);
  }

  clear() {
    this.#files.clear();
    this.#empty.clear();
    this.#bytes = 0;
  }
}

/**
 * @typedef {object} ChosenFile
 * @property {string} path relative, with `/`
 * @property {File} file
 * @property {number} size bytes
 * @property {number} modified milliseconds since 1970
 */
