/**
 * Everything that was dropped or picked: files of folders at any depth, and folders that are empty.
 *
 * Browsers have three ways to folders. Handles of the File System Access API can be stored, and asked
 * again after a reload; entries of a drop come at most a hundred at a time; a picker for folders gives a
 * flat list without the empty ones.
 */

const AT_A_TIME = 200;

/**
 * @typedef {object} Found
 * @property {ChosenFile[]} files
 * @property {string[]} emptyFolders
 * @property {{path: string, why: string}[]} unreadable
 * @property {object[]} handles of what was dropped, to be stored; empty where the browser has none
 */

/**
 * Read a drop. Call it in the event itself: the browser forgets what was dropped right after.
 *
 * @param {DataTransfer} transfer
 * @param {(count: number) => void} [told] how many files are found until now
 * @returns {Promise<Found>}
 */
export function fromDrop(transfer, told) {
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  const given = items.map((item) => ({
    handle: item.getAsFileSystemHandle?.().catch(() => null) ?? Promise.resolve(null),
    entry: item.webkitGetAsEntry?.() ?? null,
    file: item.getAsFile(),
  }));
  return readGiven(given, told);
}

/** @param {FileList|File[]} list of a file field @returns {Found} */
export function fromList(list) {
  const found = nothing();
  for (const file of list) add(found, file.webkitRelativePath || file.name, file);
  return found;
}

/**
 * @param {object[]} handles of files and folders
 * @param {(count: number) => void} [told]
 * @returns {Promise<Found>}
 */
export async function fromHandles(handles, told) {
  const found = nothing();
  for (const handle of handles) await walk(found, handleNode(handle), told);
  found.handles = handles;
  return found;
}

async function readGiven(given, told) {
  const found = nothing();
  for (const { handle: asked, entry, file } of given) {
    const handle = await asked;
    if (handle) {
      await walk(found, handleNode(handle), told);
      found.handles.push(handle);
    } else if (entry) {
      await walk(found, entryNode(entry), told);
    } else if (file) {
      add(found, file.name, file);
    }
  }
  return found;
}

function nothing() {
  return { files: [], emptyFolders: [], unreadable: [], handles: [] };
}

/** All files below; without recursion, since folders may be deep. */
async function walk(found, first, told) {
  const waiting = [["", first]];
  while (waiting.length > 0) {
    const [above, node] = waiting.pop();
    const path = above + node.name;
    if (!node.isFolder) {
      await addFiles(found, above, [node], told);
      continue;
    }
    let children = [];
    try {
      children = await node.children();
    } catch (error) {
      found.unreadable.push({ path: `${path}/`, why: error.message || error.name });
      continue;
    }
    if (children.length === 0) found.emptyFolders.push(path);
    for (const child of children) if (child.isFolder) waiting.push([`${path}/`, child]);
    await addFiles(found, `${path}/`, children.filter(({ isFolder }) => !isFolder), told);
  }
}

/** Files of one folder; the browser is asked for many at a time. */
async function addFiles(found, above, nodes, told) {
  for (let at = 0; at < nodes.length; at += AT_A_TIME) {
    await Promise.all(nodes.slice(at, at + AT_A_TIME).map(async (node) => {
      try {
        add(found, above + node.name, await node.file());
      } catch (error) {
        found.unreadable.push({ path: above + node.name, why: error.message || error.name });
      }
    }));
    told?.(found.files.length);
  }
}

function add(found, path, file) {
  found.files.push({ path, file, size: file.size, modified: file.lastModified });
}

/** A handle of the File System Access API. */
function handleNode(handle) {
  return {
    name: handle.name,
    isFolder: handle.kind === "directory",
    file: () => handle.getFile(),
    async children() {
      const all = [];
      for await (const child of handle.values()) all.push(handleNode(child));
      return all;
    },
  };
}

/** An entry of a drop. */
function entryNode(entry) {
  return {
    name: entry.name,
    isFolder: entry.isDirectory,
    file: () => new Promise((resolve, reject) => { entry.file(resolve, reject); }),
    async children() {
      const all = [];
      const reader = entry.createReader();
      // At most a hundred at a time, until none comes.
      for (;;) {
        const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
        if (some.length === 0) return all;
        all.push(...some.map(entryNode));
      }
    },
  };
}
