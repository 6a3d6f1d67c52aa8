/** The page: files are chosen, sent, shown as Bio-Formats reads them, and imported. */

import { confirmDialog } from "../../omero_plugin_common/js/dialog.js";
import { toast } from "../../omero_plugin_common/js/toast.js";
import { Check } from "./check.js";
import { Choose } from "./choose.js";
import { refuseOtherDrops } from "./drop_zone.js";
import { Job } from "./job.js";
import { Lists } from "./lists.js";
import { Options } from "./options.js";
import { current, named, remember } from "./page_address.js";
import { part } from "./page_parts.js";
import { Preferences } from "./preferences.js";
import { Profiles } from "./profiles.js";
import { storeHandles } from "./stored_handles.js";
import { Target } from "./target.js";
import { STEP } from "./words.js";

// What can be chosen has been read; before, a choice would be overwritten.
let ready = false;
const choose = new Choose(changed);
const target = new Target(changed);
const options = new Options(changed);
const check = new Check({ body, missing: () => target.missing, started });
const profiles = new Profiles({ content, used });
const preferences = new Preferences();
const lists = new Lists((upload) => open(upload.job_id));
const job = new Job({
  changed: (upload) => step(STEP[upload.status]),
  gone: () => {
    toast("This upload no longer exists: uploads that have ended are deleted after a while.", { kind: "bad" });
    another();
  },
});

/** Other files, another target, other settings: what was checked holds no more. */
function changed() {
  const some = choose.chosen.size > 0;
  part("target").hidden = !some || !ready;
  part("check").hidden = !some || !ready;
  check.changed(choose.chosen);
}

/** What `start/` and `preflight/` are asked. */
function body() {
  const files = choose.chosen.all.map(({ path, size, modified }) => ({ relative_path: path, size, modified }));
  return { files, ...content() };
}

/** What a profile stores. */
function content() {
  return { target: target.value, settings: options.value };
}

/** A profile was chosen. */
function used({ target: wanted, settings }) {
  target.use(wanted ?? {});
  options.use(settings ?? {});
}

/** The server has an upload now: its files are sent. */
function started(upload) {
  storeHandles(upload.job_id, choose.handles);
  preferences.store(content());
  open(upload.job_id, upload, choose.chosen);
}

/** Show one upload instead of the form. */
async function open(id, upload = null, chosen = null) {
  if (!(await mayLeave())) return;
  part("new").hidden = true;
  part("new-upload").hidden = false;
  remember(id);
  job.open(id, upload, chosen);
  lists.load(id);
  part("steps").scrollIntoView({ block: "nearest" });
}

/** What is being sent pauses when something else is shown. */
async function mayLeave() {
  if (!job.isSending) return true;
  return confirmDialog({
    title: "Pause this upload?", text: "This page sends one upload at a time. You can continue it later from the list of your unfinished uploads.", confirm: "Pause",
  });
}

/** Back to the form. */
async function another() {
  if (!(await mayLeave())) return;
  job.close();
  choose.clear();
  part("new").hidden = false;
  part("new-upload").hidden = true;
  remember(null);
  step(1);
  lists.load(null);
}

function step(now) {
  for (const each of part("steps").children) {
    const at = Number(each.dataset.step);
    each.toggleAttribute("data-done", at < now);
    if (at === now) each.setAttribute("aria-current", "step");
    else each.removeAttribute("aria-current");
  }
}

for (const name of ["another", "new-upload"]) part(name).addEventListener("click", another);
refuseOtherDrops();
step(1);
if (current()) open(current());
else lists.load();
begin();

/** The form is as it was used last, unless the page's address names the target. */
async function begin() {
  const last = await preferences.load();
  const wanted = named();
  if (last) options.use(last.settings);
  await Promise.all([target.load(Object.keys(wanted).length ? wanted : last?.target ?? {}), profiles.load()]);
  ready = true;
  changed();
}
