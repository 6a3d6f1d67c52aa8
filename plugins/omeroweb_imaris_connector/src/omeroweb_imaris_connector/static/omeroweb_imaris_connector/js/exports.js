/** The user's exports, the newest first; while some of them go on, they are asked for again and again. */

import { getJSON } from "../../omero_plugin_common/js/api.js";
import { bytes } from "../../omero_plugin_common/js/format.js";
import { Poller } from "../../omero_plugin_common/js/poll.js";
import { TryAgain } from "../../omero_plugin_common/js/try_again.js";
import { ExportCard } from "./export_card.js";
import { addresses, part } from "./page_parts.js";

const MINUTE_MS = 60_000;

export class Exports {
  #cards = new Map();
  // How many pages of the list are shown.
  #pages = 1;
  #before = "";
  #poller = new Poller({ ask: (signal) => this.#ask(signal), failed: (error) => this.#failed.failed(error, "Your exports could not be listed.") });
  #failed = new TryAgain(part("failed"), () => this.load());

  constructor() {
    part("more").addEventListener("click", () => {
      this.#pages += 1;
      this.load();
    });
    part("all")?.addEventListener("change", () => {
      this.#pages = 1;
      this.load();
    });
    // Nothing changes but their age.
    setInterval(() => this.#cards.forEach((card) => card.refresh()), MINUTE_MS);
  }

  /** Ask for them now. An answer that is on its way does not have what has just been changed. */
  load() {
    this.#poller.stop();
    this.#poller.start();
  }

  async #ask(signal) {
    const { exports, next, room } = await this.#read(signal);
    this.#failed.done();
    this.#show(exports);
    this.#showRoom(room);
    part("empty").hidden = exports.length > 0;
    part("more").hidden = next === null;
    const now = JSON.stringify(exports);
    const same = now === this.#before;
    this.#before = now;
    if (![...this.#cards.values()].some((card) => card.goes)) return "done";
    return same ? "same" : "changed";
  }

  /** All pages that are shown, as one. */
  async #read(signal) {
    const all = part("all")?.checked ? 1 : null;
    const exports = [];
    let before = null;
    for (let page = 1; ; page += 1) {
      const told = await getJSON(addresses().exports, { query: { all, before }, signal });
      exports.push(...told.exports);
      if (told.next === null || page === this.#pages) return { ...told, exports };
      before = told.next;
    }
  }

  /** Cards that are there stay in their place, so that a button keeps its focus. */
  #show(exports) {
    const there = new Set(exports.map(({ id }) => id));
    for (const [id, card] of this.#cards) {
      if (!there.has(id)) this.#forget(id, card);
    }
    let before = null;
    for (const export_ of exports) {
      const card = this.#cards.get(export_.id) ?? this.#insert(export_, before);
      card.show(export_, { withUser: Boolean(part("all")?.checked) });
      before = card.node;
    }
  }

  #insert(export_, before) {
    const card = new ExportCard(export_, { changed: () => this.load(), deleted: (id) => this.#deleted(id) });
    this.#cards.set(export_.id, card);
    if (before) before.after(card.node);
    else part("exports").prepend(card.node);
    return card;
  }

  #forget(id, card) {
    card.node.remove();
    this.#cards.delete(id);
  }

  #deleted(id) {
    const card = this.#cards.get(id);
    if (card) {
      const neighbour = card.node.nextElementSibling ?? card.node.previousElementSibling;
      this.#forget(id, card);
      // The focus goes to what comes next, not to the top of the page.
      (neighbour?.querySelector("a") ?? part("mine-title")).focus();
    }
    this.load();
  }

  #showRoom({ used, limit, free }) {
    part("room").hidden = this.#cards.size === 0;
    part("room").textContent = `The files of all users take ${bytes(used)} of ${bytes(limit)}; ${bytes(free)} are free.`;
  }
}
