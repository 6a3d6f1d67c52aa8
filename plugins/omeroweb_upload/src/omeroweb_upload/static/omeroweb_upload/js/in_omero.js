/** The address in OMERO.web of what an upload has become. */

// A longer address is cut off by proxies.
const MOST = 100;

/**
 * @param {string} home address of OMERO.web's main page
 * @param {object[]} units of the upload, as the server lists them
 * @returns {string|null} nothing when there is nothing in OMERO
 */
export function addressInOmero(home, units) {
  const plates = units.flatMap(({ objects }) => objects?.plates ?? []);
  const images = plates.length ? [] : units.flatMap(({ objects }) => objects?.images ?? []);
  const shown = [...plates.map((id) => `plate-${id}`), ...images.map((id) => `image-${id}`)].slice(0, MOST);
  return shown.length ? `${home}?show=${shown.join("|")}` : null;
}
