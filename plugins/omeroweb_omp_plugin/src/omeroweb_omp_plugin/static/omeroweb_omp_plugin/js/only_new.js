/** Skips the images that were written from this page before. */

import { postJSON } from "../../omero_plugin_common/js/api.js";
import { counted } from "../../omero_plugin_common/js/format.js";
import { toast } from "../../omero_plugin_common/js/toast.js";
import { addresses, addressOf, part } from "./page_parts.js";

const PATIENCE = 120_000;

/** @param {object} preview step 3 */
export function offerOnlyNew(preview) {
  part("only-new").addEventListener("click", () => preview.take(async (one) => {
    const made = await postJSON(addressOf(addresses().onlyNew, one), {}, { timeout: PATIENCE });
    toast(`${counted(made.skipped, "image")} ${made.skipped === 1 ? "is" : "are"} not ticked now.`);
    return made;
  }));
}
