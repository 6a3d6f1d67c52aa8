/** How the user reads the names of what is chosen, kept for this tab: a reload loses nothing that was typed. */

import { pageFacts } from "../../omero_plugin_common/js/dom.js";

const KEPT = "omp-readings";
const MOST = 30;

/**
 * @param {object} chosen containers, as step 1 gives them
 * @returns {{mode: string, pattern: string, names: string[]}|null} nothing when nothing was typed for them
 */
export function keptReading(chosen) {
  return all().find(([key]) => key === keyOf(chosen))?.[1] ?? null;
}

/** Keep what step 2 says for these containers; the oldest of many are forgotten. */
export function keepReading(chosen, reading) {
  const key = keyOf(chosen);
  const others = all().filter(([each]) => each !== key);
  sessionStorage.setItem(KEPT, JSON.stringify([...others, [key, reading]].slice(-MOST)));
}

/** The user had everything deleted. */
export function forgetReadings() {
  sessionStorage.removeItem(KEPT);
}

/** Somebody else may log in in the same tab. */
function keyOf(chosen) {
  return JSON.stringify([pageFacts()?.dataset.userId, chosen]);
}

function all() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
  } catch {
    return [];
  }
}
