/** The address of the page: `?project=`, `?dataset=`, `?screen=`, `?plate=`, `?image=`, also several of them. */

import { getJSON } from "../../omero_plugin_common/js/api.js";
import { counted } from "../../omero_plugin_common/js/format.js";
import { addresses, part } from "./page_parts.js";

const TOPS = ["project", "screen"];
const KINDS = [...TOPS, "dataset", "plate", "image"];
const MOST_NAMED = 5;

/** @returns {string} the one project or screen that the address names, such as `project:7` */
export function named() {
  const query = new URLSearchParams(location.search);
  const kind = TOPS.find((each) => query.has(each));
  return kind ? `${kind}:${query.get(kind)}` : "";
}

/** @returns {boolean} whether the address names more than one project or screen, as "Open with" of OMERO.web may */
export function openedWith() {
  const query = new URLSearchParams(location.search);
  const values = KINDS.flatMap((kind) => query.getAll(kind).flatMap((text) => text.split(",")));
  return values.length > 1 || KINDS.slice(TOPS.length).some((kind) => query.has(kind));
}

/** @returns {Promise<{rows: object[], inside: string, missing: string[]}>} what the address names */
export function lookUp() {
  const query = [...new URLSearchParams(location.search)].filter(([kind]) => KINDS.includes(kind));
  return getJSON(`${addresses().fromAddress}?${new URLSearchParams(query)}`, { timeout: 60_000 });
}

/** Name one project or screen from now on, so that a reload or a bookmark opens the same. */
export function remember(value) {
  const [kind, id] = value.split(":");
  const url = new URL(location.href);
  for (const each of KINDS) url.searchParams.delete(each);
  if (id) url.searchParams.set(kind, id);
  history.replaceState(null, "", url);
}

/** @param {string[]} missing such as `Dataset 9`, or `project:9` */
export function showMissing(missing) {
  const line = part("missing");
  line.hidden = missing.length === 0;
  const names = missing.slice(0, MOST_NAMED).map((each) => each.replace(/^([a-z])([a-z]*):/, (_, first, rest) => `${first.toUpperCase()}${rest} `));
  const more = missing.length - names.length;
  const list = `${names.join(", ")}${more > 0 ? ` and ${counted(more, "other")}` : ""}`;
  line.textContent = missing.length ? `${list}: named by the address, but ${missing.length === 1 ? "it does not exist, or you may not see it" : "they do not exist, or you may not see them"}.` : "";
}
