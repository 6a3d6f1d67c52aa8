/** Step 4: write what step 3 shows. */

import { postJSON } from "../../omero_plugin_common/js/api.js";
import { confirmRemoval } from "../../omero_plugin_common/js/confirm_removal.js";
import { confirmDialog } from "../../omero_plugin_common/js/dialog.js";
import { button } from "../../omero_plugin_common/js/dom.js";
import { counted, number } from "../../omero_plugin_common/js/format.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";
import { addresses, hasPassword, part, UNDO_HINT } from "./page_parts.js";
import { follow } from "./started.js";

export class Write {
  #made = null;
  #showMisfits;
  #tickMisfits;
  #failed;

  /**
   * @param {object} options
   * @param {() => void} options.showMisfits shows the names that do not fit
   * @param {(ticked: boolean) => void} options.tickMisfits writes them as they are shown, or skips them
   * @param {(error: Error) => void} options.failed told that the server has the preview no more
   */
  constructor({ showMisfits, tickMisfits, failed }) {
    this.#failed = failed;
    this.#showMisfits = showMisfits;
    this.#tickMisfits = tickMisfits;
    part("write").addEventListener("click", () => this.#start());
  }

  /** What was shown is not what would be written. */
  wait(why = "Wait until the names are read…") {
    part("write").disabled = true;
    part("write").textContent = "Write key-value pairs";
    part("summary").textContent = why;
    part("misfits").hidden = true;
  }

  /** @param {object|null} made the preview, with what is known of it */
  show(made) {
    this.#made = made;
    if (!made) {
      this.wait();
      return;
    }
    if (made.unstored) {
      this.wait("Your changes are not stored yet: see step 3.");
      return;
    }
    const { images, mismatching, skipped, skippedMisfits, known, changing, columns } = made;
    part("write").disabled = columns.length === 0 || skipped === images || (known && changing === 0);
    part("summary").textContent = summary(made);
    part("write").textContent = part("write").disabled ? "Write key-value pairs"
      : `Write to ${counted(known ? changing : images - skipped, "image")}`;
    const misfits = part("misfits");
    misfits.hidden = mismatching === 0;
    const plain = { class: "op-button op-button-plain" };
    const one = mismatching === 1;
    misfits.replaceChildren(
      misfitsLine(made),
      button(one ? "Show it" : "Show them", this.#showMisfits, plain),
      ...(skippedMisfits ? [button(one ? "Write it as shown" : "Write them as shown", () => this.#tickMisfits(true), plain)] : []),
      ...(skippedMisfits < mismatching ? [button(one ? "Skip it" : "Skip them", () => this.#tickMisfits(false), plain)] : []),
    );
  }

  async #start() {
    const made = this.#made;
    const { preview, mode } = made;
    const removal = mode === "replace_all" ? await confirmRemoval({
      title: "Replace all key-value pairs?",
      text: `All key-value pairs on ${counted(made.images - made.skipped, "image")}${besides(made.target)} will be replaced, also those that you and others typed.`,
      word: "REPLACE", confirm: "Replace all", hint: UNDO_HINT, hasPassword: hasPassword(),
    }) : await agreed(made);
    if (!removal) return;
    part("write").disabled = true;
    try {
      follow(await postJSON(addresses().write, { preview, ...removal }));
    } catch (error) {
      if (error.status === 404) {
        this.#failed(error);
        return;
      }
      part("write").disabled = false;
      toastError(error);
    }
  }
}

function summary({ images, skipped, known, changing, columns, mode, doubled, lookedUp, counts, shapes, target }) {
  if (columns.length === 0 && shapes.some(({ pieces }) => pieces.length)) return "No piece has a key: name at least one in step 2.";
  if (columns.length === 0) return "No name has a value: change step 2 until step 3 shows some.";
  if (skipped === images) return "No image is ticked in step 3: nothing would be written.";
  if (known && changing === 0) return "Nothing would change: the images have these key-value pairs already.";
  const others = `${shared(target)}${stays(mode, doubled)}`;
  if (lookedUp === 0) {
    return `${counted(columns.length, "variable")} on ${counted(images - skipped, "image")}, not compared with the existing pairs yet${others}`;
  }
  const where = changing === images ? counted(images, "image") : `${number(changing)} of ${counted(images, "image")}`;
  if (known) return `${pairs(counts)} on ${where}${others}`;
  const compared = `${number(lookedUp)} of ${counted(images, "image")} were compared with the existing pairs`;
  return changing === 0 ? `${compared}: no change on these${others}` : `At least ${pairs(counts)}: ${compared}${others}`;
}

/** What happens to the names of another shape. */
function misfitsLine({ mismatching, skippedMisfits }) {
  const one = mismatching === 1;
  const told = `${counted(mismatching, "name")} ${one ? "has" : "have"} another shape: `;
  if (skippedMisfits === mismatching) return `${told}${one ? "it is" : "they are"} skipped. `;
  if (skippedMisfits === 0) return `${told}${one ? "it is" : "they are"} written as shown. `;
  return `${told}${number(skippedMisfits)} of them ${skippedMisfits === 1 ? "is" : "are"} skipped, the others are written as shown. `;
}

/** What loses its pairs with the images, when all are replaced. */
function besides(target) {
  return { wells: " and on their wells", plates: " and on their plates" }[target] ?? "";
}

/** Where pairs go that several images have. */
function shared(target) {
  const place = { wells: "well", plates: "plate" }[target];
  return place ? `; what all images of a ${place} have goes to the ${place}` : "";
}

/** What happens to pairs that are there, as the end of a sentence. */
function stays(mode, doubled) {
  if (mode === "replace_all") return ". All existing sets are removed.";
  if (mode === "add" && doubled === "replace") return "; hand-typed pairs stay, except for other values of these keys.";
  return "; hand-typed pairs stay.";
}

/** Such as `180 pairs added, 144 removed, 60 tags`. */
function pairs(counts) {
  const told = ["added", "renamed", "changed", "removed"].filter((each) => counts[each]);
  const both = told.map((each, at) => `${at ? number(counts[each]) : counted(counts[each], "pair")} ${each}`);
  if (counts.tags) both.push(counted(counts.tags, "tag"));
  return both.length ? both.join(", ") : "Equal sets become one";
}

/** Whether the user agrees that what is there is lost; nothing is asked when nothing is. */
async function agreed(made) {
  const { counts, known, mode } = made;
  const lost = counts.removed + counts.changed + counts.renamed;
  // Where not all is compared, more may be lost than is known.
  if ((mode === "add" && made.doubled !== "replace") || (known && lost === 0)) return {};
  const least = known ? "" : "at least ";
  const sure = await confirmDialog(lost ? {
    title: counts.removed ? `Remove ${least}${counted(counts.removed, "pair")}?` : `Overwrite ${least}${counted(lost, "pair")}?`,
    text: `${summary(made)}\nUndo, on the job’s card, puts them back.`,
    confirm: "Write", danger: true,
  } : {
    title: "Write without comparing?",
    text: "Not all of these images were compared with their existing pairs: pairs that this plugin wrote before may be removed. “Changing” in step 3 compares them.",
    confirm: "Write", danger: true,
  });
  return sure ? {} : null;
}
