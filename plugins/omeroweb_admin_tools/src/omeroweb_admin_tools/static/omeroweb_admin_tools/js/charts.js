/** Charts as SVG: bars for amounts, a line for growth. Colours are in the style sheet. */

const SVG = "http://www.w3.org/2000/svg";
const NARROWEST = 260;
const WIDEST = 900;
const ROW = 24;
const VALUE = 80;
// Of a letter, about.
const LETTER = 7;
const LINE_HEIGHT = 160;

/** Make an element of SVG; text is set as text. */
function shape(tag, attributes, text = null) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  if (text !== null) made.textContent = text;
  return made;
}

/** A drawing with a name for screen readers, in pixels of the page. */
function drawing(width, height, label) {
  return shape("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label });
}

/** How wide a drawing in this place is. */
function widthOf(place) {
  return Math.min(WIDEST, Math.max(NARROWEST, place.clientWidth));
}

function shortened(text, width) {
  const letters = [...text];
  const longest = Math.floor(width / LETTER) - 1;
  return letters.length > longest ? `${letters.slice(0, longest - 1).join("")}…` : text;
}

/**
 * Bars from the left, one below the other.
 *
 * @param {HTMLElement} place where it will be
 * @param {{name: string, amount: number}[]} rows
 * @param {(amount: number) => string} words for an amount
 * @param {string} label of the whole
 * @returns {SVGElement}
 */
export function bars(place, rows, words, label) {
  const width = widthOf(place);
  const names = Math.min(200, width * 0.4);
  const spoken = rows.map(({ name, amount }) => `${name}: ${words(amount)}`).join("; ");
  const chart = drawing(width, Math.max(1, rows.length) * ROW, `${label}. ${spoken}`);
  const most = Math.max(1, ...rows.map(({ amount }) => amount));
  const room = width - names - VALUE;
  rows.forEach(({ name, amount }, at) => {
    const y = at * ROW;
    const title = shape("title", {}, `${name}: ${words(amount)}`);
    const row = shape("g", {});
    row.append(
      title,
      shape("text", { x: 0, y: y + 16 }, shortened(name, names)),
      shape("rect", { class: "tools-bar-back", x: names, y: y + 3, width: room, height: ROW - 6 }),
      shape("rect", { class: "tools-bar", x: names, y: y + 3, width: (room * amount) / most, height: ROW - 6 }),
      shape("text", { x: width, y: y + 16, "text-anchor": "end" }, words(amount)),
    );
    chart.append(row);
  });
  return chart;
}

/**
 * A line over days.
 *
 * @param {HTMLElement} place where it will be
 * @param {{day: string, bytes: number}[]} days at least two, the oldest first
 * @param {(amount: number) => string} words for an amount
 * @param {string} label of the whole
 * @returns {SVGElement}
 */
export function line(place, days, words, label) {
  const width = widthOf(place);
  const first = days[0];
  const last = days[days.length - 1];
  const chart = drawing(width, LINE_HEIGHT, `${label}: ${words(first.bytes)} on ${first.day}, ${words(last.bytes)} on ${last.day}`);
  const bottom = LINE_HEIGHT - 24;
  const most = Math.max(1, ...days.map(({ bytes }) => bytes));
  const from = Date.parse(first.day);
  const span = Math.max(1, Date.parse(last.day) - from);
  const points = days.map(({ day, bytes }) => {
    const x = VALUE + ((width - VALUE - 2) * (Date.parse(day) - from)) / span;
    return `${x.toFixed(1)},${(bottom - ((bottom - 12) * bytes) / most).toFixed(1)}`;
  });
  chart.append(
    shape("line", { class: "tools-axis", x1: VALUE, y1: bottom, x2: width, y2: bottom }),
    shape("text", { x: 0, y: 16 }, words(most)),
    shape("text", { x: 0, y: bottom }, words(0)),
    shape("polyline", { class: "tools-line", points: points.join(" ") }),
    shape("text", { x: VALUE, y: LINE_HEIGHT - 6 }, first.day),
    shape("text", { x: width, y: LINE_HEIGHT - 6, "text-anchor": "end" }, last.day),
  );
  return chart;
}
