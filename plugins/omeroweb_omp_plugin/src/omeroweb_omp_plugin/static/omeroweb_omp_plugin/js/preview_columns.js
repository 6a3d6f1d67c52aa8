/** The columns of step 3: what a row of the preview says in each. */

import { counted } from "../../omero_plugin_common/js/format.js";
import { addresses, part } from "./page_parts.js";

const REM_PER_SIGN = 0.53;
const MOST_REM = { name: 24, state: 17, other: 16, narrow: 12 };

/**
 * The columns, as wide as the first rows need. What is removed is in sight without scrolling.
 *
 * @param {string[]} variables keys of the preview
 * @param {object[]} rows the first ones
 * @returns {Column[]} as of table_view.js
 */
export function columns(variables, rows) {
  const known = new Set(variables);
  const removes = rows.some((row) => row.written && row.cells.some(isRemoved));
  const all = [
    {
      key: "@image", label: "Image", grow: 3, most: MOST_REM.name, text: (row) => row.name, opens: true, sorts: true, stays: true,
      picture: ({ id }) => (part("thumbnails").checked ? addresses().thumbnail.replace("/0/", `/${id}/`) : null), more: 2.25,
    },
    { key: "@state", label: "What happens", grow: 2, most: MOST_REM.state, sorts: true, text: happens, mark: (row) => (row.reasons.length ? "misfit" : null) },
    ...(removes ? [{
      key: "@removed",
      label: "Removed",
      text: (row) => listed(row.cells.filter(isRemoved)),
      mark: (row) => (row.cells.some(isRemoved) ? mark(row, "removed") : null),
    }] : []),
    ...variables.map((name) => ({
      key: name,
      label: name,
      sorts: true,
      text: (row) => shown(cell(row, name), row.edited.includes(name)),
      edit: (row) => valueOf(row, name),
      mark: (row) => mark(row, cell(row, name)?.change ?? null),
    })),
    {
      key: "@others",
      label: "Other pairs",
      text: (row) => listed(row.cells.filter((one) => !known.has(one.name) && !(removes && isRemoved(one)))),
    },
    { key: "@place", label: "Where", text: (row) => row.place },
  ];
  const narrow = matchMedia("(max-width: 40rem)").matches;
  return all.map((column) => ({ ...column, min: width(column, rows, narrow ? MOST_REM.narrow : column.most ?? MOST_REM.other) }));
}

/** In rem: the longest text, as far as it is not too long. */
function width({ label, text, sorts, more = 0 }, rows, most) {
  const lengths = rows.map((row) => text(row).length);
  return more + Math.min(most, 2.25 + REM_PER_SIGN * (1 + Math.max(label.length + (sorts ? 2 : 0), ...lengths)));
}

/** A row with values that the server does not have yet. */
export function withValues(row, values) {
  const given = Object.entries(values).filter(([, value]) => value !== null);
  const others = row.cells.filter(({ name }) => !given.some(([one]) => one === name));
  const cells = given.map(([name, value]) => changedTo(cell(row, name)?.now ?? [], name, value));
  return { ...row, cells: [...others, ...cells], edited: [...new Set([...row.edited, ...given.map(([name]) => name)])] };
}

function changedTo(now, name, value) {
  const then = value ? [value] : [];
  const kept = now.join("\n") === then.join("\n");
  return { name, now, then, change: kept ? "kept" : !value ? "removed" : now.length ? "changed" : "added" };
}

/** The value that an image is to have. */
function valueOf(row, name) {
  const one = cell(row, name);
  return one && one.change !== "removed" ? one.then.at(-1) ?? "" : "";
}

function isRemoved({ change }) {
  return change === "removed";
}

function listed(cells) {
  return cells.map((one) => `${one.name}: ${shown(one, false)}`).join(" · ");
}

function cell(row, name) {
  return row.cells.find((each) => each.name === name);
}

function shown(one, edited) {
  if (!one) return edited ? "(removed)" : "";
  const now = one.now.join(", ");
  const then = one.then.join(", ");
  const text = {
    added: `+ ${then}`, changed: `${now} → ${then}`, renamed: `${then} (was ${one.was})`, kept: then, removed: `− ${now}`,
  }[one.change];
  return edited ? `${text} ✎` : text;
}

/** An image that is skipped is shown as it would be written. */
function mark(row, change) {
  return row.state === "skipped" ? "skipped" : change;
}

function happens(row) {
  const counts = {};
  for (const { change } of row.cells) counts[change] = (counts[change] ?? 0) + 1;
  const told = ["removed", "renamed", "changed", "added"].filter((each) => counts[each]).map((each) => `${counts[each]} ${each}`);
  if (row.tags.length) told.push(counted(row.tags.length, "tag"));
  const state = { refused: "Not written", empty: "Nothing to write", same: "Unchanged", skipped: "Skipped" }[row.state]
    ?? (told.join(", ") || (row.on && row.state === "changed" ? "Moved" : "Unchanged"));
  const on = row.on ? [`${row.on.name}: ${row.on.keys.join(", ")}`] : [];
  return [...row.reasons, state, ...on].join(" · ");
}
