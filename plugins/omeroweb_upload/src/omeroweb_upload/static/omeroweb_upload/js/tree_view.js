/** The chosen files as a tree: folders open on demand, everything can be removed. */

import { button, element } from "../../omero_plugin_common/js/dom.js";
import { bytes, counted } from "../../omero_plugin_common/js/format.js";

// Rows of one folder that are shown at once.
const MOST = 200;
const COLLATOR = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

export class TreeView {
  #place;
  #remove;
  // Paths of folders that the user has opened.
  #open = new Set();

  /**
   * @param {HTMLElement} place an empty list
   * @param {(path: string) => void} remove a file, or a folder with a `/` at its end
   */
  constructor(place, remove) {
    this.#place = place;
    this.#remove = remove;
  }

  /** @param {Folder} top */
  show(top) {
    // The only folder is open: its name alone says little.
    const [only] = top.folders.values();
    if (top.folders.size === 1 && top.own.length === 0) this.#open.add(only.path);
    this.#fill(this.#place, top, 0);
  }

  #fill(list, folder, from) {
    const folders = [...folder.folders.values()].sort(byName);
    const rows = [...folders, ...[...folder.own].sort(byName)];
    const lines = rows.slice(from, from + MOST).map((row) => (row.folders ? this.#folder(row) : this.#file(row)));
    if (from === 0) list.replaceChildren(...lines);
    else list.append(...lines);
    const rest = rows.length - from - MOST;
    if (rest <= 0) return;
    const more = element("li", { class: "upload-tree-more" },
      button(`Show more (${counted(rest, "row")})`, () => {
        more.remove();
        this.#fill(list, folder, from + MOST);
      }, { class: "op-button op-button-plain" }));
    list.append(more);
  }

  #folder(folder) {
    const inside = element("ul");
    const facts = folder.files === 0 ? "empty" : `${counted(folder.files, "file")}, ${bytes(folder.bytes)}`;
    const details = element("details", { open: this.#open.has(folder.path) },
      element("summary", {},
        element("span", { class: "upload-tree-name" }, folder.name),
        element("span", { class: "upload-tree-facts" }, facts)),
      inside);
    const fill = () => {
      if (details.open && inside.childElementCount === 0) this.#fill(inside, folder, 0);
    };
    fill();
    details.addEventListener("toggle", () => {
      if (details.open) this.#open.add(folder.path);
      else this.#open.delete(folder.path);
      fill();
    });
    return element("li", { class: "upload-tree-folder" }, details, this.#remover(folder.path, `Remove folder ${folder.name}`));
  }

  #file({ name, path, size }) {
    return element("li", { class: "upload-tree-file" },
      element("span", { class: "upload-tree-name" }, name),
      element("span", { class: "upload-tree-facts" }, bytes(size)),
      this.#remover(path, `Remove ${name}`));
  }

  #remover(path, label) {
    return button("×", () => this.#remove(path), { class: "upload-tree-remove", "aria-label": label, title: label });
  }
}

function byName(one, other) {
  return COLLATOR.compare(one.name, other.name);
}
