/** Numbers and times as texts. */

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en", { maximumSignificantDigits: 2 });
const MOMENT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** @param {number} count @returns {string} such as `12,345` */
export function number(count) {
  return WHOLE.format(count);
}

/** @param {number} count @param {string} one @returns {string} such as `1 image`, `12 images` */
export function counted(count, one) {
  return `${number(count)} ${one}${count === 1 ? "" : "s"}`;
}

/** @param {number} perSecond @param {string} unit @returns {string} such as `3.2 images/s`, `15 images/min` */
export function rate(perSecond, unit) {
  const slow = perSecond < 0.5;
  return `${SHORT.format(slow ? perSecond * 60 : perSecond)} ${unit || "steps"}/${slow ? "min" : "s"}`;
}

/** @param {number} seconds @returns {string} such as `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h` */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
}

/** @param {number} count bytes @returns {string} such as `1.4 GiB` */
export function bytes(count) {
  let size = count;
  let unit = 0;
  while (size >= 1023.95 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${WHOLE.format(size)} B` : `${size.toFixed(1)} ${UNITS[unit]}`;
}

/** @param {string} text @returns {string} with a full stop, unless it ends with a sign of its own */
export function sentence(text) {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** @param {string|null} iso a moment in UTC @returns {string} in the browser's time zone; empty for none */
export function moment(iso) {
  const date = new Date(iso ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? "" : MOMENT.format(date);
}
