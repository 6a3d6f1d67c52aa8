/** Step 2: how names are cut, and what their pieces are called. */

import { button, element } from "../../omero_plugin_common/js/dom.js";
import { counted } from "../../omero_plugin_common/js/format.js";
import { debounced } from "../../omero_plugin_common/js/newest.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";
import { Constants } from "./constants.js";
import { describe } from "./detected.js";
import { part } from "./page_parts.js";
import { AS_FOUND, forServer, wayOf } from "./reading.js";
import { piecesOf, ShapeCard } from "./shape_card.js";

const LABELS = { separators: "Signs", regex: "Regular expression (RE2)" };
const HINTS = {
  separators: "The signs between the pieces, such as _- (a space counts, too). Several in a row count as one.",
  regex: "Named groups are keys: (?P<Line>[A-Za-z]+)_(?P<Dose>\\d+). Without named groups, the expression says where to cut.",
  hand: "All names are cut in the same way as the one below.",
};
// Until images are chosen.
const NOTHING = { pattern: "", names: [], separators: [], labels: [], pieces: [], remarks: [], scheme: null };

export class Names {
  #reading = AS_FOUND;
  #detected = NOTHING;
  #shapes = [];
  #images = 0;
  #cards = [];
  // Keys that were typed, by the piece that they were typed for.
  #known = new Map();
  // What the automatic way made of the names: a start for an expression.
  #automatic = null;
  // How names were read before typed keys were dropped.
  #earlier = null;
  #touched = false;
  #constants;
  #changing;
  #changed;
  #keep;
  #patternOf;

