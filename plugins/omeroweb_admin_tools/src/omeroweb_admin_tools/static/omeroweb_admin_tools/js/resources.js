/** The page of resources: what runs, from the Kubernetes API, and charts from Prometheus. */

import { getJSON } from "../../omero_plugin_common/js/api.js";
import { element } from "../../omero_plugin_common/js/dom.js";
import { bytes, counted, duration, moment } from "../../omero_plugin_common/js/format.js";
import { lines } from "./charts.js";
import { ofLimit, showTable } from "./small_table.js";

const REFRESH_MS = 30_000;
const ANSWER_MS = 30_000;
// An hour of a busy site has hundreds; the charts are below them.
const EVENTS_SHOWN = 20;
const MESSAGE_SHOWN = 300;
const NUMBER = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const WORDS = {
  percent: (amount) => `${NUMBER.format(amount)} %`,
  bytes,
  "bytes/s": (amount) => `${bytes(amount)}/s`,
  cores: (amount) => `${NUMBER.format(amount)} cores`,
  "per second": (amount) => `${NUMBER.format(amount)}/s`,
  seconds: (amount) => `${NUMBER.format(amount)} s`,
  number: (amount) => NUMBER.format(amount),
};

const page = document.getElementById("resources");
const live = document.getElementById("cluster-live");
const time = document.getElementById("figures-time");
let sizes = {};
let cluster = null;
let timer = 0;
let asked = 0;
let allEvents = false;

function cpu(cores) {
  return cores < 1 ? `${Math.round(cores * 1000)} m` : NUMBER.format(cores);
}

function ago(iso) {
  const then = Date.parse(iso ?? "");
  return Number.isNaN(then) ? "" : element("time", { datetime: iso, title: moment(iso) }, duration((Date.now() - then) / 1000));
}

function state(word, kind) {
  return element("span", { class: "tools-state", "data-state": kind }, word);
}

const KINDS = { healthy: "good", finished: "good", starting: "busy", unhealthy: "bad", down: "bad" };

const PODS = [
  { label: "Pod", cell: (row) => [row.id, element("br"), logsOf(row)] },
  { wide: true, label: "State", cell: (row) => [state(row.health, KINDS[row.health]), row.words && ` ${row.words}`].filter(Boolean) },
  { label: "Ready", end: true, cell: (row) => `${row.ready} of ${row.containers}` },
  { wide: true, label: "Restarts", cell: (row) => [String(row.restarts), ...lastRestart(row.last_restart)] },
  { label: "CPU", cell: (row) => [...ofLimit(row.cpu, row.cpu_limit, cpu, `CPU of ${row.id}`), requested(row.cpu_request, cpu)] },
  { label: "Memory", cell: (row) => [...ofLimit(row.memory, row.memory_limit, bytes, `Memory of ${row.id}`), requested(row.memory_request, bytes)] },
  { label: "Age", end: true, cell: (row) => ago(row.started) },
  { label: "Node", cell: (row) => row.node },
];

/** What the pod wrote in the last hour, on the page of logs. */
function logsOf(row) {
  const asked = new URLSearchParams({ pod: row.id, lookback: "3600" });
  return element("a", { href: `${page.dataset.logs}?${asked}`, "aria-label": `Logs of ${row.id}` }, "Logs");
}

const CONDITIONS = [
  { label: "Condition", cell: (row) => row.id },
  { label: "Status", cell: (row) => state(row.status, row.status === "Unknown" ? "busy" : row.good ? "good" : "bad") },
  { label: "Reason", cell: (row) => row.reason },
  { wide: true, label: "Message", cell: (row) => row.message },
  { label: "For", end: true, cell: (row) => ago(row.since) },
];
const WORKLOADS = [
  { label: "Workload", cell: (row) => row.name },
  { label: "Kind", cell: (row) => row.kind },
  { label: "Pods ready", end: true, cell: (row) => state(`${row.ready} of ${row.wanted}`, row.ready >= row.wanted ? "good" : "bad") },
  { label: "Up to date", end: true, cell: (row) => `${row.current} of ${row.wanted}` },
];
const SCHEDULES = [
  { label: "CronJob", cell: (row) => row.id },
  { label: "Schedule", cell: (row) => (row.suspended ? `${row.schedule} (suspended)` : row.schedule) },
  { label: "Last run", cell: (row) => moment(row.last) || "never" },
  { label: "Last success", cell: (row) => moment(row.last_success) || "never" },
  { label: "Runs now", end: true, cell: (row) => String(row.running) },
];
const VOLUMES = [
  { label: "Claim", cell: (row) => row.id },
  { label: "State", cell: (row) => state(row.status, row.status === "Bound" ? "good" : "bad") },
  { label: "Used", cell: (row) => volumeUse(row) },
  { label: "Size", end: true, cell: (row) => (row.bytes === null ? "unknown" : bytes(row.bytes)) },
  { label: "Storage class", cell: (row) => row.storage_class },
  { label: "Access", cell: (row) => row.modes.join(", ") },
  { label: "Pods", cell: (row) => row.pods.join(", ") },
];
const EVENTS = [
  { label: "Object", cell: (row) => row.object },
  { label: "Kind", cell: (row) => state(row.type, row.type === "Normal" ? "good" : "bad") },
  { label: "Reason", cell: (row) => row.reason },
  { wide: true, label: "Message", cell: (row) => shortened(row.message) },
  { label: "Times", end: true, cell: (row) => String(row.count) },
  { label: "Ago", end: true, cell: (row) => ago(row.when) },
];

