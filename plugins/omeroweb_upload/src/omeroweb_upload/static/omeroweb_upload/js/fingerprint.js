/** What makes a file on this computer the one that an upload was started with. */

/**
 * @param {string} job id of the upload
 * @param {string} path relative, with `/`
 * @param {number} size bytes
 * @param {number|null} modified milliseconds since 1970
 * @returns {string} equal for the same file only; equal names in other folders are other files
 */
export function fingerprint(job, path, size, modified) {
  return JSON.stringify([job, path, size, modified]);
}
