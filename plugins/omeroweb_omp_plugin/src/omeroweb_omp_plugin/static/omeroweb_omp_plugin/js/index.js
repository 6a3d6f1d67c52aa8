/** The page: images are chosen, their names are read, what would be written is shown, and written. */

import { postJSON } from "../../omero_plugin_common/js/api.js";
import { Newest } from "../../omero_plugin_common/js/newest.js";
import { toast } from "../../omero_plugin_common/js/toast.js";
import { TryAgain } from "../../omero_plugin_common/js/try_again.js";
import { Actions } from "./actions.js";
import { AlsoWrite } from "./also_write.js";
import { AsTags } from "./as_tags.js";
import { Assistant } from "./assistant.js";
import { Choose } from "./choose.js";
import { CsvValues } from "./csv_values.js";
import { DoubledKeys } from "./doubled_keys.js";
import { forgetReadings, keepPreview, keepReading, keptPreview, keptReading } from "./kept_reading.js";
import { showLastWritten } from "./last_written.js";
import { MyData } from "./my_data.js";
import { Names } from "./names.js";
import { addresses, addressOf, part, projectShown } from "./page_parts.js";
import { Namespace } from "./namespace.js";
import { offerOnlyNew } from "./only_new.js";
import { Preview } from "./preview.js";
import { AS_FOUND, fromServer } from "./reading.js";
import { offerAnswers, offerBackups, offerImages } from "./started.js";
import { Target } from "./target.js";
import { VariableSets } from "./variable_sets.js";
import { Write } from "./write.js";

const PATIENCE = 120_000;
const newest = new Newest();
// What failed is done again: in step 1 the images are looked up, in step 3 all that follows.
const lookingUp = new TryAgain(part("look-failed"), () => look());
const reading = new TryAgain(part("read-failed"), () => resume());
// The containers that are chosen, and the server's list of their images.
let chosen = null;
// Those before them, and whether some of them are still chosen.
let before = null;
let sameWork = false;
let selection = null;
// Whether step 3 shows what step 2 says.
let current = false;
// The last preview of the selection: values that the user gave are kept from one to the next.
let last = null;

const actions = new Actions();
const write = new Write({ showMisfits: () => preview.filter("mismatching"), tickMisfits: (ticked) => preview.tick({ filter: "mismatching", ticked }), failed });
const preview = new Preview({
  retry: reading,
  read,
  failed,
  shown: (made) => {
    last = made?.preview ?? last;
    if (made) keepPreview(chosen, last);
    csv.show(made);
    doubled.show(made);
    also.show(made);
    if (tags.show(made)) keepReading(chosen, wholeReading(names.reading));
    // What is about to be read in another way is not what would be written.
    if (!made?.stale) write.show(made);
  },
});
const csv = new CsvValues(preview);
const doubled = new DoubledKeys(read);
offerOnlyNew(preview);
const also = new AlsoWrite(otherOutput);
const tags = new AsTags(otherOutput);
const namespace = new Namespace({ changing, changed: otherOutput });
const target = new Target(otherOutput);
const names = new Names({ changing, changed: read, keep: (typed) => chosen && keepReading(chosen, wholeReading(typed)), patternOf });
const mine = new MyData({ changed: prefer, forgotten });
const choose = new Choose({
  changing,
  changed: select,
  colleagues: (shown) => mine.remember({ showCollaboration: shown }),
});
const sets = new VariableSets({ names, whole: wholeReading, used: loaded });
const assistant = part("assistant")
  ? new Assistant({ selection: () => selection, names, preview, mine, read }) : null;

/** Other containers were chosen. */
async function select(wanted) {
  newest.stop();
  lookingUp.done();
  reading.done();
  if (wanted) {
    sameWork = overlap(chosen ?? before, wanted);
    before = wanted;
  }
  chosen = wanted;
  last = null;
  forget();
  part("steps").hidden = !wanted;
  if (wanted) await look();
}

/** What is known of the images is gone. */
function forget() {
  selection = null;
  current = false;
  preview.clear();
  actions.show(null);
}

/** Look up the images of what was chosen, and how their names seem to be built. */
async function look() {
  busy("Reading the names…");
  try {
    const wanted = { ...chosen, within: projectShown() };
    selection = await newest.run((signal) => postJSON(addresses().selections, wanted, { signal, timeout: PATIENCE }));
  } catch (error) {
    if (error.name === "AbortError") return;
    ready();
    reading.done();
    // Nothing is known of these images, so the next steps have nothing to show.
    part("steps").hidden = true;
    lookingUp.failed(error, "The names could not be read.");
    return;
  }
  lookingUp.done();
  part("steps").hidden = false;
  actions.show(selection);
  begin(keptReading(chosen), selection.last);
  last = keptPreview(chosen) ?? last;
  await read();
}

/** Go on where something failed. */
function resume() {
  if (!selection) return look();
  return current ? preview.resume() : read();
}

