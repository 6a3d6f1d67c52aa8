/** What was found in the names, in words. */

import { number } from "../../omero_plugin_common/js/format.js";

/**
 * @param {object} detected as the server tells it
 * @returns {string} how the names are cut automatically
 */
export function describe({ separators, labels, scheme, pieces }) {
  if (scheme) return `These look like names of ${scheme.name}: ${number(scheme.names)} of ${number(scheme.of)} that were looked at follow its scheme.`;
  if (separators.length === 0) return "No sign that separates was found: each name is one piece. Cut one by hand: click between two letters.";
  const signs = separators.map((sign) => (sign === " " ? "spaces" : `“${sign}”`));
  const listed = signs.length > 1 ? `${signs.slice(0, -1).join(", ")} and ${signs.at(-1)}` : signs[0];
  const labelled = labels.length ? ` ${labels.map((each) => `“${each}”`).join(", ")} ${labels.length === 1 ? "names" : "name"} the piece after it.` : "";
  return `Cut at ${listed}.${labelled}${counts(pieces)}`;
}

/** Such as ` 40 of 40 names give 6 pieces.`; remarks say what the others give. */
function counts(pieces) {
  if (pieces.length !== 1) return "";
  const [[count, names]] = pieces;
  return names === 1 ? "" : ` ${number(names)} of ${number(names)} names give ${number(count)} ${count === 1 ? "piece" : "pieces"}.`;
}
