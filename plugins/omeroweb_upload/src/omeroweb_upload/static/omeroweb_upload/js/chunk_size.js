/**
 * How much is sent with one request: what takes 10 to 20 seconds on the line as it is.
 *
 * Proxies cut requests that take a minute, and what a cut request has lost is sent again; requests that
 * are too short make a fast line wait for answers. A piece is in memory while it is sent, for each of
 * the files that are sent at the same time: that sets the largest.
 */

const MIB = 2 ** 20;
export const SMALLEST = 256 * 1024;
export const FIRST = 2 * MIB;
export const LARGEST = 64 * MIB;
const AIM_SECONDS = 14;
const FASTEST_GROWTH = 4;

/**
 * The size of the next piece.
 *
 * @param {number} size bytes that a piece may have had until now
 * @param {number} sent bytes of the piece that arrived
 * @param {number} seconds that it took
 * @returns {number} bytes
 */
export function nextSize(size, sent, seconds) {
  // The end of a file says little about the line: it took what a round trip takes.
  if (sent < size / 2) return size;
  const wanted = (sent / Math.max(seconds, 0.001)) * AIM_SECONDS;
  return whole(Math.min(wanted, size * FASTEST_GROWTH));
}

/** @param {number} size bytes of a piece that did not arrive @returns {number} bytes of the next one */
export function afterFailure(size) {
  return whole(size / 2);
}

/** Whole blocks of the smallest size, which disks like. */
function whole(wanted) {
  const blocks = Math.floor(wanted / SMALLEST);
  return Math.min(LARGEST, Math.max(SMALLEST, blocks * SMALLEST));
}
