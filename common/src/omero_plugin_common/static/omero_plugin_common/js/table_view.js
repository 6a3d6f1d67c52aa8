/**
 * What of a table is in the document: the header, the rows in sight, a few around them, and the
 * active row wherever it is, because it may have the focus. Nothing grows with the number of rows.
 */

import { element, safeAddress } from "./dom.js";

const AROUND = 8;
const loaded = new Set();
/** Browsers cannot make an element much higher than this many rows. */
export const MOST_ROWS = 400_000;

/**
 * @typedef {object} Column
 * @property {string} key name of the value in a row, and of the order when the server sorts
 * @property {string} label the header
 * @property {number} [min] narrowest width in rem; 8 if not given
 * @property {number} [grow] share of the room that is left; 1 if not given
 * @property {boolean} [sorts] whether the header sorts
 * @property {boolean} [end] whether it stands at the right, as numbers do
 * @property {(row: object) => string} [text] what to show; else the value
 * @property {(row: object) => string|null} [href] where it leads
 * @property {boolean} [stays] for the first columns: whether it stays in sight when the table scrolls sideways
 * @property {(row: object) => string|null} [picture] address of a small picture before the text
 * @property {boolean} [opens] whether a click on it opens the row, as Enter does
 * @property {(row: object) => string} [edit] the text that is edited in a cell; where it is given, cells can be
 * @property {(row: object) => string|null} [mark] `data-mark` of the cell, for a style sheet
 */

/**
 * @typedef {object} Ticks what check boxes show that mean something of the page's own
 * @property {(row: object) => boolean} of whether a row is ticked
 * @property {(row: object) => string} label names a row's check box
 * @property {() => boolean|null} all whether all rows are ticked; nothing when some are
 * @property {string} labelOfAll names the check box of the header
 */

export class TableView {
  #table;
  #columns;
  #rows = new Map();
  #rowHeight = 36;
  #frame = 0;

