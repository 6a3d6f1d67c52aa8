/** Tables of a few rows, which scroll sideways where they are wider than the page. */

import { element } from "../../omero_plugin_common/js/dom.js";

/**
 * @typedef {object} Column
 * @property {string} label
 * @property {(row: object) => Node|string|(Node|string)[]} cell what a row has there
 * @property {boolean} [end] whether it is a number
 * @property {boolean} [wide] whether it is a text of many words
 */

/**
 * Show rows in place of those that are shown.
 *
 * @param {string} id of the place; its heading is `<id>-title`
 * @param {object[]} rows
 * @param {Column[]} columns the first one is the head of its row
 * @param {string} none what to say without rows
 */
export function showTable(id, rows, columns, none) {
  const place = document.getElementById(id);
  if (rows.length === 0) {
    place.replaceChildren(element("p", {}, none));
    return;
  }
  const head = element("tr", {}, ...columns.map(({ label, end }) => element("th", { scope: "col", "data-end": end === true }, label)));
  const body = rows.map((row) => element(
    "tr",
    { "data-state": row.state },
    ...columns.map(({ cell, end, wide }, at) => element(at === 0 ? "th" : "td", { scope: at === 0 ? "row" : null, "data-end": end === true, "data-wide": wide === true }, ...[cell(row)].flat())),
  ));
  const table = element("table", { class: "tools-table" }, element("thead", {}, head), element("tbody", {}, ...body));
  const before = place.querySelector(".tools-scroll")?.scrollLeft ?? 0;
  const scroll = element("div", { class: "tools-scroll", tabindex: "0", role: "group", "aria-labelledby": `${id}-title` }, table);
  place.replaceChildren(scroll);
  scroll.scrollLeft = before;
}

/**
 * An amount of a limit: a bar and the numbers.
 *
 * @param {number|null} used
 * @param {number|null} limit nothing where there is none
 * @param {(amount: number) => string} words
 * @param {string} label of the bar, for screen readers
 * @returns {(Node|string)[]}
 */
export function ofLimit(used, limit, words, label) {
  if (used === null) return limit === null ? ["unknown"] : [`unknown of ${words(limit)}`];
  if (limit === null || limit <= 0) return [words(used)];
  const bar = element("meter", { min: 0, max: limit, high: limit * 0.9, optimum: 0, value: Math.min(used, limit), "aria-label": label });
  return [bar, ` ${words(used)} of ${words(limit)}`];
}
