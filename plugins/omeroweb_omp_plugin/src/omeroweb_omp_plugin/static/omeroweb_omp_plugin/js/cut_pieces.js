/**
 * One name cut into pieces: what a cut, a join and leaving out do to them.
 *
 * Places count Unicode code points, as the server does, and not the UTF-16 units of JavaScript: an
 * emoji is one. Pieces are `{ start, end, key, used }`, in the order of the name.
 */

const WORD = /[\p{L}\p{N}\p{M}\p{Extended_Pictographic}]/u;
const STRONG = /\p{L}/u;
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
// Without Intl.Segmenter: a character with its marks, and what a joiner or a variant belongs to.
const CHARACTER = /\p{RI}\p{RI}|[^](?:[\p{M}\u{fe0e}\u{fe0f}\u{1f3fb}-\u{1f3ff}]|\u{200d}\p{Extended_Pictographic})*/gu;

/**
 * What a reader takes for one character: a letter with its accents, an emoji of several parts.
 *
 * @param {string} name
 * @returns {{text: string, start: number, end: number}[]}
 */
export function charactersOf(name) {
  const texts = Intl.Segmenter
    ? [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(name)].map(({ segment }) => segment)
    : name.match(CHARACTER) ?? [];
  let place = 0;
  return texts.map((text) => {
    const start = place;
    place += [...text].length;
    return { text, start, end: place };
  });
}

/** @returns {string} a part of a name */
export function textOf(name, { start, end }) {
  return [...name].slice(start, end).join("");
}

/** @returns {boolean} whether a text has no letter, digit or picture */
export function isSign(text) {
  return !WORD.test(text);
}

/** @returns {boolean} whether a character is written from right to left */
export function isRightToLeft(text) {
  return RIGHT_TO_LEFT.test(text);
}

/** @returns {"ltr"|"rtl"} the direction of the first letter */
export function directionOf(name) {
  return isRightToLeft(name.match(STRONG)?.[0] ?? "") ? "rtl" : "ltr";
}

/**
 * Where the extension of a name is.
 *
 * @param {string} name
 * @param {{start: number, end: number}[]} pieces
 * @param {string|{start: number, end: number}|null|undefined} given as the server says it; without
 *   it, what follows the last piece and looks like one
 * @returns {{start: number, end: number}}
 */
export function extensionOf(name, pieces, given) {
  const characters = [...name];
  const length = characters.length;
  if (given && typeof given === "object") return { start: given.start, end: given.end };
  if (given) {
    const at = name.lastIndexOf(given);
    if (at < 0) return { start: length, end: length };
    const start = [...name.slice(0, at)].length;
    return { start, end: start + [...given].length };
  }
  const start = pieces.at(-1)?.end ?? length;
  const looksLikeOne = given === undefined && /^(?:\.[\p{L}\p{N}]{1,12})+$/u.test(textOf(name, { start, end: length }));
  return { start: looksLikeOne ? start : length, end: length };
}

/**
 * The name in parts: pieces and what is between them. A gap is there also where two pieces touch.
 *
 * @returns {{kind: "piece"|"gap"|"extension", at: number, start: number, end: number}[]} `at` is the
 *   place of the piece among the pieces, or of the piece after the gap
 */
export function partsOf(name, pieces, extension) {
  const length = [...name].length;
  const parts = [];
  let place = 0;
  const fill = (end, at) => {
    const outside = extension.start >= place && extension.end <= end && extension.start < extension.end;
    const spans = outside
      ? [["gap", place, extension.start], ["extension", extension.start, extension.end], ["gap", extension.end, end]]
      : [["gap", place, end]];
    const shown = spans.filter(([, start, stop]) => start < stop);
    // Pieces that touch can be joined, too.
    if (shown.length === 0 && at > 0 && at < pieces.length) shown.push(["gap", place, end]);
    for (const [kind, start, stop] of shown) parts.push({ kind, at, start, end: stop });
    place = end;
  };
  pieces.forEach((piece, at) => {
    fill(piece.start, at);
    parts.push({ kind: "piece", at, start: piece.start, end: piece.end });
    place = piece.end;
  });
  fill(length, pieces.length);
  return parts;
}

/**
 * Cut a piece. A sign beside the cut belongs to no piece then, unless the cut is between two signs.
 *
 * @param {string} name
 * @param {object[]} pieces
 * @param {number} place between two characters of a piece
 * @returns {object[]}
 */
export function cut(name, pieces, place) {
  const characters = [...name];
  return pieces.flatMap((piece) => {
    if (place <= piece.start || place >= piece.end) return [piece];
    let [left, right] = [place, place];
    const [before, after] = [isSign(characters[place - 1]), isSign(characters[place])];
    while (before && !after && left > piece.start && isSign(characters[left - 1])) left -= 1;
    while (after && !before && right < piece.end && isSign(characters[right])) right += 1;
    const parts = [{ ...piece, end: left }, { ...piece, start: right }].filter(
      (part) => part.start < part.end && !isSign(textOf(name, part)),
    );
    if (parts.length === 0) return [piece];
    return parts.map((part, at) => ({ ...part, key: at === 0 ? piece.key : "" }));
  });
}

/** Make one piece of several. The first key stays. */
export function join(pieces, first, last) {
  const joined = pieces.slice(first, last + 1);
  const made = {
    start: joined[0].start,
    end: joined.at(-1).end,
    key: joined.find(({ key }) => key)?.key ?? "",
    used: joined.some(({ used }) => used),
  };
  return [...pieces.slice(0, first), made, ...pieces.slice(last + 1)];
}

/**
 * Take a gap in: signs join the pieces beside them, a word becomes a piece of its own.
 *
 * @param {string} name
 * @param {object[]} pieces
 * @param {{at: number, start: number, end: number}} gap of `partsOf`
 * @returns {object[]}
 */
export function takeIn(name, pieces, { at, start, end }) {
  const characters = [...name];
  let [from, to] = [start, end];
  while (from < to && isSign(characters[from])) from += 1;
  while (to > from && isSign(characters[to - 1])) to -= 1;
  if (from < to) return pieces.toSpliced(at, 0, { start: from, end: to, key: "", used: true });
  if (at > 0 && at < pieces.length) return join(pieces, at - 1, at);
  if (at > 0) return pieces.with(-1, { ...pieces[at - 1], end });
  return pieces.length ? pieces.with(0, { ...pieces[0], start }) : [{ start, end, key: "", used: true }];
}

/** Use a piece, or leave it out. */
export function toggle(pieces, at) {
  return pieces.with(at, { ...pieces[at], used: !pieces[at].used });
}

/** @returns {boolean} whether two lists have the same pieces, whatever they are called */
export function samePlaces(one, other) {
  return one.length === other.length && one.every(({ start, end }, at) => start === other[at].start && end === other[at].end);
}
