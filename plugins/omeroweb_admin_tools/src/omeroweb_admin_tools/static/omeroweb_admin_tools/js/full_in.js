/** When something is full, in words. */

import { duration } from "../../omero_plugin_common/js/format.js";

const SECONDS_OF_A_DAY = 86_400;
const MOST_DAYS = 3650;

/** @param {number} days until something is full */
export function until(days) {
  return days > MOST_DAYS ? "more than ten years" : duration(days * SECONDS_OF_A_DAY);
}
