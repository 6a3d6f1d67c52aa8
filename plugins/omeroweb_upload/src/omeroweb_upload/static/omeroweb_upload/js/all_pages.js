/** Lists that the server gives a page at a time. */

import { getJSON } from "../../omero_plugin_common/js/api.js";

/**
 * All entries of a list.
 *
 * @param {string} address
 * @param {string} name of the list in the answer: `files`, `units`
 * @param {object} [options]
 * @param {AbortSignal} [options.signal]
 * @param {(count: number) => void} [options.told] how many there are until now
 * @returns {Promise<object[]>}
 */
export async function allPages(address, name, { signal, told } = {}) {
  const all = [];
  let after = 0;
  for (;;) {
    const answer = await getJSON(address, { query: { after }, signal, timeout: 60_000 });
    all.push(...answer[name]);
    told?.(all.length);
    if (answer.next === null) return all;
    after = answer.next;
  }
}
