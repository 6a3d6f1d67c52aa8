/** Step 1: a project or screen, and which of its datasets or plates. */

import { getJSON } from "../../omero_plugin_common/js/api.js";
import { element } from "../../omero_plugin_common/js/dom.js";
import { counted, number } from "../../omero_plugin_common/js/format.js";
import { Newest, debounced } from "../../omero_plugin_common/js/newest.js";
import { ArraySource } from "../../omero_plugin_common/js/sources.js";
import { TryAgain } from "../../omero_plugin_common/js/try_again.js";
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
const INSIDE = { project: "dataset", screen: "plate", "no-project": "dataset", "no-screen": "plate" };

export class Choose {
  #containers = null;
  #chosen = null;
  #newest = new Newest();
  #showColleagues;
  #retry = new TryAgain(part("choose-failed"), () => (this.#containers ? this.#open() : this.#load()));
  #changing;
  #changed;
  #colleagues;

  /**
   * @param {object} options
   * @param {() => void} options.changing the choice of containers is under way
   * @param {(wanted: {datasets?: number[], plates?: number[]}|null) => void} options.changed other
   *   containers are chosen; nothing when none is
   * @param {(shown: boolean) => void} options.colleagues colleagues' projects are to be shown or not
   */
  constructor({ changing, changed, colleagues }) {
    this.#changing = changing;
    this.#changed = changed;
    this.#colleagues = colleagues;
    part("project").addEventListener("change", () => {
      this.#retry.done();
      this.#open();
    });
    part("colleagues").addEventListener("change", (event) => {
      this.#offer();
      this.#colleagues(event.target.checked);
    });
  }

  /**
   * Ask for projects and screens, and open the one that the address names.
   *
   * @param {Promise<boolean>} showColleagues whether colleagues' are listed at first
   */
  load(showColleagues) {
    this.#showColleagues = showColleagues;
    return this.#load();
  }

  async #load() {
    try {
      const [containers, shown] = await Promise.all([getJSON(addresses().projects), this.#showColleagues]);
      this.#containers = containers;
      part("colleagues").checked = shown;
    } catch (error) {
      part("project").replaceChildren(element("option", {}, "Not available"));
      this.#retry.failed(error, "The projects could not be listed.");
      return;
    }
    this.#retry.done();
    this.#offer(named());
    if (named() && !part("project").value) {
      // A colleague's project, by its address.
      part("colleagues").checked = true;
      this.#offer(named());
    }
    if (part("project").value) this.#open();
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
      group("My projects", owned),
      colleagues && group("Colleagues’ projects that I may edit", collab),
      colleagues && group("Colleagues’ projects that I may annotate", collab_annotate),
      colleagues && group("Colleagues’ projects that I may only view", read_only),
      group("Screens", screens.filter(seen)),
      element("optgroup", { label: "Without a project or screen" },
        ...orphan("no-project", "Datasets", orphans.datasets.filter(seen)),
        ...orphan("no-screen", "Plates", orphans.plates.filter(seen))),
    ].filter((each) => each && each.childElementCount);
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
      ? "You have no projects of your own, but you may work on your colleagues’: tick “Show colleagues’ as well”."
      : "Import images into a dataset of a project. The project is then listed here."));
  }

  async #open() {
    const [kind, id] = part("project").value.split(":");
    remember(part("project").value);
    part("chosen").textContent = "";
    part("containers").replaceChildren();
    this.#choose(null);
    this.#newest.stop();
    this.#explain(kind, id);
    if (!kind) return;
    try {
      const rows = await this.#newest.run((signal) => this.#inside(kind, id, signal));
      this.#retry.done();
      this.#show(INSIDE[kind], rows);
    } catch (error) {
      this.#retry.failed(error, `The ${INSIDE[kind]}s could not be listed.`);
    }
  }

  #choose(wanted) {
    this.#chosen = wanted;
    this.#changed(wanted);
  }

  async #inside(kind, id, signal) {
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
    const tick = `Tick a ${kind} to read the names of its images.`;
    const tell = debounced(() => {
      const chosen = full.filter((row) => table.selected.includes(row.id));
      this.#choose(chosen.length ? { [`${kind}s`]: chosen.map((row) => row.id) } : null);
    }, 250);
    table.addEventListener("op-select", () => {
      this.#changing();
      const chosen = new Set(table.selected);
      const images = rows.reduce((sum, row) => sum + (chosen.has(row.id) ? row.images : 0), 0);
      const summary = `${number(chosen.size)} of ${counted(rows.length, kind)} chosen, with ${counted(images, "image")}.`;
      part("chosen").textContent = chosen.size ? summary : tick;
      tell();
    });
    await table.setUp({
      name: kind === "dataset" ? "Datasets" : "Plates",
      source: new ArraySource(rows),
      selectable: true,
      columns: [
        { key: "name", label: kind === "dataset" ? "Dataset" : "Plate", sorts: true, min: 10, grow: 5 },
        { key: "images", label: "Images", sorts: true, end: true, min: 6, text: (row) => number(row.images) },
      ],
    });
    // Which of several are meant is for the user to say: a write changes all that are ticked.
    if (rows.length === 1) await table.selectAll();
    else part("chosen").textContent = tick;
  }
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

/** What the address names, so that a reload or a bookmark opens the same. */
function named() {
  const query = new URLSearchParams(location.search);
  const kind = ["project", "screen"].find((each) => query.has(each));
  return kind ? `${kind}:${query.get(kind)}` : "";
}

function remember(value) {
  const [kind, id] = value.split(":");
  const url = new URL(location.href);
  for (const each of ["project", "screen"]) url.searchParams.delete(each);
  if (id) url.searchParams.set(kind, id);
  history.replaceState(null, "", url);
}
