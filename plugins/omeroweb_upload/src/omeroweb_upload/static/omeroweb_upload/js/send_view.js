/** Step 2 as the user sees it: how far, how fast, which file; pause, resume, retry. */

import { bytes, counted, duration, number } from "../../omero_plugin_common/js/format.js";
import { element } from "../../omero_plugin_common/js/dom.js";
import { ArraySource } from "../../omero_plugin_common/js/sources.js";
import { part } from "./page_parts.js";

const REDRAW_MS = 500;
const MOST_NAMED = 5;
const WORDS = { waiting: "Waiting", stuck: "No connection, trying again", sent: "Sent", failed: "Failed" };

export class SendView {
  #sending = null;
  #files = [];
  #timer = 0;
  #due = false;
  #spoken = -1;
  #table = null;

  constructor() {
    part("pause").addEventListener("click", () => this.#sending?.pause());
    part("resume").addEventListener("click", () => this.#sending?.start());
    part("retry-files").addEventListener("click", () => this.#sending?.retry());
  }

  /**
   * Show files as the server has them; nobody sends them yet.
   *
   * @param {object[]} files that are to arrive
   */
  async list(files) {
    this.#files = files;
    this.#sending = null;
    this.#buttons();
    const rows = files.map((file) => ({ id: file.number, path: file.path, size: file.size, received: file.received ?? 0 }));
    const table = element("op-table", { class: "upload-table", id: "upload-file-table" });
    part("file-table").replaceWith(table);
    this.#table = table;
    await table.setUp({
      name: "Files",
      label: (row) => row.path,
      columns: [
        { key: "path", label: "File", sorts: true, min: 10, grow: 4 },
        { key: "state", label: "State", min: 7, grow: 2, text: (row) => this.#state(row) },
        { key: "size", label: "Size", sorts: true, end: true, min: 6, text: (row) => bytes(row.size) },
      ],
      source: new ArraySource(rows),
    });
  }

  /** @param {SendJob} sending from now on */
  follow(sending) {
    this.#sending = sending;
    this.#draw();
  }

  /** All files are on the server: nothing is left to press. */
  finished() {
    this.#draw();
    this.#sending = null;
    this.#buttons();
  }

  /** Something has changed; shown soon, not with each byte. */
  changed() {
    if (this.#timer) {
      this.#due = true;
      return;
    }
    this.#draw();
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      if (this.#due) this.changed();
      this.#due = false;
    }, REDRAW_MS);
  }

  /** What the server says, when this page does not send. */
  passive({ uploaded_bytes: received, total_bytes: total, file_count: count }) {
    this.#bar(received, total);
    this.#facts([counted(count, "file"), `${bytes(received)} of ${bytes(total)} have arrived`]);
  }

  #draw() {
    const sending = this.#sending;
    if (!sending) return;
    const { overall } = sending;
    const now = performance.now() / 1000;
    this.#bar(overall.shown, overall.total);
    const sent = sending.count("sent");
    const stuck = sending.count("stuck");
    const moving = sending.count("sending");
    const speed = sending.paused ? null : overall.speed(now);
    const left = sending.paused ? null : overall.remaining(now);
    this.#facts([
      sending.paused ? "Paused" : stuck > 0 && moving === 0 ? "No connection: trying again" : "",
      `${number(sent)} of ${counted(this.#files.length, "file")}`,
      `${bytes(overall.shown)} of ${bytes(overall.total)}`,
      speed !== null && stuck === 0 ? `${bytes(speed)}/s` : "",
      left !== null && stuck === 0 ? `about ${duration(left)} left` : "",
    ]);
    this.#problems();
    this.#buttons();
    this.#table?.redraw({ all: true });
    this.#speak(overall);
  }

  #state(row) {
    const state = this.#sending?.stateOf(row.id) ?? (row.received >= row.size ? "sent" : "waiting");
    const sent = this.#sending?.overall.of(row.id) ?? row.received;
    if (state === "failed") return `Failed: ${this.#sending.problems.get(row.id)?.message ?? ""}`;
    if (state === "sending" || (state === "waiting" && sent > 0)) return `${Math.floor((sent / row.size) * 100)} %`;
    return WORDS[state];
  }

  #buttons() {
    const sending = this.#sending;
    part("pause").hidden = !sending || sending.paused;
    part("resume").hidden = !sending?.paused;
    part("retry-files").hidden = !sending?.problems.size;
  }

  #problems() {
    const { problems } = this.#sending;
    const note = part("refused");
    if (problems.size === 0) {
      if (note.dataset.of === "sending") note.hidden = true;
      return;
    }
    const some = [...problems.values()].slice(0, MOST_NAMED).map(({ entry, message }) => element("li", {}, `${entry.file.path}: ${message}`));
    note.dataset.of = "sending";
    note.hidden = false;
    note.replaceChildren(element("p", {}, element("strong", {}, `${counted(problems.size, "file")} could not be sent.`), " The others are sent first."), element("ul", {}, ...some));
  }

  #bar(done, total) {
    const part_ = total > 0 ? Math.min(1, done / total) : 1;
    const bar = part("bar");
    bar.setAttribute("aria-valuenow", String(Math.floor(part_ * 100)));
    bar.setAttribute("aria-valuetext", `${bytes(done)} of ${bytes(total)}`);
    part("fill").style.transform = `scaleX(${part_})`;
  }

  #facts(facts) {
    part("facts").replaceChildren(...facts.filter(Boolean).map((fact) => element("span", {}, fact)));
  }

  /** Each tenth is spoken; more would be too much to listen to. */
  #speak({ shown, total }) {
    const tenth = total > 0 ? Math.floor((shown / total) * 10) : 10;
    if (tenth === this.#spoken) return;
    this.#spoken = tenth;
    part("spoken").textContent = `${tenth * 10} % sent`;
  }
}
