/**
 * How names are read: the one state of step 2. It is what the page shows, what it sends, and what
 * the tab keeps.
 *
 * @typedef {object} Reading
 * @property {"detect"|"separators"|"regex"} mode
 * @property {string} pattern the signs, or the expression; empty with `detect`
 * @property {string[]} names keys of the pieces by position, an empty one for a piece that is not
 *   written; none at all: the keys that are found
 * @property {string[][]} shapeNames the same for the names of the second shape, the third, …
 * @property {{key: string, value: string}[]} constants pairs that all images get
 * @property {{name: string, pieces: object[]}|null} cut the name that the user cut by hand
 * @property {string} [found] what was detected when the keys were typed
 */

/** @type {Reading} */
export const AS_FOUND = Object.freeze({ mode: "detect", pattern: "", names: [], shapeNames: [], constants: [], cut: null });

/** @param {Reading} reading @returns {object} as the server takes it */
export function forServer({ mode, pattern, names, shapeNames, constants }) {
  return {
    mode,
    pattern: mode === "detect" ? "" : pattern,
    names,
    shape_names: shapeNames,
    constants: constants.filter(({ key, value }) => key.trim() && value.trim()),
  };
}

/** @param {object} settings as the server stores them @returns {Reading} */
export function fromServer({ mode, pattern = "", names = [], shape_names: shapeNames = [], constants = [] }) {
  return { ...AS_FOUND, mode, pattern: mode === "detect" ? "" : pattern, names: names.map(named), shapeNames: shapeNames.map((each) => each.map(named)), constants };
}

/** A key as its box shows it: nothing when nobody has named it. */
function named(key) {
  return /^Var\d+(_\d+)?$/.test(key) ? "" : key;
}

/**
 * The way of reading that the radio buttons name.
 *
 * @param {Reading} reading
 * @returns {"detect"|"separators"|"hand"|"regex"}
 */
export function wayOf({ mode, cut }) {
  return cut ? "hand" : mode;
}
