/** The rows of a table of entries: each entry once, the newest first. */

import { button, element } from "../../omero_plugin_common/js/dom.js";

const MOST_ROWS = 5_000;
// The whole moment, in UTC and with nanoseconds, is the cell's title.
const TIME = new Intl.DateTimeFormat(undefined, {
  day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3,
});

/** What is shown, in order. */
export class Rows {
  #place;
  #around;
  #chosen;
  #shown = [];
  #ids = new Set();
  titles = new Map();

  /**
   * @param {HTMLElement} place the body of a table
   * @param {((entry: object) => void)|null} around shows what is around an entry
   * @param {string} [chosen] id of the entry that is marked
   */
  constructor(place, around, chosen = "") {
    this.#place = place;
    this.#around = around;
    this.#chosen = chosen;
  }

  /** @returns {number} of entries */
  get count() {
    return this.#shown.length;
  }

  /** @returns {boolean} */
  get isFull() {
    return this.count >= MOST_ROWS;
  }

  /** @returns {bigint|null} moment of the newest entry, in nanoseconds */
  get newest() {
    return this.count === 0 ? null : this.#shown[0].moment;
  }

  /** @param {object[]} entries instead of those that are shown */
  replace(entries) {
    this.#shown = [];
    this.#ids.clear();
    this.#place.replaceChildren();
    this.add(entries);
  }

  /**
   * @param {object[]} entries the newest first; those that are shown stay as they are
   * @param {{dropsOldest?: boolean}} [options] whether the oldest go where there are too many
   */
  add(entries, { dropsOldest = false } = {}) {
    let at = 0;
    for (const entry of entries) {
      if (this.#ids.has(entry.id) || (this.isFull && !dropsOldest)) continue;
      const when = BigInt(entry.moment);
      while (at < this.#shown.length && this.#shown[at].moment >= when) at += 1;
      const row = this.#row(entry);
      this.#place.insertBefore(row, this.#shown[at]?.row ?? null);
      this.#shown.splice(at, 0, { id: entry.id, moment: when, row });
      this.#ids.add(entry.id);
      at += 1;
    }
    for (const { id, row } of this.#shown.splice(MOST_ROWS)) {
      row.remove();
      this.#ids.delete(id);
    }
  }

  #row(entry) {
    const where = [entry.file || entry.container, entry.pod].filter(Boolean).join(", ");
    const cells = [
      element("td", { title: entry.time }, TIME.format(new Date(entry.time))),
      element("td", { title: where }, this.titles.get(entry.source) ?? entry.source),
      element("td", { class: "logs-level" }, entry.level),
      element("td", {}, element("pre", {}, entry.message)),
    ];
    if (this.#around) cells.push(element("td", {}, button("Around", () => this.#around(entry), { class: "op-button op-button-plain" })));
    return element("tr", { "data-level": entry.level, "data-chosen": entry.id === this.#chosen }, ...cells);
  }
}
