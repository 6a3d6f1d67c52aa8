/** Short messages that screen readers speak. Errors stay until they are dismissed. */

import { button, element } from "./dom.js";
import { sentence } from "./format.js";

const SECONDS = 6;
const MOST = 4;

/**
 * Show a message at the foot of the page.
 *
 * @param {string} text
 * @param {object} [options]
 * @param {"info"|"good"|"bad"} [options.kind] `bad` interrupts a screen reader and stays
 * @param {number} [options.seconds] how long it is there; 0 means until dismissed
 * @returns {() => void} takes it away again
 */
export function toast(text, { kind = "info", seconds = kind === "bad" ? 0 : SECONDS } = {}) {
  const region = regionFor(kind);
  const shown = element("div", { class: `op-toast op-toast-${kind}` }, element("p", {}, text));
  let timer = 0;
  const remove = () => {
    clearTimeout(timer);
    shown.remove();
  };
  const start = () => {
    clearTimeout(timer);
    if (seconds > 0) timer = setTimeout(remove, seconds * 1000);
  };
  shown.append(button("Dismiss", remove, { class: "op-button op-button-plain" }));
  // Somebody who is reading or about to press the button is not hurried.
  for (const pause of ["pointerenter", "focusin"]) shown.addEventListener(pause, () => clearTimeout(timer));
  for (const resume of ["pointerleave", "focusout"]) shown.addEventListener(resume, start);
  region.append(shown);
  while (region.childElementCount > MOST) region.firstElementChild.remove();
  start();
  return remove;
}

/**
 * Say why something did not work; a request that was ended on purpose is nothing to say.
 *
 * @param {unknown} error what was caught
 */
export function toastError(error) {
  if (error instanceof DOMException && error.name === "AbortError") return;
  // The banner says it already.
  if (error?.status === 401) return;
  const text = String(error?.message ?? error);
  const later = error?.retryAfter ? `${sentence(text)} Try again in ${Math.ceil(error.retryAfter)} s.` : text;
  toast(later, { kind: "bad" });
}

/** Live regions must be there before they are filled, or nothing is spoken: one for each urgency. */
function regionFor(kind) {
  let box = document.querySelector(".op-toasts");
  if (!box) {
    box = element("section", { class: "op-toasts", "aria-label": "Messages" },
      element("div", { role: "alert", "data-kind": "bad" }),
      element("div", { role: "status", "data-kind": "other" }));
    document.body.append(box);
  }
  return box.querySelector(`[data-kind=${kind === "bad" ? "bad" : "other"}]`);
}
