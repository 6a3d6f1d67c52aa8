/**
 * A name that is cut with the mouse, a finger or the keyboard.
 *
 *     const cutting = new CutName(document.getElementById("place"), {
 *       changed: (pieces) => ask(pieces),
 *       naming: (at) => focusKey(at),
 *     });
 *     cutting.show({ name: "HeLa_Taxol_01.tif", pieces: [{ start: 0, end: 4, key: "Cell line" }, …] });
 *
 * A click between two characters cuts there, a click on what is between two pieces joins them, and a
 * drag across pieces joins all of them. With the keyboard the arrows go from place to place, Enter
 * or Space cuts or joins, Delete leaves a piece out, Ctrl+Z undoes. A finger chooses a place first;
 * the button, or a second tap, does it.
 *
 * Places count Unicode code points, see cut_pieces.js.
 */

import { button, element } from "../../omero_plugin_common/js/dom.js";
import {
  charactersOf, cut, directionOf, extensionOf, isRightToLeft, isSign, join, partsOf, samePlaces, takeIn, textOf, toggle,
} from "./cut_pieces.js";

const MOUSE = "Click between two characters to cut there. Click a sign between two pieces to join them, or drag across several.";
const TOUCH = "Tap a place between two characters or pieces, then cut or join there. Drag across pieces to join them.";
const KEYS = "Arrow keys go from place to place, Enter cuts or joins, Delete leaves a piece out.";

// A double click is one click: what it would hit the second time was not there before.
const AGAIN_MS = 350;

let count = 0;

export class CutName {
  #changed;
  #naming;
  #name = "";
  #characters = [];
  #pieces = [];
  #extension = { start: 0, end: 0 };
  #readOnly = false;
  #history = [];
  #parts = [];
  #stops = [];
  /** Where the keys are, as a place in the name. */
  #caret = 0;
  /** Where a finger has chosen a place; the next tap there cuts or joins. */
  #chosen = -1;
  #down = null;
  #acted = 0;
  /** Keys by text: a piece that is cut again gets its key back. */
  #keys = new Map();
  #box;
  #status;
  #buttons;

