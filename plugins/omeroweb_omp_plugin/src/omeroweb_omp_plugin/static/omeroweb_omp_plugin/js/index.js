/** The page: images are chosen, their names are read, what would be written is shown, and written. */

import { postJSON } from "../../omero_plugin_common/js/api.js";
import { Newest } from "../../omero_plugin_common/js/newest.js";
import { toast, toastError } from "../../omero_plugin_common/js/toast.js";
import { Actions } from "./actions.js";
import { Assistant } from "./assistant.js";
import { Choose } from "./choose.js";
import { MyData } from "./my_data.js";
import { Names } from "./names.js";
import { addresses, part } from "./page_parts.js";
import { Preview } from "./preview.js";
import { offerAnswers } from "./started.js";
import { VariableSets } from "./variable_sets.js";
import { Write } from "./write.js";

const PATIENCE = 120_000;
const newest = new Newest();
let selection = null;
// The last preview of the selection: values that the user gave are kept from one to the next.
let last = null;

const actions = new Actions();
const write = new Write({ backup: () => actions.backup, showMisfits: () => preview.filter("mismatching") });
const preview = new Preview({
  shown: (made) => {
    last = made?.preview ?? last;
    write.show(made);
  },
});
const names = new Names({ changing, changed: read });
const mine = new MyData({ changed: () => names.offer(mine.settings.defaultVariables), forgotten });
const choose = new Choose({
  changing,
  changed: select,
  colleagues: (shown) => mine.remember({ showCollaboration: shown }),
});
new VariableSets({ names, used: read });
const assistant = part("assistant")
  ? new Assistant({ selection: () => selection, names, preview, mine, read }) : null;

/** Look up the images of what was chosen, and how their names seem to be built. */
async function select(wanted) {
  newest.stop();
  selection = null;
  last = null;
  preview.clear();
  actions.show(null);
  part("steps").hidden = !wanted;
  if (!wanted) return;
  busy("Reading the names…");
  try {
    selection = await newest.run((signal) => postJSON(addresses().selections, wanted, { signal, timeout: PATIENCE }));
    actions.show(selection);
    names.begin(selection.detected, mine.settings);
    await read();
  } catch (error) {
    failed(error);
  }
}

/** The user is about to change what is read: what is shown holds no more. */
function changing() {
  newest.stop();
  preview.stop();
  write.wait();
  busy("");
}

/** Read the names as step 2 says, and show what would be written. */
async function read() {
  if (!selection) return;
  busy("Reading the names…");
  write.wait();
  try {
    const wanted = { selection: selection.selection, settings: names.settings, mode: part("mode-existing").value };
    const rows = await preview.make({ ...wanted, after: last }, selection.images);
    names.refuse(null);
    ready();
    // Now that there are values, variables without a name get one, and names are checked for them.
    if (names.show(rows)) await read();
  } catch (error) {
    failed(error);
  }
}

function busy(text) {
  part("steps").setAttribute("aria-busy", "true");
  part("preview-status").textContent = text;
}

function ready() {
  part("steps").removeAttribute("aria-busy");
}

function failed(error) {
  // Something newer is under way.
  if (error.name === "AbortError") return;
  ready();
  preview.clear();
  if (error.code === "pattern_refused") {
    names.refuse(error.message);
    part("preview-status").textContent = "The pattern cannot be used: see step 2.";
    write.wait("Correct the pattern in step 2 first.");
    return;
  }
  part("preview-status").textContent = error.message;
  toastError(error);
}

/** The user had data deleted; selections and previews are gone with everything. */
function forgotten(what) {
  assistant?.forget();
  if (what === "forget-all") choose.again();
}

part("mode-existing").addEventListener("change", read);
document.addEventListener("op-job-finished", ({ detail }) => {
  if (detail.kind.startsWith("omp.ai_")) assistant?.answered(detail);
  // What is on the images now is not what was there before.
  else read();
});
offerAnswers((job) => {
  if (selection) assistant?.answered(job);
  else toast("Choose the images in step 1 first.");
});
const settled = mine.load().then(() => {
  names.offer(mine.settings.defaultVariables);
  part("mode-existing").value = mine.settings.existingPairs;
});
choose.load(settled.then(() => mine.settings.showCollaboration));
