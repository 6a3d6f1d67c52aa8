/** What an upload would meet, before a byte moves: problems first, then what will be in OMERO. */

import { element } from "../../omero_plugin_common/js/dom.js";
import { bytes, counted, number, sentence } from "../../omero_plugin_common/js/format.js";

const LEVELS = { blocks: "Solve first", warns: "Look at this", informs: "Good to know" };
const BECOMES = { image: "one image", images: "images", plate: "one plate" };

/**
 * @param {HTMLElement} place
 * @param {object} report as `preflight/` answers it
 * @param {SpectraImages} spectra which image they belong to
 */
export function showReport(place, report, spectra) {
  const { findings, totals } = report;
  const blocked = findings.filter(({ severity }) => severity === "blocks").length;
  place.replaceChildren(
    element("p", { class: blocked ? "upload-note upload-note-bad" : "upload-note upload-note-good" },
      element("strong", {}, blocked ? `This upload cannot be started: ${counted(blocked, "problem")}. ` : "This upload can be sent. "),
      `${counted(totals.files, "file")} with ${bytes(totals.bytes)}${report.target ? `, to ${report.target.where} in the group ${report.target.group.name}` : ""}.`),
    ...findings.length ? [element("ul", { class: "upload-report" }, ...findings.map(finding))] : [],
    ...datasets(report),
    ...groups(report), ...spectra.show(report.spectra));
}

function finding({ severity, message, count, examples }) {
  const more = count - examples.length;
  return element("li", { "data-level": severity },
    element("strong", {}, `${LEVELS[severity]}: `), sentence(message),
    examples.length ? element("details", {}, element("summary", {}, "Which"),
      element("ul", {}, ...examples.map((each) => element("li", {}, each)), more > 0 ? element("li", {}, `and ${counted(more, "other")}`) : null)) : null);
}

function datasets({ datasets: list, datasets_total: total }) {
  if (total === 0) return [];
  return [element("details", { class: "upload-rest", open: total <= 5 },
    element("summary", {}, counted(total, "dataset")),
    element("ul", {}, ...list.map(({ name, files, id }) => element("li", {}, `${name}: ${counted(files, "file")}${id === null ? ", new" : ""}`)),
      total > list.length ? element("li", {}, `and ${number(total - list.length)} more`) : null))];
}

function groups({ groups: list, groups_total: total }) {
  if (total === 0) return [];
  return [element("details", { class: "upload-rest", open: total <= 5 },
    element("summary", {}, `${counted(total, "group")} of files that belong together, as far as names tell`),
    element("ul", {}, ...list.map(({ path, files, becomes, format }) => element("li", {}, `${path}: ${counted(files, "file")} become ${BECOMES[becomes] ?? becomes} (${format})`)),
      total > list.length ? element("li", {}, `and ${number(total - list.length)} more`) : null))];
}
