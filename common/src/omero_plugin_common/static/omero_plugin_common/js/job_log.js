/** The lines a job has written, read only while they are unfolded. */

import { getJSON } from "./api.js";
import { element } from "./dom.js";
import { moment } from "./format.js";

const MOST_LINES = 500;

export class JobLog {
  #address;
  #next = 0;
  #reading = false;
  #lines = element("div", { class: "op-job-lines", role: "log", tabindex: 0, "aria-label": "Log of the job" });

  /** @param {() => string} address gives the job's address */
  constructor(address) {
    this.#address = address;
    this.node = element("details", { class: "op-job-log" }, element("summary", {}, "Log"), this.#lines);
    this.node.addEventListener("toggle", () => this.refresh());
  }

  /** Read what has been written since; nothing while it is folded. */
  async refresh() {
    if (!this.node.open || this.#reading) return;
    this.#reading = true;
    try {
      const address = new URL("log/", new URL(this.#address(), location.href)).href;
      const { lines, next } = await getJSON(address, { query: { after: this.#next } });
      this.#next = next;
      this.#append(lines);
    } catch (error) {
      if (this.#lines.childElementCount === 0) this.#lines.textContent = error.message;
    } finally {
      this.#reading = false;
    }
  }

  #append(lines) {
    if (this.#next === 0) this.#lines.textContent = "Nothing has been logged yet.";
    if (lines.length === 0) return;
    if (this.#lines.childElementCount === 0) this.#lines.textContent = "";
    const box = this.#lines;
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 8;
    box.append(...lines.map((line) => element("div", { "data-level": line.level }, `${moment(line.time)}  ${line.text}`)));
    while (box.childElementCount > MOST_LINES) box.firstElementChild.remove();
    if (atEnd) box.scrollTop = box.scrollHeight;
  }
}
