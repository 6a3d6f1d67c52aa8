/** The page of logs: what is asked, pages, the live view, and what is around an entry. */

import { getJSON } from "../../omero_plugin_common/js/api.js";
import { showDialog } from "../../omero_plugin_common/js/dialog.js";
import { element } from "../../omero_plugin_common/js/dom.js";
import { number } from "../../omero_plugin_common/js/format.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";
import { Question } from "./log_question.js";
import { Rows } from "./log_rows.js";

const LIVE_MS = 5_000;
// Entries arrive late: a live view asks again for what it has of this time.
const AGAIN = 60_000_000_000n;
const ANSWER_MS = 60_000;
const MOST_PAGES = 25;
const AROUND = 30;

const page = document.getElementById("logs");
const form = document.getElementById("logs-form");
const live = document.getElementById("logs-live");
const older = document.getElementById("logs-older");
const status = document.getElementById("logs-status");
const question = new Question(form);
const rows = new Rows(document.getElementById("logs-rows"), showAround);
const titles = new Map();
let next = null;
let asking = new AbortController();
let timer = 0;

async function ask(time) {
  return getJSON(`${page.dataset.entries}?${question.parameters(time)}`, { signal: asking.signal, timeout: ANSWER_MS });
}

/** What is missing, and why: never only fewer entries. */
function showProblems(answer) {
  const lines = [
    ...answer.failed.map((each) => `${titles.get(each.source) ?? each.source} is missing: ${each.reason}`),
    ...answer.cut.map((each) => `${titles.get(each.source) ?? each.source} has more entries of the moment ${each.time} than the log store gives; ${number(each.shown)} are shown`),
  ];
  document.getElementById("logs-problems").replaceChildren(...lines.map((line) => element("p", { class: "op-field-error" }, line)));
}

function showStatus() {
  const many = rows.count === 1 ? "1 entry" : `${number(rows.count)} entries`;
  status.textContent = rows.count === 0 ? "No entries of this time are like that." : `${many}, the newest first${live.checked ? "; new ones appear by themselves" : ""}.`;
  older.hidden = next === null || rows.isFull;
  if (rows.isFull) status.textContent = `${many} are shown, which is as many as the page can hold: choose a shorter time, or download them.`;
}

/** Ask from the beginning. */
async function begin() {
  clearTimeout(timer);
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  status.textContent = "Asking…";
  question.write();
  live.disabled = question.ends;
  if (live.disabled) live.checked = false;
  try {
    const time = question.time();
    document.getElementById("logs-table").href = `${page.dataset.table}?${question.parameters(time)}`;
    const answer = await ask(time);
    rows.replace(answer.entries);
    next = answer.next === null ? null : { start: answer.start, end: answer.next };
    showProblems(answer);
    showStatus();
  } catch (error) {
    if (signal.aborted) return;
    rows.replace([]);
    next = null;
    older.hidden = true;
    status.textContent = `The entries cannot be shown: ${error.message}`;
  }
  if (live.checked) timer = setTimeout(follow, LIVE_MS);
}

async function showOlder() {
  older.disabled = true;
  try {
    const answer = await ask(next);
    rows.add(answer.entries);
    next = answer.next === null ? null : { start: next.start, end: answer.next };
    showProblems(answer);
    showStatus();
  } catch (error) {
    toastError(error);
  } finally {
    older.disabled = false;
  }
}

/** One round of the live view: all that is new, also where it has several pages. */
async function follow() {
  const { signal } = asking;
  try {
    if (document.visibilityState === "visible") {
      let time = rows.newest === null ? question.time() : { start: rows.newest - AGAIN };
      for (let count = 0; time !== null && count < MOST_PAGES; count += 1) {
        const answer = await ask(time);
        rows.add(answer.entries, { dropsOldest: true });
        showProblems(answer);
        time = answer.next === null ? null : { start: answer.start, end: answer.next };
      }
      showStatus();
    }
  } catch (error) {
    if (signal.aborted) return;
    status.textContent = `New entries cannot be shown: ${error.message}`;
  }
  if (live.checked && !signal.aborted) timer = setTimeout(follow, LIVE_MS);
}

/** @param {object} entry whose surroundings are shown, of the same pod, container and file */
async function showAround(entry) {
  const asked = new URLSearchParams({ source: entry.source, moment: entry.moment, limit: String(AROUND) });
  for (const name of ["pod", "container", "file"]) if (entry[name]) asked.append(name, entry[name]);
  try {
    const answer = await getJSON(`${page.dataset.around}?${asked}`, { timeout: ANSWER_MS });
    const body = element("tbody");
    new Rows(body, null, entry.id).replace(answer.entries);
    const table = element("div", { class: "logs-scroll", tabindex: "0", role: "region", "aria-label": "Entries around it" }, element("table", { class: "logs-table" }, body));
    const failed = answer.failed.map((each) => `Entries ${each.source} it are missing: ${each.reason}`);
    await showDialog({ title: `Around an entry of ${titles.get(entry.source)}`, body: [...failed, table], actions: [{ label: "Close", value: null }] });
  } catch (error) {
    toastError(error);
  }
}

function boxes(place, name, choices) {
  document.getElementById(place).replaceChildren(...choices.map(([value, label]) => (
    element("label", { class: "logs-check" }, element("input", { type: "checkbox", name, value }), label)
  )));
}

/** Names of log files are those of the chosen sources that are files. */
async function showFiles(given = []) {
  const place = document.getElementById("logs-files");
  const wanted = question.checked("source").filter((key) => key.endsWith("-files"));
  place.hidden = wanted.length === 0;
  if (place.hidden) {
    boxes("logs-file-names", "file", []);
    return;
  }
  try {
    const answer = await getJSON(`${page.dataset.files}?${new URLSearchParams(question.time())}`, { timeout: ANSWER_MS });
    const before = new Set([...question.checked("file"), ...given]);
    // What is asked for stays to be seen, also where it has no entries of this time.
    const names = [...new Set([...wanted.flatMap((key) => answer.files[key] ?? []), ...before])].sort();
    boxes("logs-file-names", "file", names.map((name) => [name, name]));
    for (const box of place.querySelectorAll("input")) box.checked = before.has(box.value);
  } catch (error) {
    toastError(error);
  }
}

async function start() {
  const known = await getJSON(page.dataset.sources);
  for (const each of known.sources) titles.set(each.key, each.title);
  rows.titles = titles;
  boxes("logs-sources", "source", known.sources.map((each) => [each.key, each.title]));
  boxes("logs-levels", "level", known.levels.map((each) => [each, each === "none" ? "without a level" : each]));
  await showFiles(question.read());
  await begin();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  begin();
});
let before = document.getElementById("logs-time").value;
form.addEventListener("change", async (event) => {
  if (event.target.name === "source") await showFiles();
  if (event.target.id === "logs-time") {
    question.timeChosen(before);
    before = event.target.value;
  }
  begin();
});
document.getElementById("logs-all-pods").addEventListener("click", () => {
  question.forgetPod();
  begin();
});
older.addEventListener("click", showOlder);
start().catch((error) => {
  status.textContent = `The entries cannot be shown: ${error.message}`;
});
