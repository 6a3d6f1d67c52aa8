/** The page of the example plugin: a table, a search field, and a button that starts a job. */

import { postJSON } from "../../omero_plugin_common/js/api.js";
import { moment, number } from "../../omero_plugin_common/js/format.js";
import { PageSource } from "../../omero_plugin_common/js/sources.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";

const TYPING_MS = 250;

const table = document.querySelector("op-table");
const jobs = document.querySelector("op-jobs");
const text = document.getElementById("text");
const count = document.getElementById("count");

table.setUp({
  name: "Datasets",
  source: new PageSource(table.dataset.url),
  selectable: true,
  order: { key: "name", descending: false },
  empty: () => text.value
    ? { title: "No such dataset", text: "None of your datasets has this in its name." }
    : { title: "No datasets yet", text: "Datasets that you create or import are listed here." },
  columns: [
    { key: "name", label: "Name", sorts: true, min: 14, grow: 4, href: (row) => row.url },
    { key: "images", label: "Images", min: 6, end: true, text: (row) => number(row.images) },
    { key: "group", label: "Group", min: 9, grow: 2 },
    { key: "created", label: "Created", sorts: true, min: 11, text: (row) => moment(new Date(row.created).toISOString()) },
    { key: "id", label: "ID", sorts: true, min: 6, end: true },
  ],
});

let typing = 0;
text.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => table.where({ text: text.value }), TYPING_MS);
});

table.addEventListener("op-select", ({ detail }) => {
  count.disabled = detail.keys.length === 0;
});

count.addEventListener("click", async () => {
  count.disabled = true;
  try {
    jobs.add(await postJSON(count.dataset.url, { datasets: table.selected }));
    table.clearSelection();
  } catch (error) {
    count.disabled = false;
    toastError(error);
  }
});