/** Step 2 starts with what was typed in this tab, or with what was written last. */
function begin(kept, written) {
  last = written?.preview ?? null;
  const settings = written ? fromServer(written.settings) : null;
  if (kept) names.begin(selection.detected, kept);
  else if (sameWork && names.touched) names.goOn(selection.detected);
  else names.begin(selection.detected, settings ?? preferred());
  // Where somebody has named the pieces already, nothing is offered.
  sets.offer(names.touched || kept || settings ? [] : selection.fitting);
  beginOutputs(kept ?? (sameWork ? wholeReading({}) : written?.settings));
  // What was typed since may be something else.
  const same = !kept || String(kept.names) === String(settings?.names);
  showLastWritten(same && !(sameWork && names.touched) ? written : null, startOver);
}

/** What is written beside the values of names, as a reading says. */
function beginOutputs(reading) {
  also.begin(chosen, reading?.also ?? []);
  namespace.begin(reading?.namespace ?? "");
  target.begin(chosen, reading?.target ?? "images");
  tags.begin(reading?.tags ?? []);
}

/** A saved set was loaded. */
function loaded(content) {
  beginOutputs(content);
  keepReading(chosen, wholeReading(names.reading));
  read();
}

/** How the user reads names at first. */
function preferred() {
  const { mode, separators } = mine.settings;
  return mode === "separators" ? { ...AS_FOUND, mode, pattern: separators } : AS_FOUND;
}

/** Whether some containers are still chosen, so that what was typed is meant for these, too. */
function overlap(earlier, now) {
  return Object.entries(now).some(([kind, ids]) => ids.some((id) => earlier?.[kind]?.includes(id)));
}

/** The expression that cuts the names of the selection as one of them was cut, and its keys. */
async function patternOf(name, pieces) {
  return fromServer({ mode: "regex", ...await postJSON(addressOf(addresses().cut, selection.selection), { name, pieces }) });
}

/** Not as the images were written last. */
function startOver() {
  sameWork = false;
  begin(null, null);
  keepPreview(chosen, null);
  // The keys of before are shown until the names are read.
  keepReading(chosen, wholeReading(preferred()));
  read();
}

/** How names are read, with what is written beside their values. */
function wholeReading(settings) {
  return { ...settings, also: also.wanted, namespace: namespace.wanted, tags: tags.wanted, target: target.wanted };
}

/** Something else is to be written beside the values of names, or in another way. */
function otherOutput() {
  changing();
  keepReading(chosen, wholeReading(names.reading));
  read();
}

/** The user is about to change what is read: what is shown holds no more. */
function changing() {
  newest.stop();
  preview.stop();
  reading.done();
  write.wait();
  busy("");
}

/** Read the names as step 2 says, and show what would be written. */
async function read() {
  if (!chosen) return;
  if (!selection) {
    await look();
    return;
  }
  current = false;
  busy("Reading the names…");
  write.wait();
  try {
    await preview.stored();
    const wanted = { selection: selection.selection, settings: wholeReading(names.settings), mode: part("mode-existing").value, doubled: doubled.wanted };
    const made = await preview.make({ ...wanted, after: last }, selection.images);
    names.refuse(null);
    current = true;
    reading.done();
    ready();
    // Now that there are values, variables without a name get one, and names are checked for them.
    if (names.show(made, selection.images)) await read();
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
  preview.hide();
  if (error.code === "pattern_refused") {
    reading.done();
    names.refuse(error.message);
    part("preview-status").textContent = "The pattern cannot be used: see step 2.";
    write.wait("Correct the pattern in step 2 first.");
    return;
  }
  names.failed();
  if (error.status === 404) {
    // The server keeps what was chosen for some days: it is looked up again.
    if (preview.edited) toast("The values that you edited are no longer on the server: edit them again.", { kind: "bad" });
    last = null;
    keepPreview(chosen, null);
    forget();
  }
  write.wait("The names are not read: see step 3.");
  reading.failed(error, "The names could not be read.");
}

/** The user's settings are known now, or others. */
function prefer() {
  names.offer(mine.settings.defaultVariables);
  // Not for what is shown already.
  if (!selection) part("mode-existing").value = mine.settings.existingPairs;
}

/** The user had data deleted; selections and previews are gone with everything. */
function forgotten(what) {
  assistant?.forget();
  if (what !== "forget-all") return;
  forgetReadings();
  choose.again();
}

part("mode-existing").addEventListener("change", read);
document.addEventListener("op-job-finished", ({ detail }) => {
  if (detail.kind.startsWith("omp.ai_")) assistant?.answered(detail);
  // What is on the images now is not what was there before.
  else read();
});
offerBackups();
offerImages();
offerAnswers((job) => {
  if (selection) assistant?.answered(job);
  else toast("Choose the images in step 1 first.");
});
choose.load(mine.load().then(() => mine.settings.showCollaboration));
