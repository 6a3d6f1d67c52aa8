/** The page of diagnostics: a run of checks as it goes on, its report, and earlier runs. */

import { getJSON, postJSON } from "../../omero_plugin_common/js/api.js";
import { button, element } from "../../omero_plugin_common/js/dom.js";
import { counted, moment } from "../../omero_plugin_common/js/format.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";
import { showTable } from "./small_table.js";

const LOOK_MS = 1_000;
const ANSWER_MS = 60_000;
// The worst first; what has no result yet comes last.
const ORDER = ["failed", "warning", "ok", "skipped", "runs"];
const KINDS = { failed: "bad", warning: "busy", ok: "good", skipped: "none", runs: "none" };
const GROUPS = {
  omero: "OMERO.server", "omero-database": "Database of OMERO", "plugin-database": "Database of plugins", redis: "Redis",
  worker: "Workers", web: "OMERO.web", logs: "Log store", kubernetes: "Kubernetes API", prometheus: "Prometheus",
  ingress: "Public address", volume: "Volumes",
};

const page = document.getElementById("diagnostics");
const form = document.getElementById("checks-form");
const start = document.getElementById("checks-start");
const status = document.getElementById("results-status");
let places = {};
let shown = "";
let timer = 0;

const RESULTS = [
  { label: "Check", cell: (row) => row.check },
  { label: "Result", cell: (row) => element("span", { class: "tools-state", "data-state": KINDS[row.outcome] }, row.outcome === "runs" ? "…" : row.outcome) },
  { wide: true, label: "What was seen", cell: (row) => (row.outcome === "runs" ? [row.proves] : [row.words, ...advice(row.advice)]) },
  { label: "Seconds", end: true, cell: (row) => (row.outcome === "runs" ? "" : row.seconds.toFixed(2)) },
  { label: "Done by", cell: (row) => places[row.place]?.title ?? row.place },
];
const RUNS = [
  { label: "Started", cell: (row) => moment(row.started) },
  { label: "By", cell: (row) => row.by },
  { label: "Failed", end: true, cell: (row) => String(row.totals.failed) },
  { label: "Warnings", end: true, cell: (row) => String(row.totals.warning) },
  { label: "OK", end: true, cell: (row) => String(row.totals.ok) },
  { label: "Skipped", end: true, cell: (row) => String(row.totals.skipped) },
  { label: "Results", cell: (row) => button("Show", () => look(row.id), { class: "op-button op-button-plain", "aria-label": `Show the run of ${moment(row.started)}` }) },
];

function advice(text) {
  return text ? [element("p", { class: "op-hint" }, text)] : [];
}

function address(id) {
  return page.dataset.state.replace(page.dataset.none, encodeURIComponent(id));
}

function showRun(run) {
  const done = new Map(run.results.map((each) => [each.check, each]));
  const rows = run.checks.map((each) => done.get(each.check) ?? { ...each, outcome: "runs" });
  rows.sort((one, other) => ORDER.indexOf(one.outcome) - ORDER.indexOf(other.outcome));
  showTable("results", rows, RESULTS, "No check was chosen.");
  const { failed, warning } = run.totals;
  const found = `${counted(failed, "failure")}, ${counted(warning, "warning")}`;
  const lost = run.ended && run.results.length < run.checks.length ? ` ${counted(run.checks.length - run.results.length, "check")} gave no result.` : "";
  status.textContent = run.ended
    ? `${counted(run.checks.length, "check")} of ${moment(run.started)}, by ${run.by}: ${found}.${lost}`
    : `${run.results.length} of ${counted(run.checks.length, "check")}: ${found}.`;
  document.getElementById("results-problems").replaceChildren(...(run.not_stored ? [element("p", { class: "op-field-error" }, `${run.not_stored}.`)] : []));
  document.getElementById("results-files").replaceChildren(...(run.ended ? ["txt", "json"].map((kind) => (
    element("a", { class: "op-button", href: `${address(run.id)}report.${kind}` }, kind === "txt" ? "Report as text" : "Report as JSON")
  )) : []));
}

/** Show a run, and go on while it is under way. */
async function look(id) {
  clearTimeout(timer);
  shown = id;
  try {
    const run = await getJSON(address(id), { timeout: ANSWER_MS });
    if (shown !== id) return;
    showRun(run);
    start.disabled = !run.ended;
    if (run.ended) {
      await showHistory();
      return;
    }
  } catch (error) {
    if (shown !== id) return;
    start.disabled = false;
    status.textContent = `The results cannot be shown: ${error.message}`;
    if (error.status === 404) return;
  }
  timer = setTimeout(() => look(id), LOOK_MS);
}

async function begin() {
  start.disabled = true;
  const scripts = [...form.querySelectorAll("input:checked")].map((box) => box.value);
  try {
    const answer = await postJSON(page.dataset.run, { scripts }, { timeout: ANSWER_MS });
    await look(answer.request_id);
  } catch (error) {
    start.disabled = false;
    toastError(error);
  }
}

async function showHistory() {
  try {
    const { runs } = await getJSON(page.dataset.runs, { timeout: ANSWER_MS });
    showTable("runs", runs, RUNS, "There are no earlier runs.");
  } catch (error) {
    document.getElementById("runs").replaceChildren(element("p", { class: "op-field-error" }, `Earlier runs cannot be shown: ${error.message}`));
  }
}

async function showChoices() {
  const known = await getJSON(page.dataset.checks, { timeout: ANSWER_MS });
  places = Object.fromEntries(known.places.map((each) => [each.key, each]));
  const names = [...new Set(known.checks.map((each) => each.check.split(".")[0]))];
  document.getElementById("checks-groups").replaceChildren(...names.map((name) => (
    element("label", { class: "tools-check" }, element("input", { type: "checkbox", value: name }), GROUPS[name] ?? name)
  )));
  document.getElementById("checks-places").replaceChildren(...known.places.flatMap((place) => {
    const here = known.checks.filter((each) => each.place === place.key).map((each) => each.check);
    return here.length === 0 ? [] : [
      element("dt", {}, place.title),
      element("dd", {}, `${place.why}: ${here.join(", ")}`),
    ];
  }));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  begin();
});
showChoices().catch(toastError);
showHistory();
