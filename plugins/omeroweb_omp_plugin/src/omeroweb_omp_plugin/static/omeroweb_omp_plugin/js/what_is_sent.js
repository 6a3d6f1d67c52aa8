/** What would be sent to a provider, word for word, before it is sent. */

import { showDialog } from "../../omero_plugin_common/js/dialog.js";
import { button, element } from "../../omero_plugin_common/js/dom.js";
import { counted, number } from "../../omero_plugin_common/js/format.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";

/**
 * Show a question, prompt by prompt.
 *
 * @param {(batch: number) => Promise<object>} ask gives one prompt of it
 * @returns {Promise<string|null>} the mark of what was shown; nothing when it is not to be sent
 */
export async function showWhatIsSent(ask) {
  const first = await ask(0);
  const known = first.readAlready ? `${number(first.readAlready)} of ${counted(first.readAlready + first.names, "name")} are read already and are not sent again.` : "";
  if (first.batches === 0) return await nothingToSend(known) ? first.shown : null;
  const text = element("pre", { class: "omp-sent", tabindex: 0, "aria-label": "What is sent" });
  const where = element("span", { role: "status" });
  let at = 0;
  const show = ({ batch }) => {
    at = batch.number;
    text.textContent = `${batch.system}\n\n${batch.user}`;
    text.scrollTop = 0;
    where.textContent = `Part ${number(at + 1)} of ${number(first.batches)}`;
    back.disabled = at === 0;
    on.disabled = at === first.batches - 1;
  };
  const turn = (by) => ask(at + by).then(show, toastError);
  const back = button("Previous", () => turn(-1));
  const on = button("Next", () => turn(1));
  const pages = element("div", { class: "op-bar omp-pages" }, back, where, on);
  pages.hidden = first.batches === 1;
  show(first);
  const facts = `${counted(first.names, "file name")} to ${first.host} (${first.provider}, ${first.model}), ${counted(first.characters, "character")} in ${counted(first.batches, "part")}. Nothing else is sent.`;
  const yes = await showDialog({
    title: "What will be sent",
    body: [...(known ? [known] : []), facts, text, pages],
    actions: [{ label: "Cancel", value: false }, { label: "Ask", value: true, kind: "primary" }],
  });
  return yes === true ? first.shown : null;
}

/** All names are read: the job that is started takes over what was found. */
function nothingToSend(known) {
  return showDialog({
    title: "Nothing has to be sent",
    body: [known],
    actions: [{ label: "Cancel", value: false }, { label: "Use what was read", value: true, kind: "primary" }],
  });
}
