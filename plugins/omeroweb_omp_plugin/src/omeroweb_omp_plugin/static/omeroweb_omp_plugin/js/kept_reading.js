/**
 * How the user reads the names of what is chosen, and the preview that has the values and ticks, kept
 * for this tab: a reload loses nothing that was typed.
 */

import { pageFacts } from "../../omero_plugin_common/js/dom.js";

const KEPT = "omp-readings";
const PREVIEWS = "omp-previews";
const MOST = 30;

/**
 * @param {object} chosen containers, as step 1 gives them
 * @returns {Reading|null} nothing when nothing was typed for them
 */
export function keptReading(chosen) {
  return kept(KEPT, chosen);
}

/** Keep what step 2 says for these containers; the oldest of many are forgotten. */
export function keepReading(chosen, reading) {
  keep(KEPT, chosen, reading);
}

/** @returns {string|null} the newest preview of these containers in this tab */
export function keptPreview(chosen) {
  return kept(PREVIEWS, chosen);
}

/** @param {object} chosen containers @param {string|null} preview nothing: the values are not wanted any more */
export function keepPreview(chosen, preview) {
  keep(PREVIEWS, chosen, preview);
}

/** The user had everything deleted. */
export function forgetReadings() {
  sessionStorage.removeItem(KEPT);
  sessionStorage.removeItem(PREVIEWS);
}

function kept(what, chosen) {
  return all(what).find(([key]) => key === keyOf(chosen))?.[1] ?? null;
}

function keep(what, chosen, value) {
  const key = keyOf(chosen);
  const others = all(what).filter(([each]) => each !== key);
  sessionStorage.setItem(what, JSON.stringify([...others, [key, value]].slice(-MOST)));
}

/** Somebody else may log in in the same tab. */
function keyOf(chosen) {
  return JSON.stringify([pageFacts()?.dataset.userId, chosen]);
}

function all(what) {
  try {
    return JSON.parse(sessionStorage.getItem(what) ?? "[]");
  } catch {
    return [];
  }
}
