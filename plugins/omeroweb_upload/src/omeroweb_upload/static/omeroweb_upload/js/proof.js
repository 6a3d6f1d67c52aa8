/** Step 4: for each file, whether OMERO has the bytes that are on this computer. */

import { element } from "../../omero_plugin_common/js/dom.js";
import { bytes, counted, number } from "../../omero_plugin_common/js/format.js";
import { ArraySource } from "../../omero_plugin_common/js/sources.js";
import { verdict } from "./verdict.js";
import { part } from "./page_parts.js";

const SHOWN = 10;
const STATES = {
  pending: "Not sent", uploaded: "Sent, not imported", removed: "Removed", imported: "Imported", attached: "Attached", skipped: "Not imported", failed: "Failed",
};
const VERDICTS = {
  same: "The same", sent: "Sent unchanged", different: "Different", "not compared": "Not compared", "not in OMERO": "Not in OMERO",
};

/** @param {object[]} files as the server lists them */
export async function showProof(files) {
  const rows = files.filter(({ state }) => state !== "removed").map((file) => ({
    id: file.number, path: file.path, size: file.size, state: STATES[file.state] ?? file.state, verdict: verdict(file),
    browser: file.sha1.browser, staged: file.sha1.staged, omero: file.sha1.omero, message: file.message,
  }));
  part("proof").hidden = rows.length === 0;
  if (rows.length === 0) return;
  part("proof-text").textContent = summary(rows);
  const table = element("op-table", { class: "upload-table", id: "upload-proof-table" });
  part("proof-table").replaceWith(table);
  await table.setUp({
    name: "Files and their checksums",
    label: (row) => row.path,
    columns: [
      { key: "path", label: "File", sorts: true, min: 10, grow: 4 },
      { key: "verdict", label: "Bytes", sorts: true, min: 8, text: (row) => VERDICTS[row.verdict], mark: (row) => row.verdict },
      { key: "size", label: "Size", sorts: true, end: true, min: 6, text: (row) => bytes(row.size) },
      { key: "state", label: "State", sorts: true, min: 7, text: told, grow: 2 },
      { key: "browser", label: "Your disk", min: 7, text: (row) => short(row.browser) },
      { key: "staged", label: "Site", min: 7, text: (row) => short(row.staged) },
      { key: "omero", label: "OMERO", min: 7, text: (row) => short(row.omero) },
    ],
    source: new ArraySource(rows),
  });
}

function summary(rows) {
  const count = (wanted) => rows.filter((row) => row.verdict === wanted).length;
  const same = count("same");
  const parts = [`${number(same)} of ${counted(rows.length, "file")}: OMERO has exactly the bytes that this computer has read (SHA-1).`];
  if (count("different")) parts.push(`${counted(count("different"), "file")} ${count("different") === 1 ? "differs" : "differ"}: import again.`);
  if (count("not compared")) parts.push(`${counted(count("not compared"), "file")} could not be compared: a checksum is missing.`);
  if (count("not in OMERO")) parts.push(`${counted(count("not in OMERO"), "file")} ${count("not in OMERO") === 1 ? "is" : "are"} not in OMERO.`);
  return parts.join(" ");
}

/** The state, and what is to be said of it. */
function told({ state, message }) {
  if (!message) return state;
  // Such as "Attached to Dataset 7".
  return message.startsWith(state) ? message : `${state}: ${message}`;
}

/** The beginning is enough to compare by eye; the report has all of it. */
function short(sum) {
  return sum ? `${sum.slice(0, SHOWN)}…` : "–";
}