  /**
   * @param {HTMLElement} place what becomes the name; its children are replaced
   * @param {object} options
   * @param {(pieces: Piece[]) => void} options.changed called after each cut, join, leaving out and undo
   * @param {(at: number) => void} [options.naming] called when the key below a piece is clicked
   *
   * @typedef {{start: number, end: number, key: string, used: boolean}} Piece
   */
  constructor(place, { changed, naming }) {
    this.#changed = changed;
    this.#naming = naming;
    const id = `omp-cut-hint-${(count += 1)}`;
    this.#box = element("div", { class: "omp-cut-name", role: "application", "aria-roledescription": "name to cut", "aria-describedby": id });
    this.#status = element("p", { class: "op-visually-hidden", role: "status" });
    this.#buttons = {
      act: button("Cut here", () => this.#act(this.#stop, { stays: true })),
      drop: button("Don’t use", () => this.#drop(this.#pieceOf(this.#stop))),
      undo: button("Undo", () => this.undo()),
    };
    const hint = element("p", { class: "op-hint omp-cut-hint", id },
      element("span", { class: "omp-cut-for-mouse" }, MOUSE), element("span", { class: "omp-cut-for-touch" }, TOUCH),
      element("span", { class: "op-visually-hidden" }, ` ${KEYS}`));
    place.classList.add("omp-cut");
    place.replaceChildren(this.#box, element("div", { class: "omp-cut-bar" }, hint, ...Object.values(this.#buttons)), this.#status);
    this.#listen();
  }

  /** @returns {Piece[]} the pieces, also those that are not used */
  get pieces() {
    return this.#pieces.map((piece) => ({ ...piece }));
  }

  /** @returns {string} the name that is shown */
  get name() {
    return this.#name;
  }

  /**
   * Show a name. While the same pieces of the same name are used, only their keys change: what was
   * left out stays so, and what was done can still be undone.
   *
   * @param {object} shown
   * @param {string} shown.name
   * @param {{start: number, end: number, key?: string, used?: boolean}[]} shown.pieces
   * @param {string|{start: number, end: number}|null} [shown.extension] as the server says it; found
   *   after the last piece when it is not given
   * @param {boolean} [shown.readOnly] whether it cannot be cut
   */
  show({ name, pieces, extension, readOnly = false }) {
    const given = pieces
      .filter(({ start, end }) => start >= 0 && start < end)
      .map(({ start, end, key = "", used = true }) => ({ start, end, key, used }))
      .sort((one, other) => one.start - other.start);
    this.#readOnly = readOnly;
    const known = this.#pieces.filter(({ used }) => used);
    const used = given.filter((piece) => piece.used);
    if (name === this.#name && samePlaces(known, used)) {
      const keys = new Map(used.map(({ start, key }) => [start, key]));
      this.#pieces = this.#pieces.map((piece) => ({ ...piece, key: keys.get(piece.start) ?? piece.key }));
      if (extension !== undefined) this.#extension = extensionOf(name, this.#pieces, extension);
    } else {
      if (name !== this.#name) this.#caret = 0;
      this.#name = name;
      this.#characters = charactersOf(name);
      this.#pieces = given;
      this.#extension = extensionOf(name, given, extension);
      this.#history = [];
      this.#keys.clear();
    }
    this.#know();
    this.#render();
  }

  /** Take the last cut, join or leaving out back. */
  undo() {
    const before = this.#history.pop();
    if (!before) return;
    this.#pieces = before;
    this.#chosen = -1;
    this.#render();
    this.#say("Undone");
    this.#changed(this.pieces);
  }

  #text(part) {
    return textOf(this.#name, part);
  }

  // --- What is done ---

  #do(pieces, words) {
    if (samePlaces(pieces, this.#pieces) && pieces.every(({ used }, at) => used === this.#pieces[at].used)) return;
    this.#history.push(this.#pieces);
    this.#pieces = pieces.map((piece) => ({ ...piece, key: piece.key || (this.#keys.get(this.#text(piece)) ?? "") }));
    this.#chosen = -1;
    this.#acted = performance.now();
    this.#render();
    this.#say(words);
    this.#changed(this.pieces);
  }

  #know() {
    for (const piece of this.#pieces) if (piece.key) this.#keys.set(this.#text(piece), piece.key);
  }

  #act(stop, { stays = false } = {}) {
    if (!stop || this.#readOnly) return;
    this.#caret = stop.place;
    if (stop.kind === "cut") {
      const pieces = cut(this.#name, this.#pieces, stop.place);
      const [left, right] = [pieces[stop.part.at], pieces.length > this.#pieces.length ? pieces[stop.part.at + 1] : null];
      this.#do(pieces, right ? `Cut between ${this.#text(left)} and ${this.#text(right)}` : `Cut: ${this.#text(left)} stays`);
    } else if (stop.kind === "gap") {
      const pieces = takeIn(this.#name, this.#pieces, stop.part);
      const joined = pieces.length < this.#pieces.length;
      const made = pieces[joined ? stop.part.at - 1 : Math.min(stop.part.at, pieces.length - 1)];
      this.#do(pieces, joined ? `Joined to ${this.#text(made)}` : `Now a piece: ${this.#text(made)}`);
    }
    if (stays) this.#box.focus();
  }

  #join(first, last) {
    this.#caret = this.#pieces[first].end;
    const pieces = join(this.#pieces, first, last);
    this.#do(pieces, `Joined to ${this.#text(pieces[first])}`);
  }

  #drop(at) {
    if (at === null || this.#readOnly) return;
    const pieces = toggle(this.#pieces, at);
    this.#do(pieces, `${this.#text(pieces[at])} is ${pieces[at].used ? "used again" : "not used"}`);
  }

  // --- What is shown ---

  #render() {
    this.#parts = partsOf(this.#name, this.#pieces, this.#extension);
    this.#stops = this.#readOnly ? [] : this.#parts.flatMap((part) => this.#stopsOf(part));
    this.#box.dir = directionOf(this.#name);
    this.#box.tabIndex = this.#readOnly ? -1 : 0;
    this.#box.toggleAttribute("data-read-only", this.#readOnly);
    this.#box.setAttribute("aria-label", this.#inWords());
    this.#box.replaceChildren(...this.#parts.map((part, number) => this.#partElement(part, number)));
    this.#box.nextElementSibling.hidden = this.#readOnly;
    this.#buttons.undo.hidden = this.#history.length === 0;
    this.#mark();
  }

  #stopsOf(part) {
    if (part.kind === "extension") return [];
    if (part.kind === "gap") return [{ kind: "gap", part, place: part.start }];
    const inside = this.#characters.filter(({ start }) => start > part.start && start < part.end);
    // One character cannot be cut, only left out.
    if (inside.length === 0) return [{ kind: "piece", part, place: part.start }];
    return inside.map(({ start }) => ({ kind: "cut", part, place: start }));
  }

  #inWords() {
    const pieces = this.#pieces.map((piece) => {
      const told = piece.used ? piece.key : "not used";
      return told ? `${this.#text(piece)} (${told})` : this.#text(piece);
    });
    return `${this.#name} in ${pieces.length} ${pieces.length === 1 ? "piece" : "pieces"}: ${pieces.join(", ")}`;
  }

  #partElement(part, number) {
    const characters = this.#characters.filter(({ start }) => start >= part.start && start < part.end);
    if (part.kind !== "piece") {
      const text = characters.map(({ text: each }) => (/^\s+$/.test(each) ? "␣" : each)).join("");
      const shown = element("span", { class: `omp-cut-${part.kind}`, "data-part": number, "data-touching": part.start === part.end, dir: "auto" }, text);
      if (part.kind === "gap" && !this.#readOnly) shown.title = this.#gapWords(part);
      return shown;
    }
    const piece = this.#pieces[part.at];
    const text = element("span", { class: "omp-cut-text" }, ...characters.map((each) => this.#characterElement(each)));
    const below = piece.used ? piece.key || "Name this…" : "Not used";
    const label = { class: "omp-cut-key", "data-empty": !piece.key || !piece.used, dir: "auto" };
    const named = piece.used && this.#naming && !this.#readOnly;
    const key = named ? button(below, () => this.#naming(part.at), { ...label, tabindex: -1 }) : element("span", label, below);
    const chip = element("span", { class: "omp-cut-chip" }, text);
    if (!this.#readOnly) {
      const what = `${piece.used ? "Don’t use" : "Use"} “${this.#text(piece)}”`;
      const drop = button(piece.used ? "×" : "+", () => this.#isAgain() || this.#drop(part.at), { class: "omp-cut-drop", tabindex: -1, "aria-label": what });
      drop.title = what;
      chip.append(drop);
    }
    return element("span", { class: "omp-cut-piece", "data-part": number, "data-tone": part.at % 2, "data-unused": !piece.used }, chip, key);
  }

  #characterElement({ text, start, end }) {
    return element("span", { class: "omp-cut-character", "data-start": start, "data-end": end, "data-rtl": isRightToLeft(text) }, text);
  }

  #gapWords({ at, start, end }) {
    if (!isSign(this.#text({ start, end })) && start < end) return "Make this a piece";
    const beside = [this.#pieces[at - 1], this.#pieces[at]].filter(Boolean).map((piece) => `“${this.#text(piece)}”`);
    return beside.length === 2 ? `Join ${beside.join(" and ")}` : `Add to ${beside[0] ?? "a piece"}`;
  }

  /** Show where the keys or the finger are. */
  #mark() {
    for (const each of this.#box.querySelectorAll("[data-mark], [data-caret]")) {
      each.removeAttribute("data-mark");
      each.removeAttribute("data-caret");
    }
    const stop = this.#stop;
    const { act, drop } = this.#buttons;
    act.hidden = !stop || stop.kind === "piece" || !this.#box.hasAttribute("data-keys");
    drop.hidden = !stop || this.#pieceOf(stop) === null || !this.#box.hasAttribute("data-keys");
    if (!stop) return;
    this.#elementOf(stop)?.setAttribute("data-caret", "");
    const word = stop.kind === "gap" && stop.part.start < stop.part.end && !isSign(this.#text(stop.part));
    act.textContent = stop.kind === "cut" ? "Cut here" : word ? "Make this a piece" : "Join here";
    drop.textContent = this.#pieces[this.#pieceOf(stop)]?.used ? "Don’t use this" : "Use this";
  }

  #elementOf({ kind, part, place }) {
    const shown = this.#box.querySelector(`[data-part="${this.#parts.indexOf(part)}"]`);
    return kind === "cut" ? shown?.querySelector(`[data-start="${place}"]`) : shown;
  }

  #say(words) {
    this.#status.textContent = words;
  }

  // --- Keys ---

  /** @returns {object|undefined} the place to cut or join that is nearest to the caret */
  get #stop() {
    const far = ({ place }) => Math.abs(place - this.#caret);
    return this.#stops.reduce((best, each) => (best && far(best) <= far(each) ? best : each), undefined);
  }

  #pieceOf(stop) {
    return stop && stop.kind !== "gap" ? stop.part.at : null;
  }

  #listen() {
    const box = this.#box;
    box.addEventListener("keydown", (event) => this.#key(event));
    box.addEventListener("focus", () => {
      if (!box.matches(":focus-visible")) return;
      box.toggleAttribute("data-keys", true);
      this.#mark();
    });
    box.addEventListener("pointerdown", (event) => this.#press(event));
    box.addEventListener("pointermove", (event) => this.#move(event));
    box.addEventListener("pointerup", (event) => this.#release(event));
    for (const end of ["pointercancel", "pointerleave"]) box.addEventListener(end, () => this.#forget());
  }

  #key(event) {
    if (event.target !== this.#box || this.#readOnly || event.altKey) return;
    const command = event.ctrlKey || event.metaKey;
    const at = this.#stops.indexOf(this.#stop);
    const forward = this.#box.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const to = { Home: 0, End: this.#stops.length - 1, ArrowDown: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, ArrowRight: at + 1, [forward]: at + 1 }[event.key];
    if (command) {
      if (event.key.toLowerCase() !== "z" || event.shiftKey) return;
      this.undo();
    } else if (to !== undefined) {
      if (forward === "ArrowLeft" && event.key === "ArrowRight") this.#go(at - 1);
      else this.#go(to);
    } else if (event.key === "Enter" || event.key === " ") this.#act(this.#stop);
    else if (event.key === "Delete" || event.key === "Backspace") this.#drop(this.#pieceOf(this.#stop));
    else return;
    event.preventDefault();
    this.#box.toggleAttribute("data-keys", true);
    this.#mark();
  }

  #go(at) {
    const stop = this.#stops[Math.max(0, Math.min(this.#stops.length - 1, at))];
    if (!stop) return;
    this.#caret = stop.place;
    this.#say(this.#stopWords(stop));
  }

  #stopWords({ kind, part, place }) {
    if (kind === "piece") return `${this.#text(part)}, one character`;
    if (kind === "gap") {
      const sign = this.#text(part);
      return sign ? `“${sign}”: ${this.#gapWords(part)}` : this.#gapWords(part);
    }
    return `Between ${this.#text({ start: part.start, end: place })} and ${this.#text({ start: place, end: part.end })}`;
  }

  // --- Mouse and finger ---

  #isAgain() {
    return performance.now() - this.#acted < AGAIN_MS;
  }

  #press(event) {
    if (this.#readOnly || this.#isAgain() || event.button !== 0 || event.target.closest("button")) return;
    const part = this.#partAt(event);
    this.#down = part === null ? null : { from: part, to: part, touch: event.pointerType === "touch" };
  }

  #move(event) {
    if (this.#readOnly) return;
    if (this.#down) {
      const to = this.#partAt(event);
      if (to !== null) this.#down.to = to;
      this.#range();
      return;
    }
    this.#unmark();
    if (event.pointerType === "touch") return;
    const stop = this.#stopAt(event);
    if (stop) this.#elementOf(stop)?.setAttribute("data-mark", "");
  }

  #release(event) {
    const down = this.#down;
    this.#down = null;
    this.#unmark();
    if (!down) return;
    const [first, last] = this.#piecesIn(down);
    if (down.from !== down.to) {
      if (last > first) this.#join(first, last);
      return;
    }
    const stop = this.#stopAt(event);
    if (!stop) return;
    this.#box.toggleAttribute("data-keys", down.touch);
    if (down.touch && this.#chosen !== stop.place) [this.#caret, this.#chosen] = [stop.place, stop.place];
    else this.#act(stop);
    this.#mark();
  }

  #forget() {
    this.#down = null;
    this.#unmark();
  }

  #unmark() {
    for (const each of this.#box.querySelectorAll("[data-mark], [data-joining]")) {
      each.removeAttribute("data-mark");
      each.removeAttribute("data-joining");
    }
  }

  #range() {
    this.#unmark();
    const [first, last] = this.#piecesIn(this.#down);
    if (last <= first) return;
    this.#parts.forEach(({ kind, at }, number) => {
      const inside = kind === "piece" ? at >= first && at <= last : at > first && at <= last;
      if (inside) this.#box.querySelector(`[data-part="${number}"]`).setAttribute("data-joining", "");
    });
  }

  /** The first and the last piece that a drag touches. */
  #piecesIn({ from, to }) {
    const [low, high] = [Math.min(from, to), Math.max(from, to)];
    const touched = this.#parts.slice(low, high + 1).filter(({ kind }) => kind === "piece");
    return [touched[0]?.at ?? 0, touched.at(-1)?.at ?? -1];
  }

  #partAt({ clientX, clientY }) {
    // A finger keeps the element that it touched first as its target.
    const found = document.elementFromPoint(clientX, clientY)?.closest("[data-part]");
    return found && this.#box.contains(found) ? Number(found.dataset.part) : null;
  }

  /** The place to cut or join that is below the mouse. */
  #stopAt({ clientX, clientY }) {
    const found = document.elementFromPoint(clientX, clientY);
    if (!found || !this.#box.contains(found) || found.closest("button")) return undefined;
    const shown = found.closest("[data-part]");
    const part = shown && this.#parts[Number(shown.dataset.part)];
    if (!part) return undefined;
    const stops = this.#stops.filter((stop) => stop.part === part);
    if (part.kind !== "piece") return stops[0];
    const character = found.closest(".omp-cut-character");
    if (!character) return undefined;
    const { left, width } = character.getBoundingClientRect();
    const before = clientX < left + width / 2 !== "rtl" in character.dataset;
    const place = Number(before ? character.dataset.start : character.dataset.end);
    const far = (stop) => Math.abs(stop.place - place);
    return stops.reduce((best, each) => (best && far(best) <= far(each) ? best : each), undefined);
  }
}
