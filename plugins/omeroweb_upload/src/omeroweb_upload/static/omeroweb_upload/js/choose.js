/** Step 1: files and folders are dropped or picked, and shown as a tree. */

import { element } from "../../omero_plugin_common/js/dom.js";
import { bytes, counted } from "../../omero_plugin_common/js/format.js";
import { toast } from "../../omero_plugin_common/js/toast.js";
import { ChosenFiles } from "./chosen_files.js";
import { DropZone } from "./drop_zone.js";
import { part } from "./page_parts.js";
import { buildTree } from "./tree.js";
import { TreeView } from "./tree_view.js";

const MOST_NAMED = 5;

export class Choose {
  #chosen = new ChosenFiles();
  #handles = [];
  #unreadable = [];
  #tree = new TreeView(part("tree"), (path) => this.#remove(path));
  #changed;

  /** @param {() => void} changed other files are chosen */
  constructor(changed) {
    this.#changed = changed;
    new DropZone({
      zone: part("drop"), folderButton: part("pick-folder"), filesButton: part("pick-files"),
      folderField: part("folder"), filesField: part("files"), status: part("reading"),
    }, (found) => this.#add(found));
    part("clear").addEventListener("click", () => this.clear());
  }

  /** @returns {ChosenFiles} what is chosen */
  get chosen() {
    return this.#chosen;
  }

  /** @returns {object[]} handles that can be stored, where the browser has them */
  get handles() {
    return this.#handles;
  }

  clear() {
    this.#chosen.clear();
    this.#handles = [];
    this.#unreadable = [];
    this.#show();
    this.#changed();
  }

  #add(found) {
    const doubled = this.#chosen.add(found);
    this.#handles.push(...found.handles);
    this.#unreadable.push(...found.unreadable);
    if (doubled.length > 0) {
      const names = named(doubled);
      toast(`${names}: another file with this path is chosen already, so ${doubled.length === 1 ? "this one was" : "these were"} not added. Drop the folder that contains both instead.`, { kind: "bad" });
    }
    this.#show();
    this.#changed();
    if (found.files.length === 0 && found.unreadable.length === 0) toast("There is no file in what you dropped.");
  }

  #remove(path) {
    this.#chosen.remove(path);
    this.#show();
    this.#changed();
    // What had the focus is gone.
    part("chosen-total").focus();
  }

  #show() {
    const { size } = this.#chosen;
    const empty = this.#chosen.emptyFolders;
    part("chosen").hidden = size === 0 && empty.length === 0;
    const folders = empty.length ? `; ${counted(empty.length, "empty folder")} will not be sent` : "";
    part("chosen-total").textContent = `${counted(size, "file")}, ${bytes(this.#chosen.bytes)}${folders}`;
    this.#tree.show(buildTree(this.#chosen.byPath.values(), empty));
    const note = part("unreadable");
    note.hidden = this.#unreadable.length === 0;
    note.replaceChildren(element("p", {}, element("strong", {}, `${counted(this.#unreadable.length, "file")} could not be read: `),
      named(this.#unreadable.map(({ path, why }) => `${path} (${why})`))));
  }
}

/** Some names of a list, and how many more there are. */
function named(list) {
  const more = list.length - MOST_NAMED;
  return `${list.slice(0, MOST_NAMED).join(", ")}${more > 0 ? ` and ${counted(more, "other")}` : ""}`;
}
