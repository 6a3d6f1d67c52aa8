/** Step 1: a project or screen, and which of its datasets or plates. */

import { getJSON } from "../../omero_plugin_common/js/api.js";
import { element } from "../../omero_plugin_common/js/dom.js";
import { counted, number } from "../../omero_plugin_common/js/format.js";
import { Newest, debounced } from "../../omero_plugin_common/js/newest.js";
import { ArraySource } from "../../omero_plugin_common/js/sources.js";
import { TryAgain } from "../../omero_plugin_common/js/try_again.js";
import { lookUp, named, openedWith, remember, showMissing } from "./page_address.js";
import { addresses, part } from "./page_parts.js";

const ACCESS = {
  read_write: "may edit",
  read_annotate: "may annotate",
  read_only: "view only",
};
const EXPLAINED = {
  read_write: "belongs to somebody else, who lets you edit it.",
  read_annotate: "belongs to somebody else. You may add key-value pairs; sets that others wrote stay.",
};
// The value in the list for what the address names, where it is in different projects.
const BY_ADDRESS = "address";
const LISTED = { dataset: "Datasets", plate: "Plates" };
const INSIDE = { project: "dataset", screen: "plate", "no-project": "dataset", "no-screen": "plate" };

export class Choose {
  #containers = null;
  #chosen = null;
  // What the address names, and what of it is ticked at first.
  #byAddress = null;
  #ticked = new Set();
  #newest = new Newest();
  #showColleagues;
  #retry = new TryAgain(part("choose-failed"), () => (this.#containers ? this.#open() : this.#load()));
  #changing;
  #changed;
  #colleagues;

  /**
   * @param {object} options
   * @param {() => void} options.changing the choice of containers is under way
   * @param {(wanted: {datasets?: number[], plates?: number[], images?: number[]}|null) => void}
   *   options.changed other containers or images are chosen; nothing when none is
   * @param {(shown: boolean) => void} options.colleagues colleagues' projects are to be shown or not
   */
  constructor({ changing, changed, colleagues }) {
    this.#changing = changing;
    this.#changed = changed;
    this.#colleagues = colleagues;
    part("project").addEventListener("change", () => {
      this.#retry.done();
      this.#ticked = new Set();
      showMissing([]);
      remember(part("project").value);
      this.#open();
    });
    part("colleagues").addEventListener("change", (event) => {
      this.#offer();
      this.#colleagues(event.target.checked);
    });
  }

  /**
   * Ask for projects and screens, and open what the address names.
   *
   * @param {Promise<boolean>} showColleagues whether colleagues' are listed at first
   */
  load(showColleagues) {
    this.#showColleagues = showColleagues;
    return this.#load();
  }

  async #load() {
    try {
      const [containers, shown, byAddress] = await Promise.all([
        getJSON(addresses().projects), this.#showColleagues, openedWith() ? lookUp() : null,
      ]);
      this.#containers = containers;
      this.#byAddress = byAddress;
      this.#ticked = new Set(byAddress?.rows.filter(({ ticked }) => ticked).map((row) => row.id));
      part("colleagues").checked = shown;
    } catch (error) {
      part("project").replaceChildren(element("option", {}, "Not available"));
      this.#retry.failed(error, "The projects could not be listed.");
      return;
    }
    this.#retry.done();
    const wanted = this.#byAddress ? this.#place(this.#byAddress) : named();
    this.#offer(wanted);
    if (wanted && !part("project").value) {
      // A colleague's project, by its address.
      part("colleagues").checked = true;
      this.#offer(wanted);
    }
    showMissing(this.#byAddress?.missing ?? (wanted && !part("project").value ? [wanted] : []));
    if (part("project").value) this.#open();
  }

