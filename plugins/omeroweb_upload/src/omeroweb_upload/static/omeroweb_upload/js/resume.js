/** An upload goes on: the folder is dropped again, or the browser remembers it and asks for permission. */

import { element } from "../../omero_plugin_common/js/dom.js";
import { bytes, counted } from "../../omero_plugin_common/js/format.js";
import { toast } from "../../omero_plugin_common/js/toast.js";
import { DropZone } from "./drop_zone.js";
import { matchFolder } from "./match_folder.js";
import { part } from "./page_parts.js";
import { allowed, storedHandles, storeHandles } from "./stored_handles.js";

const MOST_NAMED = 10;

export class Resume {
  #zone;
  #job = "";
  #wanted = [];
  #here = new Map();
  #handles = [];
  #matched;

  /** @param {(found: Map<number, object>) => void} matched files of the upload are on this computer */
  constructor(matched) {
    this.#matched = matched;
    this.#zone = new DropZone({
      zone: part("again-drop"), folderButton: part("again-folder"), filesButton: part("again-files"),
      folderField: part("again-folder-field"), filesField: part("again-files-field"), status: part("again-reading"),
    }, (found) => this.#dropped(found));
    part("again-stored").addEventListener("click", () => this.#fromStored());
  }

  /**
   * Ask for the files of an upload.
   *
   * @param {string} job
   * @param {object[]} files all that are to arrive, as the server lists them
   */
  async ask(job, files) {
    this.#job = job;
    // The checksum of what has arrived may be missing.
    this.#wanted = files.filter((file) => isMissing(file) || !file.sha1.browser);
    this.#here = new Map();
    const wanted = files.filter(isMissing);
    const missing = wanted.reduce((sum, { size, received }) => sum + size - (received ?? 0), 0);
    part("again-text").textContent = `${counted(wanted.length, "file")} with ${bytes(missing)} ${wanted.length === 1 ? "has" : "have"} not arrived. What has arrived is not sent again.`;
    part("again").hidden = false;
    this.#handles = await storedHandles(job);
    part("again-stored").hidden = this.#handles.length === 0;
  }

  hide() {
    part("again").hidden = true;
    part("refused").hidden = true;
  }

  async #fromStored() {
    try {
      if (await allowed(this.#handles)) await this.#zone.readHandles(this.#handles);
      else toast("Without the permission the page cannot read the folder: drop it again instead.");
    } catch {
      toast("The folder cannot be found any more: drop it again.", { kind: "bad" });
    }
  }

  #dropped({ files, handles }) {
    for (const each of files) this.#here.set(each.path, each);
    const { found, changed, missing } = this.#match();
    this.#tell(changed, found.size > 0 || changed.length > 0 ? missing : []);
    if (found.size === 0) {
      if (changed.length === 0) toast("None of these files belongs to this upload: drop the folder that it was started with.", { kind: "bad" });
      return;
    }
    storeHandles(this.#job, handles);
    part("again").hidden = missing.length === 0 && changed.length === 0;
    this.#matched(found);
  }

  /** What has arrived may be missing here, or be another file now. */
  #match() {
    const all = matchFolder(this.#wanted, this.#here);
    const needed = new Set(this.#wanted.filter(isMissing).map(({ path }) => path));
    return { found: all.found, changed: all.changed.filter(({ path }) => needed.has(path)), missing: all.missing.filter((path) => needed.has(path)) };
  }

  #tell(changed, missing) {
    const note = part("refused");
    const lines = [];
    if (changed.length > 0) {
      lines.push(element("p", {}, element("strong", {}, `${counted(changed.length, "file")} changed on this computer since the upload was started, so ${changed.length === 1 ? "it is" : "they are"} not sent.`), " Put the original back, or start a new upload."),
        list(changed.map(({ path, why }) => `${path} ${why}`)));
    }
    if (missing.length > 0) {
      lines.push(element("p", {}, element("strong", {}, `${counted(missing.length, "file")} of this upload ${missing.length === 1 ? "is" : "are"} not in what you dropped:`)), list(missing));
    }
    note.dataset.of = "folder";
    note.hidden = lines.length === 0;
    note.replaceChildren(...lines);
  }
}

function isMissing({ size, received }) {
  return received < size;
}

function list(lines) {
  const more = lines.length - MOST_NAMED;
  return element("ul", {}, ...lines.slice(0, MOST_NAMED).map((line) => element("li", {}, line)),
    more > 0 ? element("li", {}, `and ${counted(more, "other")}`) : null);
}
