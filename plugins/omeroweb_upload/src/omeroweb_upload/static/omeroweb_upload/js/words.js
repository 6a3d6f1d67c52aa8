/** What an upload is doing, in words. */

import { bytes, counted } from "../../omero_plugin_common/js/format.js";

/** In which of the four steps an upload is, by its state. */
export const STEP = {
  uploading: 2, checking: 3, awaiting_confirmation: 3, ready: 4, importing: 4, done: 4, error: 4, cancelled: 4, expired: 4,
};
/** States in which nothing happens any more. */
export const ENDED = new Set(["done", "error", "cancelled", "expired"]);

const STATES = {
  uploading: "Sending", checking: "Being read", awaiting_confirmation: "Waits for your last look", ready: "About to be imported",
  importing: "Being imported", done: "Imported", error: "Ended with errors", cancelled: "Cancelled", expired: "Expired",
};

/** @param {object} upload @returns {string} such as `Sending` */
export function stateInWords({ status }) {
  return STATES[status] ?? status;
}

/** @param {object} upload @returns {string} such as `40 files, 12 of 20.3 GiB sent` */
export function amount({ status, uploaded_bytes: received, total_bytes: total, file_count: count }) {
  const files = counted(count, "file");
  return status === "uploading" && received < total ? `${files}, ${bytes(received)} of ${bytes(total)} sent` : `${files}, ${bytes(total)}`;
}
