/** Says that step 2 starts with what was written last, and offers to start over. */

import { button } from "../../omero_plugin_common/js/dom.js";
import { counted, moment } from "../../omero_plugin_common/js/format.js";
import { part } from "./page_parts.js";

/**
 * @param {{by: string, written: string, edited: number}|null} last nothing when nothing was written
 * @param {() => void} [startOver] the user wants to start with what is found in the names
 */
export function showLastWritten(last, startOver) {
  const line = part("last");
  line.hidden = !last;
  if (!last) {
    line.replaceChildren();
    return;
  }
  const who = last.by ? `${last.by} wrote` : "you wrote";
  const values = last.edited ? `, with the values typed for ${counted(last.edited, "image")}` : "";
  line.replaceChildren(
    `These are the keys that ${who} last, on ${moment(last.written)}${values}. `,
    button("Start over", startOver, { class: "op-button op-button-plain" }),
  );
}
