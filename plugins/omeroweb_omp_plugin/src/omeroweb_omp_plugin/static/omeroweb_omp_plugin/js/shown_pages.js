/** Where the rows of step 3 come from. */

import { PageSource } from "../../omero_plugin_common/js/sources.js";

/** @param {{key: string, descending: boolean}|null} order of the table @returns {object} for the query */
export function sorting(order) {
  return order ? { sort: order.key, order: order.descending ? "desc" : "asc" } : { sort: null, order: null };
}

/** Pages of rows whose address may change while the table stays where it is scrolled to. */
export class ShownPages {
  #pages = null;
  #newest = null;
  #asTyped;
  #wanted = {};
  #fresh = false;

  constructor(address, asTyped) {
    this.address = address;
    this.#asTyped = asTyped;
  }

  get total() {
    return this.#pages.total;
  }

  /** How many of these images are not written. */
  get skipped() {
    return this.#pages.answer.skipped;
  }

  row(index) {
    return this.#asTyped(this.#pages.row(index));
  }

  ensure(first, last) {
    return this.#pages.ensure(first, last);
  }

  async where(parameters) {
    const first = this.#pages === null;
    this.#wanted = { ...this.#wanted, ...parameters };
    await this.#ask();
    this.#fresh = first;
  }

  /** What was loaded before there was a table need not be loaded again. */
  async arrange(order, seen) {
    this.#wanted = { ...this.#wanted, ...sorting(order) };
    if (this.#fresh) this.#fresh = false;
    else await this.#ask(seen);
  }

  /** The rows of before are there until the new ones are. */
  async #ask(seen) {
    const pages = new PageSource(this.address);
    this.#newest = pages;
    await pages.where(this.#wanted, seen);
    if (this.#newest !== pages) throw new DOMException("Other rows were asked for", "AbortError");
    this.#pages = pages;
  }
}
