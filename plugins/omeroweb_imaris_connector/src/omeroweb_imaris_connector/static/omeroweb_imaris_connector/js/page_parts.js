/** What all parts of the page share: its elements and its addresses. */

const SOME_ID = "00000000-0000-0000-0000-000000000000";

/** @param {string} name @returns {HTMLElement} the element with the id `imaris-…` */
export function part(name) {
  return document.getElementById(`imaris-${name}`);
}

/** @returns {DOMStringMap} the page's addresses, written by the template */
export function addresses() {
  return document.getElementById("imaris").dataset;
}

/** @param {string} address with a place for an id @param {string} id @returns {string} */
export function addressOf(address, id) {
  return address.replace(SOME_ID, encodeURIComponent(id));
}

/** @param {number} image @returns {string} where OMERO.web shows it */
export function addressOfImage(image) {
  return `${addresses().home}?show=image-${image}`;
}