  /**
   * @param {object} options
   * @param {() => void} options.changing what is being read is not wanted any more
   * @param {() => void} options.changed the names are to be read in another way
   * @param {(reading: Reading) => void} options.keep called with what the user has typed or loaded
   * @param {(name: string, pieces: object[]) => Promise<Reading>} options.patternOf gives the
   *   expression that cuts all names as one of them was cut, and its keys
   */
  constructor({ changing, changed, keep, patternOf }) {
    this.#changed = changed;
    this.#changing = changing;
    this.#keep = keep;
    this.#patternOf = patternOf;
    const later = debounced(changed);
    this.#later = () => {
      changing();
      later();
    };
    this.#constants = new Constants((constants) => this.#take({ constants }));
    for (const radio of ways()) radio.addEventListener("change", () => this.#switch(radio.value));
    part("pattern").addEventListener("input", () => {
      this.#leave();
      this.#take({ pattern: part("pattern").value, names: [], shapeNames: [] });
    });
    part("from-found").addEventListener("click", () => this.#startFromFound());
  }

  #later;

  /** @returns {boolean} whether the user has typed, cut or loaded something for this selection */
  get touched() {
    return this.#touched;
  }

  /** @returns {object} for the server */
  get settings() {
    return forServer(this.#reading);
  }

  /** @returns {Reading} with all keys that are shown */
  get reading() {
    const [first] = this.#cards;
    return this.#reading.names.length || !first ? this.#reading : { ...this.#reading, names: first.keys };
  }

  /** @returns {object} what the server found in the names */
  get detected() {
    return this.#detected;
  }

  /** @returns {string} the signs or the expression, also where they were detected */
  get pattern() {
    return this.#reading.mode === "detect" ? this.#detected.pattern : this.#reading.pattern;
  }

  /** @returns {string[]} the keys of the commonest shape, by position; an empty one is not written */
  get keys() {
    return this.#cards[0]?.keys ?? this.#reading.names;
  }

  /**
   * A selection was made.
   *
   * @param {object} detected what the server found
   * @param {Reading} reading how the names are read at first
   */
  begin(detected, reading) {
    this.#detected = detected;
    this.#known.clear();
    this.#earlier = null;
    this.#automatic = null;
    this.#touched = false;
    // Keys by position are for the pieces that were there when they were typed.
    const others = reading.mode === "detect" && reading.found !== undefined && reading.found !== found(detected);
    if (others) this.#earlier = reading;
    this.#reading = others ? { ...reading, names: [], shapeNames: [], found: undefined } : reading;
    this.#render();
  }

  /** Other datasets of the same project were ticked: what the user typed stays. */
  goOn(detected) {
    const reading = { found: found(this.#detected), ...this.#reading };
    this.#leave();
    const known = new Map(this.#known);
    this.begin(detected, reading);
    this.#known = known;
    this.#touched = true;
  }

  /** Take a reading over: of a saved set, of a model. */
  use(reading) {
    this.#leave();
    this.#reading = { ...AS_FOUND, constants: this.#reading.constants, ...reading };
    this.#render();
    this.#store();
  }

  /** @param {string[]} names offered for keys, before those of the site */
  offer(names) {
    const list = part("offered");
    for (const own of list.querySelectorAll("[data-own]")) own.remove();
    list.prepend(...names.map((name) => element("option", { value: name, "data-own": true })));
  }

  /**
   * The names have been read: show their shapes.
   *
   * @param {object} made the preview
   * @param {number} images how many there are
   * @returns {boolean} whether pieces got keys now, so that the names are to be read again
   */
  show({ shapes, mismatching }, images) {
    this.#shapes = shapes;
    this.#images = images;
    const again = this.#carry();
    this.#renderShapes(mismatching);
    if (this.#reading.mode === "detect") this.#automatic = { cut: this.#cutName, keys: this.keys };
    if (!again) this.#tellDropped();
    return again;
  }

  /** The names could not be read: nothing is under way here. */
  failed() {
    part("keys-hint").textContent = "Shown as soon as the names are read: see step 3.";
  }

  /** @param {string|null} message why an expression was refused; nothing when it was not */
  refuse(message) {
    if (message) part("keys-hint").textContent = "Correct the expression first: the pieces are then shown here.";
    part("shapes").hidden = Boolean(message);
    const place = part("pattern-error");
    place.hidden = !message;
    place.textContent = message ?? "";
    if (message) part("pattern").setAttribute("aria-invalid", "true");
    else part("pattern").removeAttribute("aria-invalid");
  }

  /** What the user typed is part of the reading now. */
  #take(part_) {
    this.#reading = { ...this.#reading, ...part_ };
    this.#store();
    this.#later();
  }

  #store() {
    if (this.#detected === NOTHING) return;
    this.#touched = true;
    this.#reading = { ...this.#reading, found: found(this.#detected) };
    this.#keep(this.#reading);
  }

  /** Keys are typed for the shape of a card. */
  #typed(place, keys) {
    this.#earlier = null;
    this.#tellDropped();
    if (place === 0) {
      this.#take({ names: keys });
      return;
    }
    const shapeNames = [...this.#reading.shapeNames];
    while (shapeNames.length < place) shapeNames.push([]);
    shapeNames[place - 1] = keys;
    this.#take({ shapeNames });
  }

  /** Another way of cutting is chosen. */
  async #switch(way) {
    this.#leave();
    this.#changing();
    const constants = this.#reading.constants;
    if (way === "detect") this.#set({ ...AS_FOUND, constants });
    else if (way === "separators") this.#set({ ...AS_FOUND, mode: "separators", pattern: this.#separators, constants });
    else await this.#byExpression(way);
  }

  get #separators() {
    return this.#reading.mode === "separators" ? this.#reading.pattern : this.#detected.pattern;
  }

  /** Start from the pieces that are shown. */
  async #byExpression(way) {
    const [cut, keys] = [this.#cutName, this.keys];
    await this.#fromPieces(way, cut, keys);
  }

  /** The user has cut the name that is shown. */
  #cut(cut) {
    this.#leave();
    this.#changing();
    this.#fromPieces("hand", cut, cut.pieces.filter(({ used }) => used).map(({ key }) => key));
  }

  async #startFromFound() {
    if (!this.#automatic) {
      await this.#switch("detect");
      return;
    }
    this.#leave();
    this.#changing();
    await this.#fromPieces("regex", this.#automatic.cut, this.#automatic.keys);
  }

  /** Read the names by the expression that these pieces of a name make. */
  async #fromPieces(way, cut, keys) {
    let at = 0;
    const pieces = cut.pieces.map(({ start, end, used = true }) => ({ start, end, used, key: used ? keys[at++] ?? "" : "" }));
    const before = this.#reading;
    const asked = { ...AS_FOUND, mode: "regex", constants: before.constants, cut: way === "hand" ? { name: cut.name, pieces } : null };
    this.#reading = asked;
    this.#render();
    if (pieces.length === 0 && way === "regex") {
      // Nothing was found to start from.
      this.#set({ ...asked, pattern: "(?P<Name>.+)" });
      return;
    }
    // What arrives must not be mixed with what somebody types.
    part("pattern").readOnly = true;
    try {
      const { pattern, names } = await this.#patternOf(cut.name, pieces);
      // Another way may have been chosen meanwhile.
      if (this.#reading === asked) this.#set({ ...asked, pattern, names });
    } catch (error) {
      toastError(error);
      if (this.#reading === asked) this.#set(before);
    } finally {
      part("pattern").readOnly = false;
    }
  }

  /** The name that is shown first, and its pieces. */
  get #cutName() {
    if (this.#reading.cut) return this.#reading.cut;
    const [first] = this.#shapes;
    return first ? { name: first.example, pieces: piecesOf(first).filter(({ start }) => start >= 0) } : { name: this.#detected.groups[0]?.example ?? "", pieces: [] };
  }

  #set(reading) {
    this.#reading = reading;
    this.refuse(null);
    this.#render();
    this.#store();
    this.#changed();
  }

  /** Pieces are about to be others: remember what they are called. */
  #leave() {
    if (this.#typedKeys.length) this.#earlier ??= this.reading;
    const [first] = this.#shapes;
    if (!first || !this.#cards.length) return;
    const { keys } = this.#cards[0];
    told(piecesOf(first)).forEach((piece, at) => {
      if (piece) this.#known.set(piece, keys[at] ?? "");
    });
  }

  get #typedKeys() {
    return typedIn(this.#reading, this.#detected);
  }

  /** A piece that stays keeps its key. @returns {boolean} whether one got another key so */
  #carry() {
    const [first] = this.#shapes;
    if (!first || this.#reading.names.length || this.#known.size === 0) return false;
    const pieces = piecesOf(first);
    // What an expression names itself is meant so.
    const named = this.#reading.mode === "regex";
    const texts = told(pieces);
    const keys = pieces.map(({ key }, at) => (named && key) || this.#known.get(texts[at]) || key);
    if (keys.every((key, at) => key === pieces[at].key)) return false;
    this.#reading = { ...this.#reading, names: keys };
    this.#store();
    return true;
  }

  /** Say which typed keys are not used any more. */
  #tellDropped() {
    const shown = new Set(this.#cards.flatMap(({ keys }) => keys));
    const lost = this.#earlier ? typedIn(this.#earlier, this.#detected).filter((key) => !shown.has(key)) : [];
    if (lost.length === 0) this.#earlier = null;
    const line = part("dropped");
    line.hidden = lost.length === 0;
    if (lost.length === 0) return;
    const { length } = lost;
    line.replaceChildren(
      `The names are cut in another way now: ${length === 1 ? "the key" : "the keys"} ${lost.map((key) => `“${key}”`).join(", ")} ${length === 1 ? "is" : "are"} not used. `,
      button("Undo", () => {
        const earlier = this.#earlier;
        this.#earlier = null;
        this.#known.clear();
        this.#changing();
        this.#set({ ...earlier, found: undefined });
        this.#tellDropped();
      }, { class: "op-button op-button-plain" }));
  }

  #render() {
    const way = wayOf(this.#reading);
    for (const radio of ways()) radio.checked = radio.value === way;
    part("mode-hint").textContent = way === "detect" ? describe(this.#detected) : HINTS[way] ?? "";
    const remarks = way === "detect" ? this.#detected.remarks : [];
    part("remarks").hidden = remarks.length === 0;
    part("remarks").replaceChildren(...remarks.map((each) => element("li", {}, each)));
    part("pattern-field").hidden = !(way in LABELS);
    part("pattern-label").textContent = LABELS[way] ?? "";
    part("from-found").hidden = way !== "regex";
    if (part("pattern").value !== this.#reading.pattern) part("pattern").value = this.#reading.pattern;
    this.#constants.show(this.#reading.constants);
    this.refuse(null);
  }

  #renderShapes(mismatching) {
    while (this.#cards.length > this.#shapes.length) this.#cards.pop().node.remove();
    this.#shapes.forEach((shape, at) => {
      if (this.#cards[at]?.place !== shape.place) {
        const card = new ShapeCard(shape.place, { typed: (place, keys) => this.#typed(place, keys), cut: (cut) => this.#cut(cut) });
        if (this.#cards[at]) this.#cards[at].node.replaceWith(card.node);
        else part("shapes").append(card.node);
        this.#cards[at] = card;
      }
      const keys = shape.place ? this.#reading.shapeNames[shape.place - 1] ?? [] : this.#reading.names;
      this.#cards[at].show(shape, keys, this.#images, shape.place ? null : this.#reading.cut);
    });
    const pieces = this.#cards.some(({ keys }) => keys.length);
    part("keys-hint").textContent = pieces ? "Each piece gets a key; a piece without one is not written." : "No piece was found. Try other signs, or cut by hand.";
    part("others").hidden = !mismatching || this.#shapes.length === 0;
    const nameable = this.#shapes.slice(1).some(({ pieces }) => pieces.some(({ own }) => own));
    const one = mismatching === 1;
    part("others").textContent = `${counted(mismatching, "name")} ${one ? "has" : "have"} another shape and ${one ? "is" : "are"} skipped. ${nameable ? "Name their keys here, or tick" : "Tick"} them in step 3, under “Not fitting”, to write them.`;
  }
}

/** Tells pieces by their text, and equal ones by their order; nothing for one without a text. */
function told(pieces) {
  const seen = new Map();
  return pieces.map(({ text }) => {
    seen.set(text, (seen.get(text) ?? 0) + 1);
    return text && `${seen.get(text)} ${text}`;
  });
}

/** What tells whether keys by position are still for the same pieces. */
function found({ pattern, names, scheme }) {
  return JSON.stringify([scheme?.name ?? null, pattern, names.length]);
}

/** The keys of a reading that nothing else than its user names. */
function typedIn({ names, shapeNames }, detected) {
  const proposed = new Set(detected.names);
  return [...names, ...shapeNames.flat()].filter((key) => key && !proposed.has(key));
}

function ways() {
  return [...document.querySelectorAll("[name=omp-mode]")];
}