/** A long message, such as that of a probe with its whole program, opens. */
function shortened(text) {
  const letters = Array.from(text);
  if (letters.length <= MESSAGE_SHOWN) return text;
  return element("details", {}, element("summary", {}, `${letters.slice(0, MESSAGE_SHOWN).join("")} …`), letters.slice(MESSAGE_SHOWN).join(""));
}

function lastRestart(last) {
  if (last === null) return [];
  const when = ago(last.when);
  return [` – ${last.container}: ${last.why}`, ...(when ? [" (", when, " ago)"] : [])];
}

function requested(amount, words) {
  return element("small", {}, amount === null ? "nothing requested" : `${words(amount)} requested`);
}

function volumeUse(row) {
  const known = sizes[row.id];
  return known ? ofLimit(known.used, known.size || row.bytes, bytes, `Use of ${row.id}`) : "not measured";
}

function problems(lines) {
  document.getElementById("cluster-problems").replaceChildren(...lines.map((line) => element("p", { class: "op-field-error" }, line)));
}

function showCluster() {
  const { site, pods } = cluster;
  const bad = pods.filter((row) => KINDS[row.health] === "bad").length;
  const restarts = pods.reduce((sum, row) => sum + row.restarts, 0);
  document.getElementById("cluster-status").textContent = `${site.name} in the namespace ${site.namespace}: ${counted(pods.length, "pod")}, ${bad === 0 ? "none" : bad} with troubles, ${counted(restarts, "restart")}. As of ${moment(cluster.moment)}.`;
  problems(cluster.failed.map((each) => `Unknown: ${each.what}: ${each.reason}`));
  const unknown = new Set(cluster.failed.map((each) => each.what));
  const none = (words, ...kinds) => (kinds.some((kind) => unknown.has(kind)) ? "Unknown: see above." : words);
  showTable("conditions", cluster.conditions, CONDITIONS, none("The platform has no conditions yet.", "the platform"));
  showTable("pods", cluster.pods, PODS, none("There are no pods.", "pods"));
  showTable("workloads", cluster.workloads, WORKLOADS, none("There are no workloads.", "Deployments", "StatefulSets"));
  showTable("schedules", cluster.schedules, SCHEDULES, none("There are none.", "CronJobs"));
  showTable("volumes", cluster.volumes, VOLUMES, none("There are no volumes.", "volume claims"));
  showEvents(none("There were no Events.", "Events"));
}

function showEvents(none) {
  const button = document.getElementById("events-all");
  button.hidden = allEvents || cluster.events.length <= EVENTS_SHOWN;
  button.textContent = `Show all ${counted(cluster.events.length, "Event")}`;
  showTable("events", allEvents ? cluster.events : cluster.events.slice(0, EVENTS_SHOWN), EVENTS, none);
}

/** What was shown before stays: it is marked as old by the message. */
async function askCluster() {
  try {
    cluster = await getJSON(page.dataset.cluster, { timeout: ANSWER_MS });
    showCluster();
  } catch (error) {
    document.getElementById("cluster-status").textContent = cluster === null ? "What runs cannot be shown." : `This was so at ${moment(cluster.moment)}.`;
    problems([error.message]);
  }
}

function chart(figure, span) {
  const title = `${figure.group}: ${figure.title}`;
  const place = element("figure", { class: "tools-chart" });
  const words = figure.failed ? `${figure.title}: ${figure.failed}` : figure.title;
  place.append(element("figcaption", {}, figure.more > 0 ? `${words} (the largest ${figure.lines.length} of ${figure.lines.length + figure.more})` : words));
  if (figure.lines.length > 0) place.append(lines(figure.lines, span, WORDS[figure.unit], title));
  else if (!figure.failed) place.append(element("p", { class: "op-hint" }, "Prometheus has no figures of it."));
  return place;
}

function showFigures(answer) {
  const groups = [...new Set(answer.figures.map((each) => each.group))];
  document.getElementById("figures").replaceChildren(...groups.flatMap((group) => [
    element("h3", {}, group),
    element("div", { class: "tools-charts" }, ...answer.figures.filter((each) => each.group === group).map((each) => chart(each, answer))),
  ]));
}

async function askFigures() {
  const mine = (asked += 1);
  const status = document.getElementById("figures-status");
  try {
    const answer = await getJSON(page.dataset.figures, { query: { seconds: time.value }, timeout: ANSWER_MS });
    if (mine !== asked) return;
    sizes = answer.volumes;
    showFigures(answer);
    status.textContent = "";
    if (cluster) showTable("volumes", cluster.volumes, VOLUMES, "There are no volumes.");
  } catch (error) {
    if (mine === asked) status.textContent = `Charts cannot be shown: ${error.message}`;
  }
}

/** Grafana shows the time of these charts. */
function aimDashboards() {
  for (const link of page.querySelectorAll("a[data-dashboard]")) {
    const url = new URL(link.href);
    url.searchParams.set("from", time.selectedOptions[0].dataset.from);
    url.searchParams.set("to", "now");
    link.href = url.href;
  }
}

async function round() {
  clearTimeout(timer);
  if (document.visibilityState === "visible") await Promise.all([askCluster(), askFigures()]);
  clearTimeout(timer);
  if (live.checked) timer = setTimeout(round, REFRESH_MS);
}

time.addEventListener("change", () => {
  aimDashboards();
  askFigures();
});
live.addEventListener("change", round);
document.getElementById("events-all").addEventListener("click", () => {
  allEvents = true;
  showEvents("");
  document.querySelector("#events .tools-scroll").focus();
});
document.getElementById("cluster-fresh").addEventListener("click", round);
aimDashboards();
round();
