/** What all parts of the page share: its elements and its addresses. */

const SOME_ID = "00000000-0000-0000-0000-000000000000";

/** @param {string} name @returns {HTMLElement} the element with the id `omp-…` */
export function part(name) {
  return document.getElementById(`omp-${name}`);
}

/** @returns {DOMStringMap} the page's addresses, written by the template */
export function addresses() {
  return document.getElementById("omp").dataset;
}

/** @param {string} address with a place for an id @param {string} id @returns {string} */
export function addressOf(address, id) {
  return address.replace(SOME_ID, encodeURIComponent(id));
}

/** @returns {boolean} whether the user has a password of OMERO to confirm with */
export function hasPassword() {
  return !("noPassword" in addresses());
}

/** How pairs come back, in the question before a removal. */
export const UNDO_HINT = "You can undo this job: its card has “Undo”. Attached files with original metadata do not come back: copy the acquisition metadata again. To keep a copy of the pairs as well, use “Back up” under “Backup, undo, delete” first.";

/** @returns {number|null} the project that is chosen in step 1; nothing for screens and others */
export function projectShown() {
  const [kind, id] = part("project").value.split(":");
  return kind === "project" ? Number(id) : null;
}
