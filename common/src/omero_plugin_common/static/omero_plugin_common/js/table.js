/**
 * `<op-table>`: a table that shows 100 000 rows as quickly as ten.
 *
 *     const table = document.querySelector("op-table");
 *     table.setUp({
 *       name: "Datasets",
 *       columns: [{ key: "name", label: "Name", sorts: true, min: 14, grow: 3, href: (row) => row.url }],
 *       source: new PageSource(table.dataset.src),
 *       selectable: true,
 *     });
 *
 * Fires `op-select` (`detail.keys`) when the selection changes and `op-open` (`detail.row`) when a
 * row without a link is opened with Enter, a double click, or a click on a column that `opens`.
 * With `ticks` it fires `op-tick` (`detail.row`, `detail.ticked`) for the check box of a row, and
 * `op-tick-all` (`detail.ticked`) for the one in the header. When columns can be edited, it fires
 * `op-edit` (`detail.values`, by id of the row and key of the column) and `op-undo`.
 */

import { define } from "./dom.js";
import { number } from "./format.js";
import { MOST_SELECTED, Selection } from "./selection.js";
import { TableEdit } from "./table_edit.js";
import { onKey } from "./table_keys.js";
import { TableNotes } from "./table_notes.js";
import { MOST_ROWS, TableView } from "./table_view.js";
import { toast } from "./toast.js";

const SETTLE_MS = 80;
// Rows that are looked through for one that may have moved.
const NEAR = 400;

export class OpTable extends HTMLElement {
  #source = null;
  #view = null;
  #notes = null;
  #selection = new Selection();
  #labelOf = (row) => row.name ?? row.id;
  #settle = 0;
  #ends = null;

  active = { row: 0, column: 0 };
  /** What edits cells; nothing where no column can be edited. */
  edit = null;
  /** Set by the view when it removes what has the focus. */
  refocus = false;

