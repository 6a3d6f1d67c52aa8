/** What stands below a table's rows: how many there are, that there are none, or why they did not come. */

import { button, element } from "./dom.js";
import { number, sentence } from "./format.js";

export class TableNotes {
  #emptyText;
  #empty = element("div", { class: "op-empty", hidden: true });
  #why = element("p");
  #count = element("p", { role: "status" });
  #spoken = element("p", { class: "op-visually-hidden", role: "status" });
  #failed;

  /**
   * @param {() => {title: string, text: string}} emptyText
   * @param {() => void} again asks for the rows again
   */
  constructor(emptyText, again) {
    this.#emptyText = emptyText;
    this.#failed = element("div", { class: "op-table-failed", role: "alert", hidden: true }, this.#why, button("Try again", again));
    this.nodes = [this.#empty, this.#failed, element("div", { class: "op-table-foot" }, this.#count, this.#spoken)];
  }

  /** For those who do not see the table change. */
  say(text) {
    this.#spoken.textContent = text;
  }

  /** @param {Error|null} error why rows did not come; nothing when they did */
  failed(error) {
    this.#failed.hidden = error === null;
    if (!error) return;
    const { message, retryAfter } = error;
    this.#why.textContent = retryAfter ? `${sentence(message)} Try again in ${Math.ceil(retryAfter)} s.` : message;
  }

  /** @param {number} total @param {number} selected @param {number} most rows that can be shown */
  count(total, selected, most) {
    this.#empty.hidden = total > 0 || !this.#failed.hidden;
    if (!this.#empty.hidden) {
      const { title, text } = this.#emptyText();
      this.#empty.replaceChildren(element("h2", {}, title), element("p", {}, text));
    }
    this.#count.hidden = total === 0;
    const chosen = selected ? ` · ${number(selected)} selected` : "";
    const cut = total > most ? ` · the first ${number(most)} are shown, narrow the list to see others` : "";
    this.#count.textContent = `${number(total)} ${total === 1 ? "row" : "rows"}${chosen}${cut}`;
  }
}
