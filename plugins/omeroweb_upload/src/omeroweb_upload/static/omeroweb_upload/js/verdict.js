/** Whether three checksums prove that a file came through. */

const IN_OMERO = new Set(["imported", "attached"]);

/**
 * @param {{state: string, sha1: {browser: string|null, staged: string|null, omero: string|null}}} file
 * @returns {"same"|"different"|"sent"|"not compared"|"not in OMERO"} `same`: what this computer read is what
 *   OMERO has; `sent`: the site has it, OMERO does not yet
 */
export function verdict({ state, sha1: { browser, staged, omero } }) {
  const known = [browser, staged, omero].filter(Boolean);
  if (known.some((sum) => sum !== known[0])) return "different";
  if (IN_OMERO.has(state)) return browser && omero ? "same" : "not compared";
  return state === "uploaded" && browser && staged ? "sent" : "not in OMERO";
}