  /** The entry of the list that shows what the address names. */
  #place({ rows, inside }) {
    if (rows.length === 0) return named();
    return inside && rows.every(({ ticked }) => ticked) ? inside : BY_ADDRESS;
  }

  /** Read what is chosen once more. */
  again() {
    if (this.#chosen) this.#changed(this.#chosen);
  }

  /** Fill the list, with what was chosen still chosen. */
  #offer(wanted = part("project").value) {
    const { owned, collab, collab_annotate, read_only, screens, orphans } = this.#containers;
    const colleagues = part("colleagues").checked;
    const seen = (each) => each.own || colleagues;
    const groups = [
      this.#byAddress?.rows.length && element("option", { value: BY_ADDRESS }, "As the address says"),
      group("My projects", owned),
      colleagues && group("Colleagues’ projects that I may edit", collab),
      colleagues && group("Colleagues’ projects that I may annotate", collab_annotate),
      colleagues && group("Colleagues’ projects that I may only view", read_only),
      group("Screens", screens.filter(seen)),
      element("optgroup", { label: "Without a project or screen" },
        ...orphan("no-project", "Datasets", orphans.datasets.filter(seen)),
        ...orphan("no-screen", "Plates", orphans.plates.filter(seen))),
    ].filter((each) => each && (each.childElementCount || each.value));
    const list = part("project");
    const first = groups.length ? "Choose a project or screen…" : "Nothing here yet";
    list.replaceChildren(element("option", { value: "" }, first), ...groups);
    list.disabled = groups.length === 0;
    list.value = wanted;
    if (list.selectedIndex < 0) list.value = "";
    if (groups.length === 0) this.#nothing(colleagues);
    else if (!list.value) part("containers").replaceChildren();
  }

  #nothing(colleagues) {
    const others = this.#containers.collab_available && !colleagues;
    part("containers").replaceChildren(empty("No projects yet", others
      ? "You have no projects of your own, but you may work on your colleagues’: tick “Also show colleagues’ projects”."
      : "Import images into a dataset of a project. The project is then listed here."));
  }

  async #open() {
    const [kind, id] = part("project").value.split(":");
    part("chosen").textContent = "";
    part("containers").replaceChildren();
    this.#choose(null);
    this.#newest.stop();
    this.#explain(kind, id);
    if (!kind) return;
    try {
      const rows = await this.#newest.run((signal) => this.#inside(kind, id, signal));
      this.#retry.done();
      this.#show(INSIDE[kind] ?? BY_ADDRESS, rows);
    } catch (error) {
      this.#retry.failed(error, `The ${INSIDE[kind] ?? "images"}${INSIDE[kind] ? "s" : ""} could not be listed.`);
    }
  }

  #choose(wanted) {
    this.#chosen = wanted;
    this.#changed(wanted);
  }

  async #inside(kind, id, signal) {
    if (kind === BY_ADDRESS) return this.#byAddress.rows;
    if (kind === "no-project") return this.#orphans("datasets");
    if (kind === "no-screen") return this.#orphans("plates");
    const answer = await getJSON(addresses().projects, { query: { [kind]: id }, signal });
    return answer.datasets ?? answer.plates;
  }

  #orphans(what) {
    return this.#containers.orphans[what].filter((each) => each.own || part("colleagues").checked);
  }

  #explain(kind, id) {
    const { collab, collab_annotate, screens } = this.#containers;
    const list = kind === "screen" ? screens : [...collab, ...collab_annotate];
    const one = list.find((each) => each.kind === kind && String(each.id) === id && !each.own);
    const text = one ? EXPLAINED[one.access] : null;
    part("access").hidden = !text;
    part("access").textContent = text ? `“${one.name}” ${text}` : "";
  }

  async #show(kind, rows) {
    if (rows.length === 0) {
      part("containers").replaceChildren(empty(`No ${kind}s in it`,
        `Import images into a ${kind} of it, or choose another one.`));
      return;
    }
    const table = document.createElement("op-table");
    table.className = "omp-containers";
    part("containers").replaceChildren(table);
    const full = rows.filter((row) => row.images > 0);
    const tick = kind === BY_ADDRESS ? "Tick what you want." : `Tick a ${kind} to read the names of its images.`;
    const tell = debounced(() => {
      const chosen = full.filter((row) => table.selected.includes(row.id));
      this.#choose(chosen.length ? byKind(chosen) : null);
    }, 250);
    table.addEventListener("op-select", () => {
      this.#changing();
      const chosen = new Set(table.selected);
      const images = rows.reduce((sum, row) => sum + (chosen.has(row.id) ? row.images : 0), 0);
      const of = kind === BY_ADDRESS ? counted(rows.length, "row") : counted(rows.length, kind);
      const summary = `${number(chosen.size)} of ${of} chosen, with ${counted(images, "image")}.`;
      part("chosen").textContent = chosen.size ? summary : tick;
      tell();
    });
    const name = LISTED[kind] ?? "Named by the address";
    await table.setUp({
      name,
      source: new ArraySource(rows),
      selectable: true,
      columns: [
        { key: "name", label: { dataset: "Dataset", plate: "Plate" }[kind] ?? "Name", sorts: true, min: 10, grow: 5 },
        ...(kind === BY_ADDRESS ? [
          { key: "kind", label: "What", min: 6, text: (row) => (row.images === 1 && row.kind === "image" ? "Image" : WHAT[row.kind]) },
          { key: "where", label: "Where", min: 10, grow: 3 },
        ] : []),
        { key: "images", label: "Images", sorts: true, end: true, min: 6, text: (row) => number(row.images) },
      ],
    });
    await this.#tick(table, rows, tick);
  }

  /** Tick what the address names, or the only one there is. */
  async #tick(table, rows, hint) {
    const wanted = rows.map((row, at) => at).filter((at) => rows[at].ticked || this.#ticked.has(idOf(rows[at])));
    // Which of several are meant is for the user to say: a write changes all that are ticked.
    if (rows.length === 1 || wanted.length === rows.length) await table.selectAll();
    else if (wanted.length === 0) part("chosen").textContent = hint;
    else for (const at of wanted) table.toggle(at);
  }
}

const WHAT = { dataset: "Dataset", plate: "Plate", image: "Images" };

/** As the address names it: `dataset:7`. */
function idOf(row) {
  return String(row.id).includes(":") ? row.id : `${row.kind}:${row.id}`;
}

/** The ids of what is chosen, for the server: `{datasets: [1, 2], images: [7]}`. */
function byKind(rows) {
  const chosen = {};
  for (const row of rows) (chosen[`${row.kind}s`] ??= []).push(...(row.ids ?? [row.id]));
  return chosen;
}

function group(label, containers) {
  return element("optgroup", { label }, ...containers.map((each) => element("option",
    { value: `${each.kind}:${each.id}`, disabled: each.access === "read_only" && !each.own }, title(each))));
}

function title({ name, own, owner, access }) {
  return own ? name : `${name} — ${owner}, ${ACCESS[access]}`;
}

function orphan(value, label, containers) {
  return containers.length ? [element("option", { value }, `${label} (${number(containers.length)})`)] : [];
}

function empty(title, text) {
  return element("div", { class: "op-empty" }, element("h3", {}, title), element("p", {}, text));
}
