/** Blocks of cells as text, as spreadsheets copy and paste them: tabs between cells, a line for each row. */

/** @param {string[][]} rows @returns {string} */
export function toTabSeparated(rows) {
  return rows.map((cells) => cells.map(quoted).join("\t")).join("\r\n");
}

/**
 * @param {string} text from a clipboard
 * @returns {string[][]} rows of cells; a last line break begins no row
 */
export function fromTabSeparated(text) {
  const rows = [[]];
  // A cell in quotation marks can hold tabs, line breaks and doubled quotation marks.
  const cell = /(?:"((?:[^"]|"")*)"(?=[\t\r\n]|$)|([^\t\r\n]*))(\t|\r\n|\r|\n|$)/gy;
  while (cell.lastIndex < text.length || rows.at(-1).length > 0) {
    const [, marked, plain, end] = cell.exec(text);
    rows.at(-1).push(marked === undefined ? plain : marked.replaceAll('""', '"'));
    if (end === "") break;
    if (end !== "\t") {
      if (cell.lastIndex >= text.length) break;
      rows.push([]);
    }
  }
  return rows;
}

function quoted(value) {
  return /[\t\r\n"]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
