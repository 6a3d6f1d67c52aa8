/** Files by folder, with how many and how large: what the page shows of what was chosen. */

/**
 * @typedef {object} Folder
 * @property {string} name
 * @property {string} path with a `/` at its end; empty for the one that holds everything
 * @property {number} files in it and below
 * @property {number} bytes of them
 * @property {Map<string, Folder>} folders by name
 * @property {{name: string, path: string, size: number}[]} own files that are in it directly
 */

/** @returns {Folder} */
function folder(name, path) {
  return { name, path, files: 0, bytes: 0, folders: new Map(), own: [] };
}

/**
 * @param {Iterable<{path: string, size: number}>} files
 * @param {Iterable<string>} [empty] paths of folders that have no file
 * @returns {Folder} the one that holds everything
 */
export function buildTree(files, empty = []) {
  const top = folder("", "");
  for (const { path, size } of files) {
    const names = path.split("/");
    const name = names.pop();
    let place = top;
    count(place, size);
    for (const each of names) {
      place = inside(place, each);
      count(place, size);
    }
    place.own.push({ name, path, size });
  }
  for (const path of empty) {
    let place = top;
    for (const each of path.split("/").filter(Boolean)) place = inside(place, each);
  }
  return top;
}

function count(place, size) {
  place.files += 1;
  place.bytes += size;
}

function inside(place, name) {
  if (!place.folders.has(name)) place.folders.set(name, folder(name, `${place.path}${name}/`));
  return place.folders.get(name);
}