  /** @param {object} table what is shown: columns, total, row(i), key(row), label(row), selection, active, order */
  constructor(table) {
    this.#table = table;
    this.#columns = table.columns;
    this.head = element("div", { class: "op-table-head", role: "rowgroup" }, this.#header());
    this.body = element("div", { class: "op-table-body", role: "rowgroup" });
    this.node = element("div", {
      class: "op-table", role: "grid", "aria-label": table.name, "aria-colcount": this.width,
      "aria-multiselectable": table.selectable || null,
    }, this.head, this.body);
    this.#size();
    this.node.addEventListener("scroll", () => this.soon(), { passive: true });
    this.node.addEventListener("mouseover", showWhole);
  }

  /** How many cells a row has. */
  get width() {
    return this.#columns.length + this.first;
  }

  /** The first column after the one with the check boxes. */
  get first() {
    return this.#table.selectable || this.#table.ticks ? 1 : 0;
  }

  /** How many whole rows are in sight. */
  get pageRows() {
    return Math.max(1, Math.floor((this.node.clientHeight - this.head.offsetHeight) / this.#rowHeight));
  }

  /** @returns {[number, number]} the first and the last row in the document, without the active one */
  get window() {
    const top = Math.floor(this.node.scrollTop / this.#rowHeight);
    const seen = Math.ceil(this.node.clientHeight / this.#rowHeight);
    const last = Math.min(this.count, top + seen + AROUND) - 1;
    return [Math.max(0, Math.min(top, this.count - seen) - AROUND), last];
  }

  get count() {
    return Math.min(this.#table.total, MOST_ROWS);
  }

  /** Draw with the next frame, once, however often it is asked for. */
  soon() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.draw();
      this.#table.seen(...this.window);
    });
  }

  /** Make the document fit what is in sight. */
  draw() {
    this.#rowHeight = this.head.firstElementChild.offsetHeight || this.#rowHeight;
    this.node.setAttribute("aria-rowcount", String(this.#table.total + 1));
    this.body.hidden = this.count === 0;
    this.body.style.height = `${this.count * this.#rowHeight}px`;
    const [first, last] = this.window;
    const wanted = new Set();
    for (let index = first; index <= last; index += 1) wanted.add(index);
    const { active } = this.#table;
    if (active.row >= 0 && active.row < this.count) wanted.add(active.row);
    for (const [index, shown] of this.#rows) {
      if (wanted.has(index) && shown.of === this.#table.row(index)) continue;
      if (shown.node.contains(document.activeElement)) this.#table.refocus = true;
      shown.node.remove();
      this.#rows.delete(index);
    }
    for (const index of [...wanted].sort((one, other) => one - other)) this.#draw(index);
    this.#mark();
    this.#table.edit?.place();
  }

  /** Forget what was drawn, because rows with the same numbers are others now. */
  forget() {
    for (const shown of this.#rows.values()) {
      if (shown.node.contains(document.activeElement)) this.#table.refocus = true;
      shown.node.remove();
    }
    this.#rows.clear();
  }

  /** Bring the active cell into sight and give it the focus. */
  focus() {
    const { row, column } = this.#table.active;
    if (row >= 0) this.#scrollTo(row);
    this.draw();
    const cell = this.cell(row, column);
    if (!cell) return;
    stop(cell).focus({ preventScroll: true });
    // The row is in sight already; this is for tables that are wider than their box.
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** @returns {HTMLElement|undefined} a cell that is in the document; the header's row is -1 */
  cell(row, column) {
    return (row < 0 ? this.head.firstElementChild : this.#rows.get(row)?.node)?.children[column];
  }

  /** @returns {{row: number, column: number}|null} which cell an element is in */
  place(target) {
    const cell = target.closest?.("[role=gridcell], [role=columnheader]");
    if (!cell || !this.node.contains(cell)) return null;
    return { row: Number(cell.parentElement.dataset.row), column: Number(cell.getAttribute("aria-colindex")) - 1 };
  }

  #scrollTo(row) {
    const top = row * this.#rowHeight;
    const room = this.node.clientHeight - this.head.offsetHeight;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    else if (top + this.#rowHeight > this.node.scrollTop + room) {
      this.node.scrollTop = top + this.#rowHeight - room;
    }
  }

  #size() {
    const widths = this.#columns.map(({ min = 8, grow = 1 }) => `minmax(${min}rem, ${grow}fr)`);
    const least = this.#columns.reduce((sum, { min = 8 }) => sum + min, 0);
    const check = this.first ? ["2.5rem"] : [];
    this.node.style.setProperty("--op-table-columns", [...check, ...widths].join(" "));
    this.node.style.setProperty("--op-table-width", `${least + 2.5 * this.first}rem`);
    const staying = this.#columns.filter(({ stays }) => stays).reduce((sum, { min = 8 }) => sum + min, 0);
    this.node.style.setProperty("--op-table-staying", `${staying ? staying + 2.5 * this.first : 0}rem`);
  }

  #header() {
    const cells = this.#columns.map((column, at) => {
      const attributes = {
        class: `${this.#classOf(column)}${column.sorts ? " op-cell-sorts" : ""}`,
        role: "columnheader", "aria-colindex": at + 1 + this.first, tabindex: column.sorts ? null : -1,
      };
      const text = element("span", {}, column.label);
      if (!column.sorts) return element("div", attributes, text);
      return element("div", attributes, element("button", { type: "button", class: "op-sort", tabindex: -1, "data-key": column.key }, text));
    });
    if (this.first) cells.unshift(this.#checkCell("columnheader", this.#table.ticks?.labelOfAll ?? "Select all rows"));
    return element("div", { class: "op-row", role: "row", "aria-rowindex": 1, "data-row": -1 }, ...cells);
  }

  #checkCell(role, label) {
    const box = element("input", { type: "checkbox", class: "op-check", tabindex: -1, "aria-label": label });
    const stays = this.#columns[0]?.stays ? " op-cell-stays" : "";
    return element("div", { class: `op-cell op-cell-check${stays}`, role, "aria-colindex": 1 }, box);
  }

  #classOf({ end, stays }) {
    return `op-cell${end ? " op-cell-end" : ""}${stays ? ` op-cell-stays${this.first ? " op-cell-after-check" : ""}` : ""}`;
  }

  /** Load the pictures of what is in the document: once the scrolling rests, not while it flies past. */
  showPictures() {
    for (const picture of this.body.querySelectorAll("img[data-src]")) {
      loaded.add(picture.dataset.src);
      picture.src = picture.dataset.src;
      delete picture.dataset.src;
    }
  }

  #labelOfCheck(row) {
    return this.#table.ticks?.label(row) ?? `Select ${this.#table.label(row)}`;
  }

  #draw(index) {
    if (this.#rows.has(index)) return;
    const row = this.#table.row(index);
    const node = element("div", {
      class: "op-row", role: "row", "aria-rowindex": index + 2, "data-row": index, "aria-busy": row ? null : true,
    });
    if (!row) node.setAttribute("aria-busy", "true");
    if (this.first) node.append(this.#checkCell("gridcell", row ? this.#labelOfCheck(row) : "Loading"));
    node.append(...this.#columns.map((column, at) => element("div", {
      class: this.#classOf(column), role: "gridcell", tabindex: -1, "aria-colindex": at + 1 + this.first,
      "data-mark": row ? column.mark?.(row) : null, "aria-readonly": this.#table.edit && !column.edit ? true : null,
    }, ...(row ? content(column, row) : [element("span")]))));
    node.style.transform = `translateY(${index * this.#rowHeight}px)`;
    this.#rows.set(index, { node, of: row });
    this.body.append(node);
  }

  /** What changes without a new row: the selection, the order, which cell Tab reaches. */
  #mark() {
    const { active, selectable, ticks, order } = this.#table;
    for (const stopping of this.node.querySelectorAll("[tabindex='0']")) stopping.tabIndex = -1;
    for (const { node, of } of this.#rows.values()) {
      if (!this.first) break;
      const chosen = selectable && of !== undefined && this.#table.isSelected(of);
      if (selectable) node.setAttribute("aria-selected", String(chosen));
      const check = node.querySelector(".op-check");
      check.checked = ticks ? of !== undefined && ticks.of(of) : chosen;
      check.disabled = of === undefined;
    }
    if (this.#table.edit) this.#markBlock(this.#table.edit.block);
    for (const sorter of this.head.querySelectorAll(".op-sort")) {
      const sorted = order?.key === sorter.dataset.key;
      sorter.parentElement.setAttribute("aria-sort", sorted ? (order.descending ? "descending" : "ascending") : "none");
    }
    if (this.first) {
      const all = this.head.querySelector(".op-check");
      const { total, selectedCount } = this.#table;
      const ticked = ticks ? ticks.all() : selectedCount >= total || (selectedCount > 0 ? null : false);
      all.checked = ticked === true && total > 0;
      all.indeterminate = ticked === null;
    }
    const cell = this.cell(active.row, active.column) ?? this.cell(-1, this.first);
    // What is edited lies over its cell.
    if (this.#table.edit?.open) return;
    stop(cell).tabIndex = 0;
    if (this.#table.refocus) {
      this.#table.refocus = false;
      stop(cell).focus({ preventScroll: true });
    }
  }

  #markBlock(block) {
    for (const [index, { node }] of this.#rows) {
      for (const [at, cell] of [...node.children].entries()) cell.classList.toggle("op-cell-in-block", block.has(index, at));
    }
  }
}