  /**
   * Show rows. May be called once for an element.
   *
   * @param {object} options
   * @param {string} options.name what the rows are, for screen readers and the count: `Datasets`
   * @param {Column[]} options.columns see table_view.js
   * @param {PageSource|ArraySource} options.source rows with an `id`; see sources.js
   * @param {boolean} [options.selectable] whether rows have check boxes
   * @param {Ticks} [options.ticks] check boxes that mean something of the page's own; see table_view.js
   * @param {(row: object) => string} [options.label] names a row; its `name` if not given
   * @param {{key: string, descending: boolean}} [options.order] how it is sorted at first
   * @param {() => {title: string, text: string}} [options.empty] what to say when there are no rows
   * @returns {Promise<boolean>} when the first rows are there, or could not be had
   */
  setUp({ name, columns, source, selectable = false, ticks = null, label, order = null, empty }) {
    Object.assign(this, { name, columns, selectable, ticks, order });
    this.#source = source;
    this.#labelOf = label ?? this.#labelOf;
    const nothing = () => ({ title: "Nothing here", text: `There are no ${name.toLowerCase()} to show.` });
    this.#notes = new TableNotes(empty ?? nothing, () => this.reload());
    this.#view = new TableView(this);
    this.active = { row: 0, column: this.#view.first };
    if (columns.some((column) => column.edit)) this.edit = new TableEdit(this, this.#view);
    this.#build();
    return this.reload();
  }

  // --- What the view reads ---

  get total() {
    return this.#source.total;
  }

  get selectedCount() {
    return this.#selection.size;
  }

  row(index) {
    return this.#source.row(index);
  }

  label(row) {
    return String(this.#labelOf(row));
  }

  isSelected(row) {
    return this.#selection.has(row.id);
  }

  /** Rows came into sight: load them when the scrolling rests, not while it flies past. */
  seen(first, last) {
    clearTimeout(this.#settle);
    const missing = Array.from({ length: last - first + 1 }, (_, at) => first + at).some((at) => !this.row(at));
    this.#settle = setTimeout(async () => {
      if (missing) await this.#during(this.#source.ensure(first, last));
      this.#view.showPictures();
    }, SETTLE_MS);
  }

  // --- What a page may ask for ---

  /** @returns {(string|number)[]} the ids of the chosen rows */
  get selected() {
    return this.#selection.keys;
  }

  /** Choose nothing. */
  clearSelection() {
    this.#selection.clear();
    this.#selectionChanged();
  }

  /** The page knows other ticks or values now; with `all`, the rows look different as well. */
  redraw({ all = false } = {}) {
    if (all) this.#view.forget();
    this.#view.draw();
    this.#view.soon();
  }

  /** Ask for all rows again; those in sight stay there. */
  reload() {
    return this.#arrange(() => this.#source.arrange(this.order, this.#view.window));
  }

  /**
   * @param {string|number} id of a row
   * @returns {number|null} where it is now, among the rows that are loaded and near the active one
   */
  placeOf(id) {
    for (let away = 0; away <= NEAR; away += 1) {
      for (const at of [this.active.row - away, this.active.row + away]) {
        if (at >= 0 && this.row(at)?.id === id) return at;
      }
    }
    return null;
  }

  /** @returns {Promise<object[]>} rows `first` to `last`, as far as there are such */
  async rowsBetween(first, last) {
    const end = Math.min(last, this.total - 1);
    if (end < first || !(await this.#during(this.#source.ensure(first, end)))) return [];
    return Array.from({ length: end - first + 1 }, (_, at) => this.row(first + at)).filter(Boolean);
  }

  /** @returns {Promise<object|null>} the row after another one, which is active then */
  async after(id) {
    const at = this.placeOf(id);
    const [next] = at === null ? [] : await this.rowsBetween(at + 1, at + 1);
    if (next) this.moveTo(at + 1, this.active.column);
    return next ?? null;
  }

  /** @returns {Promise<(string|number)[]>} ids of the chosen rows, or of those of a block of cells */
  async chosen() {
    if (this.#selection.size > 0 || !this.edit || this.edit.block.single) return this.selected;
    return (await this.edit.block.rows()).map(({ id }) => id);
  }

  /** Where it is scrolled to and which cell is active, for a table with the same rows. */
  get place() {
    const { scrollTop, scrollLeft } = this.#view.node;
    return { scrollTop, scrollLeft, row: this.active.row, key: this.columnAt(this.active.column)?.key };
  }

  /** Go where another table was. */
  goTo({ scrollTop, scrollLeft, row, key }) {
    const column = this.columns.findIndex((each) => each.key === key);
    this.active = { row: Math.min(row, this.lastRow), column: column < 0 ? this.#view.first : column + this.#view.first };
    Object.assign(this.#view.node, { scrollTop, scrollLeft });
    this.#view.soon();
  }

  /** @returns {Column|undefined} the column of a cell; the one of the check boxes is none */
  columnAt(place) {
    return this.columns[place - this.#view.first];
  }

  /**
   * Ask the server for other rows, such as those that match a text.
   *
   * @param {Record<string, unknown>} parameters of a `PageSource`
   */
  async where(parameters) {
    if (await this.#arrange(() => this.#source.where(parameters))) this.#toTop();
  }

  /** Sort by a column; a second time turns it round. */
  async sortBy(key) {
    const before = this.order;
    const descending = before?.key === key && !before.descending;
    const order = { key, descending };
    this.order = order;
    if (!(await this.reload())) {
      // The rows are in the order they had, unless another sorting is under way.
      if (this.order === order) this.order = before;
      this.#view.draw();
      return;
    }
    this.#toTop();
    const { label } = this.columns.find((column) => column.key === key);
    this.#notes.say(`Sorted by ${label}, ${descending ? "descending" : "ascending"}`);
  }

  // --- What the keys do ---

  get lastRow() {
    return this.#view.count - 1;
  }

  get lastColumn() {
    return this.#view.width - 1;
  }

  get pageRows() {
    return this.#view.pageRows;
  }

  moveTo(row, column, { extend = false } = {}) {
    const from = this.active.row;
    if (this.edit && extend) this.edit.block.begin(this.active);
    else this.edit?.block.end();
    this.active = { row, column };
    this.#view.focus();
    this.#view.soon();
    if (extend && this.selectable && !this.edit && row >= 0) {
      if (this.#selection.anchor === null) this.#selection.add([], Math.max(0, from));
      this.selectTo(row);
    }
  }

  toggle(row) {
    const found = this.row(row);
    if (!found) return;
    if (this.ticks) {
      this.#tick("op-tick", { row: found, ticked: !this.ticks.of(found) });
      return;
    }
    this.choose(row);
  }

  /** Choose a row, or no longer. */
  choose(row) {
    const found = this.row(row);
    if (!this.selectable || !found) return;
    if (!this.#selection.toggle(found.id, row)) this.#tooMany();
    this.#selectionChanged();
  }

  /** Choose everything from where the range began to this row. */
  selectTo(row) {
    const anchor = this.#selection.anchor ?? row;
    return this.#selectRange(Math.min(anchor, row), Math.max(anchor, row), anchor);
  }

  selectAll() {
    if (!this.selectable || this.total === 0) return undefined;
    return this.#selectRange(0, this.total - 1, this.#selection.anchor);
  }

  open(row, column) {
    if (row < 0) return;
    const link = this.#view.cell(row, column)?.querySelector("a");
    if (link) link.click();
    else if (this.row(row)) this.dispatchEvent(new CustomEvent("op-open", { bubbles: true, detail: { row: this.row(row) } }));
  }

  disconnectedCallback() {
    this.#ends?.abort();
    clearTimeout(this.#settle);
  }

  async #selectRange(first, last, anchor) {
    if (last - first + 1 > MOST_SELECTED) {
      this.#tooMany();
      return;
    }
    await this.#during(this.#source.ensure(first, last));
    const keys = [];
    for (let at = first; at <= last; at += 1) {
      const found = this.row(at);
      if (found) keys.push(found.id);
    }
    this.#selection.add(keys, anchor);
    this.#selectionChanged();
  }

  #tooMany() {
    toast(`At most ${number(MOST_SELECTED)} rows can be selected at once. Narrow the list first.`);
  }

  #selectionChanged() {
    this.#view.draw();
    this.#count();
    this.dispatchEvent(new CustomEvent("op-select", { bubbles: true, detail: { keys: this.selected } }));
  }

  #build() {
    this.#ends = new AbortController();
    const { signal } = this.#ends;
    const { node } = this.#view;
    this.replaceChildren(node, ...this.#notes.nodes);
    node.addEventListener("keydown", (event) => onKey(event, this));
    node.addEventListener("click", (event) => this.#clicked(event));
    node.addEventListener("dblclick", (event) => {
      const place = this.#view.place(event.target);
      if (!place || event.target.closest("a, button, input")) return;
      if (this.edit?.takes(place.row, place.column)) this.edit.start(place.row, place.column);
      else this.open(place.row, place.column);
    });
    node.addEventListener("focusin", (event) => {
      const place = this.#view.place(event.target);
      if (place) this.active = place;
    });
    const resized = new ResizeObserver(() => this.#view.soon());
    resized.observe(node);
    signal.addEventListener("abort", () => resized.disconnect());
    document.addEventListener("op:session-restored", () => this.reload(), { signal });
  }

  #clicked(event) {
    const place = this.#view.place(event.target);
    if (!place) return;
    this.active = place;
    if (place.row < 0) {
      const key = event.target.closest(".op-sort")?.dataset.key;
      if (key) this.sortBy(key);
      else if (event.target.matches(".op-check")) this.#toggleAll();
      return;
    }
    if (event.target.closest("a")) return;
    if (event.target.closest(".op-cell-open")) {
      this.open(place.row, place.column);
      return;
    }
    if (event.target.matches(".op-check") && (this.ticks || !event.shiftKey)) this.toggle(place.row);
    else if (event.shiftKey && this.selectable && !this.edit) this.selectTo(place.row);
    else if (event.ctrlKey || event.metaKey) this.choose(place.row);
    if (!event.target.matches(".op-check")) this.#view.focus();
  }

  #tick(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
    this.#view.draw();
  }

  #toggleAll() {
    if (this.ticks) {
      // What is half ticked is ticked whole.
      this.#tick("op-tick-all", { ticked: this.ticks.all() !== true });
      return;
    }
    if (this.#selection.size > 0) this.clearSelection();
    else this.selectAll()?.then(() => this.#view.draw());
  }

  #toTop() {
    this.#view.node.scrollTop = 0;
    if (this.active.row > 0) this.active = { ...this.active, row: 0 };
    this.#view.draw();
  }

  /** Other rows, from the first one on; whether they came. */
  async #arrange(ask) {
    const { node } = this.#view;
    node.setAttribute("aria-busy", "true");
    const before = this.row(this.active.row)?.id;
    const arranged = await this.#during(ask());
    if (arranged) this.#view.forget();
    node.removeAttribute("aria-busy");
    // The same row stays active, wherever it is now.
    const now = before === undefined ? null : this.placeOf(before);
    this.active = { ...this.active, row: Math.min(now ?? this.active.row, this.lastRow) };
    this.#view.draw();
    this.#view.soon();
    this.#count();
    return arranged;
  }

  /** Wait for rows and show them, or why they did not come. */
  async #during(loading) {
    try {
      await loading;
    } catch (error) {
      // Ended by a newer request, or the log-in-again banner says it; both load again.
      if (error.name !== "AbortError" && error.status !== 401) this.#notes.failed(error);
      return false;
    }
    this.#notes.failed(null);
    this.#view.draw();
    return true;
  }

  #count() {
    this.#notes.count(this.total, this.#selection.size, MOST_ROWS);
  }
}

define("op-table", OpTable);
