/**
 * Editing the cells of a table with the keys of a spreadsheet: typing or F2 opens a cell, Enter applies
 * and goes down, Tab goes right, Escape leaves it; Delete empties, Ctrl+C, Ctrl+X and Ctrl+V copy and
 * paste a block of cells, Ctrl+Z undoes.
 */

import { element } from "./dom.js";
import { counted } from "./format.js";
import { TableBlock } from "./table_block.js";
import { toast } from "./toast.js";

export class TableEdit {
  #table;
  #view;
  #input = null;
  #over = null;
  #of = null;

  /**
   * @param {OpTable} table
   * @param {TableView} view
   */
  constructor(table, view) {
    this.#table = table;
    this.#view = view;
    this.block = new TableBlock(table);
    const { node } = view;
    node.addEventListener("copy", (event) => this.#copy(event));
    node.addEventListener("cut", (event) => this.#copy(event, { empty: true }));
    node.addEventListener("paste", (event) => this.#paste(event));
    node.addEventListener("pointerdown", (event) => this.#drag(event));
  }

  /** @returns {boolean} whether a cell is open */
  get open() {
    return this.#input !== null;
  }

  /** Whether a cell can be edited. */
  takes(row, column) {
    return row >= 0 && Boolean(this.#table.columnAt(column)?.edit) && Boolean(this.#table.row(row));
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} whether the key did something
   */
  key(event) {
    if (this.open) return true;
    const { row, column } = this.#table.active;
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "z" && !event.shiftKey) {
      event.preventDefault();
      this.#table.dispatchEvent(new CustomEvent("op-undo", { bubbles: true }));
      return true;
    }
    if (event.key === "Escape" && !this.block.single) {
      this.block.end();
      this.#view.draw();
      return true;
    }
    if (!this.takes(row, column) || command || event.target.matches("input, button")) return false;
    if (event.key === "Delete" || event.key === "Backspace") this.block.emptied().then((made) => this.#tell(made));
    else if (event.key === "F2" || event.key === "Enter") this.start(row, column);
    else if (event.key.length === 1 && event.key !== " ") this.start(row, column, event.key);
    else return false;
    event.preventDefault();
    return true;
  }

  /** Open a cell, with its own text or with what was typed. */
  start(row, column, typed = null) {
    const of = this.#table.row(row);
    this.block.end();
    this.#table.moveTo(row, column);
    const { key, label, edit } = this.#table.columnAt(column);
    const before = edit(of);
    this.#of = { id: of.id, key, before, column };
    this.#input = element("input", { class: "op-cell-editor", "aria-label": `${label} of ${this.#table.label(of)}`, autocomplete: "off", spellcheck: "false", maxlength: 10_000 });
    this.#input.value = typed ?? before;
    this.#input.addEventListener("keydown", (event) => this.#typed(event));
    this.#input.addEventListener("blur", () => this.#leave());
    // A row of its own over the cell: the cell is drawn again when values come from the server.
    this.#over = element("div", { class: "op-cell-edit", role: "row" }, element("div", { role: "gridcell", "aria-colindex": column + 1 }, this.#input));
    this.#view.body.append(this.#over);
    this.#view.draw();
    this.#input.focus({ preventScroll: true });
    if (typed === null) this.#input.select();
  }

  /** Put what is open over its cell, wherever that is now. */
  place() {
    if (!this.open) return;
    const row = this.#table.placeOf(this.#of.id);
    const cell = row === null ? null : this.#view.cell(row, this.#of.column);
    if (!cell) return;
    this.#over.dataset.row = row;
    this.#over.setAttribute("aria-rowindex", row + 2);
    const { style } = this.#over;
    style.transform = `translate(${cell.offsetLeft}px, ${row * cell.parentElement.offsetHeight}px)`;
    style.width = `${Math.max(cell.offsetWidth, 96)}px`;
    style.height = `${cell.offsetHeight}px`;
  }

  #typed(event) {
    event.stopPropagation();
    const { key, shiftKey } = event;
    if (key === "Escape") this.#close();
    else if (key === "Enter") this.#leave(shiftKey ? -1 : 1, 0);
    else if (key === "Tab") this.#leave(0, shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
  }

  /** Take what was typed, and go on to another cell when a key asks for it. */
  #leave(down = null, right = 0) {
    if (!this.open) return;
    const { value } = this.#input;
    const { id, key, before } = this.#of;
    this.#close(down !== null, down ?? 0, right);
    if (value !== before) this.#tell({ values: { [id]: { [key]: value } }, missed: 0 });
  }

  #close(focus = true, down = 0, right = 0) {
    const { id, column } = this.#of;
    const row = this.#table.placeOf(id) ?? this.#table.active.row;
    // Removing it takes the focus from it, which would come here again.
    this.#input = null;
    this.#of = null;
    this.#over.remove();
    if (!focus) return;
    const { lastRow, lastColumn } = this.#table;
    this.#table.moveTo(Math.max(0, Math.min(lastRow, row + down)), Math.max(0, Math.min(lastColumn, column + right)));
  }

  #tell({ values, missed }) {
    if (missed) toast(`${counted(missed, "value")} did not fit into the columns and rows that can be edited.`);
    if (Object.keys(values).length === 0) return;
    this.#table.dispatchEvent(new CustomEvent("op-edit", { bubbles: true, detail: { values } }));
    this.#view.draw();
  }

  #copy(event, { empty = false } = {}) {
    if (this.open || this.#table.active.row < 0) return;
    event.preventDefault();
    const text = this.block.text();
    if (text === null) {
      // The browser takes a text at once or not at all.
      this.block.rows();
      toast("The rows are being loaded: copy again in a moment.");
      return;
    }
    event.clipboardData.setData("text/plain", text);
    if (empty) this.block.emptied().then((made) => this.#tell(made));
  }

  #paste(event) {
    if (this.open || this.#table.active.row < 0) return;
    event.preventDefault();
    this.block.pasted(event.clipboardData.getData("text/plain")).then((made) => this.#tell(made));
  }

  /** A block is marked with the mouse. */
  #drag(event) {
    const from = this.#view.place(event.target);
    if (!from || from.row < 0 || event.button !== 0 || event.ctrlKey || event.metaKey) return;
    if (event.target.closest("input, button, a")) return;
    if (event.shiftKey) {
      this.block.begin(this.#table.active);
      return;
    }
    this.block.end();
    if (event.pointerType === "touch") return;
    const ends = new AbortController();
    const { signal } = ends;
    this.#view.node.addEventListener("pointermove", (moved) => {
      const to = this.#view.place(moved.target);
      if (!to || to.row < 0 || (this.block.single && to.row === from.row && to.column === from.column)) return;
      this.block.begin(from);
      getSelection()?.removeAllRanges();
      this.#table.active = { row: to.row, column: to.column };
      this.#view.draw();
    }, { signal });
    addEventListener("pointerup", () => {
      ends.abort();
      if (!this.block.single) this.#view.focus();
    }, { signal });
  }
}