/** What of a cell has the focus: its control, or the cell. A link is followed with Enter. */
function stop(cell) {
  return cell.querySelector("button, input:not(:disabled)") ?? cell;
}

function content(column, row) {
  const value = column.text ? column.text(row) : row[column.key];
  const text = value === null || value === undefined ? "" : String(value);
  return [picture(column, row), textOf(column, row, text)].filter(Boolean);
}

function textOf(column, row, text) {
  if (column.opens) return element("button", { type: "button", class: "op-cell-open", tabindex: -1 }, text);
  const address = column.href ? safeAddress(column.href(row)) : null;
  return address === null ? element("span", {}, text) : element("a", { href: address, tabindex: -1 }, text);
}

/** The text beside it says what it is; one that cannot be had leaves its place empty. */
function picture(column, row) {
  const address = column.picture ? safeAddress(column.picture(row)) : null;
  if (address === null) return null;
  // One that was shown before is in the browser's cache, and comes back with its row.
  const source = loaded.has(address) ? { src: address } : { "data-src": address };
  const made = element("img", { class: "op-cell-picture", alt: "", ...source });
  made.addEventListener("error", () => made.classList.add("op-cell-no-picture"));
  return made;
}

/** A text that is cut off can be read whole by pointing at it. */
function showWhole(event) {
  const text = event.target;
  if (text.matches?.(".op-cell > span, .op-cell > a, .op-cell-open") && text.scrollWidth > text.clientWidth) {
    text.title = text.textContent;
  }
}
