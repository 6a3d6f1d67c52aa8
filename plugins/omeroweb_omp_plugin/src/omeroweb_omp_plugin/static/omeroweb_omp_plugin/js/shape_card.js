/** Names of one shape: how many there are, one of them in pieces, and the keys of the pieces. */

import { element } from "../../omero_plugin_common/js/dom.js";
import { counted, number } from "../../omero_plugin_common/js/format.js";
import { CutName } from "./cut_name.js";

export class ShapeCard {
  #place;
  #typed;
  #keys = element("ol", { class: "omp-keys" });
  #title = element("h4", { class: "omp-shape-title" });
  #name;
  // What the boxes are for: they are replaced when it changes.
  #built = "";

  /**
   * @param {number} place of the shape; 0 is the commonest
   * @param {object} options
   * @param {(place: number, keys: string[]) => void} options.typed told of the keys in the boxes
   * @param {(cut: {name: string, pieces: object[]}) => void} options.cut told how the user has cut
   *   the name; only names of the commonest shape can be cut
   */
  constructor(place, { typed, cut }) {
    this.#place = place;
    this.#typed = typed;
    const name = element("div", {});
    this.#name = new CutName(name, { changed: (pieces) => cut({ name: this.#name.name, pieces }), naming: (at) => this.#focus(at) });
    this.node = element("section", { class: "omp-shape" }, this.#title, name, this.#keys);
    this.#keys.addEventListener("input", () => this.#typed(this.#place, this.keys));
  }

  get place() {
    return this.#place;
  }

  /** @returns {string[]} the keys in the boxes, by position */
  get keys() {
    return [...this.#keys.children].map((each) => each.querySelector("input")?.value.trim() ?? "");
  }

  /**
   * @param {object} told the shape as the server tells it
   * @param {string[]} keys what the user calls the pieces; none: as the server does
   * @param {number} images how many there are in all
   * @param {{name: string, pieces: object[]}|null} cut the name that the user cut
   */
  show(told, keys, images, cut) {
    const shape = cut ? asCut(told, cut) : told;
    const pieces = piecesOf(shape);
    this.#title.textContent = titleOf(shape.names, images);
    const width = Math.max(pieces.length, keys.length);
    const all = Array.from({ length: width }, (_, at) => pieces[at] ?? { text: "", key: "", own: true });
    const built = all.map(({ own }) => own).join();
    if (built !== this.#built) {
      this.#built = built;
      this.#keys.replaceChildren(...all.map((each, at) => this.#box(each, at)));
    }
    const shown = all.map(({ key }, at) => (keys.length ? keys[at] ?? "" : key));
    [...this.#keys.children].forEach((item, at) => this.#fill(item, all[at], shown[at]));
    this.#name.show({ name: shape.example, pieces: withKeys(cut?.pieces ?? shape.pieces, shown), readOnly: this.#place > 0 });
  }

  /** The key below a piece was clicked. */
  #focus(at) {
    const used = this.#name.pieces.slice(0, at).filter((piece) => piece.used).length;
    this.#keys.children[used]?.querySelector("input")?.focus();
  }

  #box({ own }, at) {
    const of = this.#place ? `, names of shape ${this.#place + 1}` : "";
    const id = `omp-piece-${this.#place}-${at}`;
    const box = own ? element("input", {
      class: "op-input", list: "omp-offered", maxlength: 255, autocomplete: "off", placeholder: "Name this…",
      "aria-label": `Key of piece ${at + 1}${of}`, "aria-describedby": `${id} ${id}-note`,
    }) : element("span", { class: "omp-same-key" });
    return element("li", {}, element("span", { class: "omp-piece-text", id }), box, element("span", { class: "omp-key-note", id: `${id}-note` }));
  }

  #fill(item, { text, key }, wanted) {
    const box = item.querySelector("input");
    item.querySelector(".omp-piece-text").textContent = text ? `“${text}”` : "no such piece";
    item.classList.toggle("omp-unnamed", !wanted);
    if (!box) {
      item.querySelector(".omp-same-key").textContent = key || "not written";
      return;
    }
    // Nobody's typing is disturbed.
    if (box !== document.activeElement && box.value.trim() !== wanted) box.value = wanted;
    item.querySelector(".omp-key-note").textContent = note(wanted, key, text);
  }
}

/** @param {object} shape @returns {object[]} its pieces with their texts */
export function piecesOf({ example, pieces }) {
  const signs = [...example];
  return pieces.map((piece) => ({ ...piece, text: piece.start < 0 ? "" : signs.slice(piece.start, piece.end).join("") }));
}

/** A shape as its user has cut one of its names. */
function asCut({ names, place, pieces }, cut) {
  const used = cut.pieces.filter((piece) => piece.used ?? true);
  return { names, place, example: cut.name, pieces: used.map((piece, at) => ({ ...piece, key: pieces[at]?.key ?? "", own: true })) };
}

/** Pieces with the keys that are shown; those that are left out have none. */
function withKeys(pieces, keys) {
  let at = 0;
  return pieces.map((piece) => ({ ...piece, key: piece.used ?? true ? keys[at++] ?? "" : "" }));
}

function titleOf(names, images) {
  if (names === 0) return "No name has these pieces. One of them:";
  if (names === images) return images === 1 ? "The name" : `All ${counted(images, "name")} look like this`;
  return `${number(names)} of ${counted(images, "name")} ${names === 1 ? "looks" : "look"} like this`;
}

function note(wanted, key, text) {
  if (!text) return "";
  if (!wanted) return "not written";
  return key && key !== wanted ? `written as “${key}”` : "";
}
