/** The keys of a table, those of the grid pattern of the ARIA Authoring Practices. */

/**
 * @param {KeyboardEvent} event
 * @param {OpTable} table
 */
export function onKey(event, table) {
  if (event.altKey || table.edit?.key(event)) return;
  const command = event.ctrlKey || event.metaKey;
  const to = target(event.key, command, table);
  if (to) {
    event.preventDefault();
    table.moveTo(to.row, to.column, { extend: event.shiftKey && (table.edit !== null || to.row !== table.active.row) });
    return;
  }
  const inControl = event.target.matches("button, input");
  if (event.key === " " && !inControl) {
    event.preventDefault();
    if (event.shiftKey) table.selectTo(table.active.row);
    else table.toggle(table.active.row);
  } else if (event.key === "Enter" && !inControl) {
    event.preventDefault();
    table.open(table.active.row, table.active.column);
  } else if (event.key.toLowerCase() === "a" && command) {
    event.preventDefault();
    table.selectAll();
  }
}

/** Where a key leads; the header is row -1. */
function target(key, command, { active: { row, column }, lastRow, lastColumn, pageRows }) {
  const within = (at) => ({ row: Math.max(-1, Math.min(lastRow, at)), column });
  switch (key) {
    case "ArrowDown":
      return within(row + 1);
    case "ArrowUp":
      return within(row - 1);
    case "PageDown":
      return within(row + pageRows);
    case "PageUp":
      // From the first row on it stays there: the header is one arrow away.
      return within(Math.max(Math.min(row, 0), row - pageRows));
    case "ArrowRight":
      return { row, column: Math.min(lastColumn, column + 1) };
    case "ArrowLeft":
      return { row, column: Math.max(0, column - 1) };
    case "Home":
      return { row: command ? Math.min(0, lastRow) : row, column: 0 };
    case "End":
      return { row: command ? lastRow : row, column: lastColumn };
    default:
      return null;
  }
}
