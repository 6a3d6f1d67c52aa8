/** Where a table's rows come from: an array in the page, or pages from the server. */

import { getJSON } from "./api.js";

const COLLATOR = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Rows that the page has already. */
export class ArraySource {
  #all;
  #rows;

  /** @param {object[]} rows */
  constructor(rows) {
    this.#all = rows;
    this.#rows = rows;
  }

  get total() {
    return this.#rows.length;
  }

  /** @param {number} index @returns {object|undefined} a row that is there */
  row(index) {
    return this.#rows[index];
  }

  async ensure() {}

  /**
   * @param {{key: string, descending: boolean}|null} order nothing is the order of the array
   */
  async arrange(order) {
    if (!order) {
      this.#rows = this.#all;
      return;
    }
    const sign = order.descending ? -1 : 1;
    this.#rows = [...this.#all].sort((one, other) => compare(one[order.key], other[order.key], sign));
  }
}

/** Empty values come last in either direction. */
function compare(one, other, sign) {
  const empty = (value) => value === null || value === undefined || value === "";
  if (empty(one) || empty(other)) return Number(empty(one)) - Number(empty(other));
  if (typeof one === "number" && typeof other === "number") return sign * (one - other);
  return sign * COLLATOR.compare(String(one), String(other));
}

/**
 * Rows by the page from `GET src?offset=&limit=&sort=&order=asc|desc`, answered with
 * `{"total": n, "rows": […]}`. Pages that were not looked at for long are forgotten.
 */
export class PageSource {
  #address;
  #size;
  #keep;
  #wanted = {};
  #query = {};
  #pages = new Map();
  #under = new Map();
  #ends = new AbortController();

  /**
   * @param {string} address from a `data-` attribute of the page
   * @param {object} [options]
   * @param {number} [options.size] rows of one request
   * @param {number} [options.keep] pages in memory
   */
  constructor(address, { size = 200, keep = 100 } = {}) {
    this.#address = address;
    this.#size = size;
    this.#keep = keep;
    this.total = 0;
    /** What the server said beside the first rows. */
    this.answer = null;
  }

  /** @param {number} index @returns {object|undefined} nothing while it is not loaded */
  row(index) {
    const number = Math.floor(index / this.#size);
    return this.#pages.get(number)?.[index - number * this.#size];
  }

  /** Load rows `first` to `last`, as far as they are not there. */
  async ensure(first, last) {
    const wanted = [];
    for (let page = Math.floor(first / this.#size); page <= Math.floor(last / this.#size); page += 1) {
      wanted.push(this.#pages.has(page) ? this.#touch(page) : this.#load(page));
    }
    await Promise.all(wanted);
  }

  /**
   * @param {{key: string, descending: boolean}|null} order
   * @param {[number, number]} [seen] rows in sight
   */
  async arrange(order, seen) {
    await this.where({ sort: order?.key, order: order ? (order.descending ? "desc" : "asc") : null }, seen);
  }

  /**
   * Ask with other parameters from now on. The rows stay until the new ones are there, those in sight
   * included.
   */
  async where(parameters, [first, last] = [0, 0]) {
    this.#ends.abort();
    this.#ends = new AbortController();
    this.#under.clear();
    this.#wanted = { ...this.#wanted, ...parameters };
    const query = this.#wanted;
    const answer = await this.#ask(query, 0);
    const pages = new Map([[0, answer.rows]]);
    const end = Math.min(last, answer.total - 1);
    for (let page = Math.floor(first / this.#size); page <= Math.floor(end / this.#size); page += 1) {
      if (page > 0) pages.set(page, (await this.#ask(query, page)).rows);
    }
    this.total = answer.total;
    this.answer = answer;
    this.#query = query;
    this.#pages = pages;
  }

  #load(page) {
    if (!this.#under.has(page)) {
      const loading = this.#read(page).finally(() => {
        if (this.#under.get(page) === loading) this.#under.delete(page);
      });
      this.#under.set(page, loading);
    }
    return this.#under.get(page);
  }

  async #ask(query, page) {
    const { signal } = this.#ends;
    const part = { offset: page * this.#size, limit: this.#size };
    const answer = await getJSON(this.#address, { query: { ...query, ...part }, signal });
    signal.throwIfAborted();
    return answer;
  }

  async #read(page) {
    const { total, rows } = await this.#ask(this.#query, page);
    this.total = total;
    this.#pages.set(page, rows);
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= this.#keep) break;
      this.#pages.delete(oldest);
    }
  }

  /** The newest used are last in the map. */
  #touch(page) {
    const rows = this.#pages.get(page);
    this.#pages.delete(page);
    this.#pages.set(page, rows);
  }
}
