/** The page: usage with charts and tables, and the quotas below it. */

import { getJSON } from "../../omero_plugin_common/js/api.js";
import { element } from "../../omero_plugin_common/js/dom.js";
import { bytes, duration, number } from "../../omero_plugin_common/js/format.js";
import { ArraySource } from "../../omero_plugin_common/js/sources.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";
import "../../omero_plugin_common/js/table.js";
import { bars, line } from "./charts.js";
import { until } from "./full_in.js";
import { Quotas } from "./quotas.js";

const LARGEST = 10;
const TYPING_MS = 250;

const page = document.getElementById("storage");
const view = document.getElementById("storage-view");
const search = document.getElementById("storage-search");
const fresh = document.getElementById("storage-fresh");
const SIZE = { key: "bytes", label: "Size", sorts: true, min: 8, end: true, text: (row) => bytes(row.bytes) };
const COLUMNS = {
  by_user: [
    { key: "username", label: "Username", sorts: true, min: 10, grow: 2 },
    { key: "full_name", label: "Full name", sorts: true, min: 10, grow: 2 },
    { key: "groups", label: "Groups", min: 12, grow: 3, text: (row) => row.groups.join(", ") },
    SIZE,
  ],
  by_group: [
    { key: "group", label: "Group", sorts: true, min: 10, grow: 2 },
    { key: "users", label: "Users", min: 12, grow: 3, text: (row) => row.users.join(", ") },
    { key: "permissions", label: "Permissions", sorts: true, min: 9 },
    { key: "bytes_per_day", label: "Growth per day", sorts: true, min: 9, end: true, text: (row) => perDay(row.bytes_per_day) },
    SIZE,
  ],
  by_user_group: [
    { key: "username", label: "Username", sorts: true, min: 10, grow: 2 },
    { key: "group", label: "Group", sorts: true, min: 10, grow: 2 },
    SIZE,
  ],
};
const NAMES = { by_user: "Users", by_group: "Groups", by_user_group: "Users in groups" };
let usage = null;

/** @param {number|null} count bytes; less than 0 where something was deleted */
function perDay(count) {
  if (count === null) return "";
  return count < 0 ? `−${bytes(-count)}` : bytes(count);
}

function name(row) {
  if (view.value === "by_user") return row.username;
  return view.value === "by_group" ? row.group : `${row.username} in ${row.group}`;
}

async function load(now = false) {
  fresh.disabled = true;
  try {
    usage = await getJSON(page.dataset.usage, { query: { fresh: now ? 1 : null }, timeout: 120_000 });
    showSummary();
    showRecommendations();
    showTable();
  } catch (error) {
    document.getElementById("storage-counted").textContent = `OMERO could not be asked: ${error.message}`;
    toastError(error);
  } finally {
    fresh.disabled = false;
  }
}

function showSummary() {
  const { totals, growth } = usage;
  const age = usage.age_seconds < 5 ? "just now" : `${duration(usage.age_seconds)} ago`;
  document.getElementById("storage-counted").textContent = `Counted ${age}. Sizes are those of the files that OMERO stores.`;
  const facts = [
    ["In OMERO", bytes(totals.omero_binary_bytes)],
    ["Free where OMERO stores files", bytes(totals.free_bytes)],
    ["Users", number(usage.by_user.length)],
    ["Groups", number(usage.by_group.length)],
  ];
  if (growth.bytes_per_day !== null) facts.push(["Growth per day, of the last 30 days", perDay(growth.bytes_per_day)]);
  if (growth.days_left !== null) facts.push(["At this rate, full in", until(growth.days_left)]);
  document.getElementById("storage-facts").replaceChildren(
    ...facts.map(([what, much]) => element("div", {}, element("dt", {}, what), element("dd", {}, much))),
  );
  const chart = document.getElementById("storage-growth");
  const enough = growth.days.length > 1;
  const words = enough ? "Size of all files, day by day" : "Growth is shown after two days: a worker counts four times a day.";
  chart.replaceChildren(...(enough ? [line(chart, growth.days, bytes, "Growth")] : []), element("figcaption", {}, words));
}

/** What is full when, and which groups grow; what is urgent comes first. */
function showRecommendations() {
  const { growth, recommendations } = usage;
  const none = growth.bytes_per_day === null
    ? "Nothing can be said yet: at least 7 days must have been counted."
    : "Nothing: nothing is full soon, and no group stands out.";
  const items = recommendations.map(({ urgent, words, advice }) => element(
    "li", {},
    ...(urgent ? [element("span", { class: "tools-state", "data-state": "busy" }, "Soon:"), " "] : []),
    words, ...(advice ? [element("p", { class: "op-hint" }, advice)] : []),
  ));
  document.getElementById("storage-recommendations").replaceChildren(...(items.length > 0 ? items : [element("li", {}, none)]));
}

function showTable() {
  const wanted = search.value.trim().toLowerCase();
  const all = usage[view.value];
  const rows = wanted ? all.filter((row) => JSON.stringify(row).toLowerCase().includes(wanted)) : all;
  const [top, rest] = [rows.slice(0, LARGEST), rows.slice(LARGEST)];
  const shown = top.map((row) => ({ name: name(row), amount: row.bytes }));
  if (rest.length > 0) shown.push({ name: `${number(rest.length)} others`, amount: rest.reduce((sum, row) => sum + row.bytes, 0) });
  const chart = document.getElementById("storage-chart");
  chart.replaceChildren(bars(chart, shown, bytes, NAMES[view.value]));
  const table = element("op-table");
  document.getElementById("storage-table").replaceChildren(table);
  table.setUp({
    name: NAMES[view.value], columns: COLUMNS[view.value], source: new ArraySource(rows), label: name,
    order: { key: "bytes", descending: true },
  });
  const link = document.getElementById("storage-csv");
  link.href = view.selectedOptions[0].dataset.csv;
}

let typing = 0;
search.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => usage && showTable(), TYPING_MS);
});
view.addEventListener("change", () => usage && showTable());
const quotas = new Quotas(page);
/** One after the other: where OMERO was just asked for all groups, it is not asked again. */
async function loadAll(now = false) {
  await load(now);
  await quotas.load({ counted: Boolean(usage?.new) });
}
fresh.addEventListener("click", () => loadAll(true));
loadAll();
