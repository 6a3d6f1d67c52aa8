/** Charts as SVG: bars for amounts, lines over time. Colours are in the style sheet. */

const SVG = "http://www.w3.org/2000/svg";
const NARROWEST = 260;
const WIDEST = 900;
const ROW = 24;
const VALUE = 80;
// Of a letter, about.
const LETTER = 7;
const LINE_HEIGHT = 160;
// Of several charts beside each other.
const SMALL_WIDTH = 340;
const COLOURS = 8;
const CLOCK = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

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

/**
 * Lines over a time, each with its name and last value below the drawing.
 *
 * @param {{name: string, points: [number, number][]}[]} series moments in seconds since 1970
 * @param {{start: number, end: number, step: number}} span the time
 * @param {(amount: number) => string} words for an amount
 * @param {string} label of the whole
 * @returns {HTMLElement}
 */
export function lines(series, span, words, label) {
  const width = SMALL_WIDTH;
  const bottom = LINE_HEIGHT - 24;
  const most = Math.max(...series.flatMap(({ points }) => points.map(([, value]) => value))) || 1;
  const last = ({ points }) => words(points[points.length - 1][1]);
  const spoken = series.map((each) => `${each.name || "now"}: ${last(each)}`).join("; ");
  const chart = drawing(width, LINE_HEIGHT, `${label}. ${spoken}`);
  const x = (when) => ((width - 2) * (when - span.start)) / Math.max(1, span.end - span.start);
  const y = (value) => bottom - ((bottom - 20) * Math.max(0, value)) / most;
  chart.append(
    shape("line", { class: "tools-axis", x1: 0, y1: bottom, x2: width, y2: bottom }),
    shape("line", { class: "tools-grid", x1: 0, y1: y(most), x2: width, y2: y(most) }),
    shape("text", { x: 0, y: 14 }, words(most)),
    shape("text", { x: 0, y: LINE_HEIGHT - 6 }, clock(span.start)),
    shape("text", { x: width, y: LINE_HEIGHT - 6, "text-anchor": "end" }, clock(span.end)),
  );
  series.forEach(({ points }, at) => {
    // A gap of the figures is a gap of the line.
    let path = "";
    points.forEach(([when, value], index) => {
      const joined = index > 0 && when - points[index - 1][0] <= 2.5 * span.step;
      path += `${joined ? "L" : "M"}${x(when).toFixed(1)} ${y(value).toFixed(1)}`;
    });
    chart.append(shape("path", { class: `tools-line tools-line-${at % COLOURS}`, d: path }));
  });
  const legend = document.createElement("ul");
  legend.className = "tools-legend";
  series.forEach((each, at) => {
    const item = document.createElement("li");
    const sign = drawing(12, 12, "");
    sign.setAttribute("aria-hidden", "true");
    sign.removeAttribute("role");
    sign.append(shape("line", { class: `tools-line tools-line-${at % COLOURS}`, x1: 0, y1: 6, x2: 12, y2: 6 }));
    item.append(sign, ` ${each.name ? `${each.name}: ` : ""}${last(each)}`);
    legend.append(item);
  });
  const whole = document.createElement("div");
  whole.append(chart, legend);
  return whole;
}

function clock(seconds) {
  return CLOCK.format(new Date(seconds * 1000));
}
