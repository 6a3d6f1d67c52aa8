/** A block of cells of a table that can be edited: marked, copied, emptied, pasted into. */

import { MOST_SELECTED } from "./selection.js";
import { fromTabSeparated, toTabSeparated } from "./tab_separated.js";

export class TableBlock {
  #table;
  #anchor = null;

  /** @param {OpTable} table with columns that have `edit` */
  constructor(table) {
    this.#table = table;
  }

  /** The cell where it begins; the active cell is where it ends. Nothing: it is the active cell alone. */
  begin(cell) {
    this.#anchor ??= { ...cell };
  }

  end() {
    this.#anchor = null;
  }

  get single() {
    return this.#anchor === null;
  }

  /** @returns {{top: number, bottom: number, left: number, right: number}} */
  get edges() {
    const { active } = this.#table;
    const from = this.#anchor ?? active;
    return {
      top: Math.max(0, Math.min(from.row, active.row)), bottom: Math.max(from.row, active.row),
      left: Math.min(from.column, active.column), right: Math.max(from.column, active.column),
    };
  }

  has(row, column) {
    if (this.single) return false;
    const { top, bottom, left, right } = this.edges;
    return top <= row && row <= bottom && left <= column && column <= right;
  }

  /** @returns {Promise<object[]>} the rows of the block, loaded */
  async rows() {
    const { top, bottom } = this.edges;
    return this.#table.rowsBetween(top, Math.min(bottom, top + MOST_SELECTED - 1));
  }

  /** @returns {string|null} its texts, with tabs between; nothing while rows of it are not loaded */
  text() {
    const { top, bottom } = this.edges;
    const rows = Array.from({ length: bottom - top + 1 }, (_, at) => this.#table.row(top + at));
    if (!rows.every(Boolean)) return null;
    const columns = this.#columns();
    return toTabSeparated(rows.map((row) => columns.map((column) => textOf(row, column))));
  }

  /** @returns {Promise<object>} an empty value for each cell that has one and can be edited, as of `pasted` */
  async emptied() {
    const changed = {};
    const columns = this.#columns().filter(({ edit }) => edit);
    for (const row of await this.rows()) put(changed, row, columns.map((column) => [column, ""]));
    return { values: changed, missed: 0 };
  }

  /**
   * What a text puts into the cells from the upper left corner on; one value fills the whole block.
   *
   * @param {string} text from a clipboard
   * @returns {Promise<{values: Record<string, Record<string, string>>, missed: number}>} by id of the
   *   row and key of the column; how many values have no cell that can be edited
   */
  async pasted(text) {
    const { top, bottom, left, right } = this.edges;
    let cells = fromTabSeparated(text);
    if (cells.length === 1 && cells[0].length === 1) {
      cells = Array.from({ length: bottom - top + 1 }, () => Array.from({ length: right - left + 1 }, () => cells[0][0]));
    }
    const rows = await this.#table.rowsBetween(top, Math.min(top + cells.length, top + MOST_SELECTED) - 1);
    const values = {};
    let missed = 0;
    cells.forEach((line, at) => line.forEach((value, place) => {
      const row = rows[at];
      const column = this.#table.columnAt(left + place);
      if (row && column?.edit) put(values, row, [[column, value]]);
      else missed += 1;
    }));
    return { values, missed };
  }

  #columns() {
    const { left, right } = this.edges;
    return Array.from({ length: right - left + 1 }, (_, at) => this.#table.columnAt(left + at)).filter(Boolean);
  }
}

/** What a cell holds as text, without what is shown around it. */
function textOf(row, column) {
  const text = (column.edit ?? column.text)?.(row) ?? row[column.key];
  return text === null || text === undefined ? "" : String(text);
}

/** Values of a row that are others than those that are there. */
function put(values, row, wanted) {
  for (const [{ key, edit }, value] of wanted) {
    if (edit(row) !== value) (values[row.id] ??= {})[key] = value;
  }
}
