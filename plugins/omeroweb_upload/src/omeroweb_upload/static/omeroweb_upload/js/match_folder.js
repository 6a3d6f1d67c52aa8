/**
 * Which of the files that were dropped again are those that an upload still wants.
 *
 * The same folder gives the same paths. A folder above it or below it gives paths with other beginnings:
 * these are found out from one file and then hold for all.
 */

/**
 * @param {{number: number, path: string, size: number, modified: number|null}[]} wanted files of the upload
 * @param {Map<string, {path: string, size: number, modified: number}>} chosen what was dropped, by path
 * @returns {{found: Map<number, object>, changed: {path: string, why: string}[], missing: string[]}} what
 *   was dropped, by number of the file; files that are others now; paths of files that were not dropped
 */
export function matchFolder(wanted, chosen) {
  // macOS gives names with separate accents for what others write as one letter.
  const dropped = new Map([...chosen].map(([path, file]) => [path.normalize("NFC"), file]));
  const begins = beginnings(wanted, dropped);
  const result = { found: new Map(), changed: [], missing: [] };
  for (const file of wanted) {
    const there = find(file.path, begins, dropped);
    if (!there) {
      result.missing.push(file.path);
      continue;
    }
    const why = difference(file, there);
    if (why) result.changed.push({ path: file.path, why });
    else result.found.set(file.number, there);
  }
  return result;
}

/** What of a file is not as it was; empty when it is the same. */
function difference(file, there) {
  if (there.size !== file.size) return `has ${there.size} bytes instead of ${file.size}`;
  const moved = file.modified !== null && there.modified !== file.modified;
  return moved ? "was changed since" : "";
}

function find(stored, { cut, put }, dropped) {
  const path = stored.normalize("NFC");
  if (dropped.has(path)) return dropped.get(path);
  if (!path.startsWith(cut)) return undefined;
  return dropped.get(put + path.slice(cut.length));
}

/** What the paths of the upload begin with, and those that were dropped have in its place. */
function beginnings(wanted, dropped) {
  const same = { cut: "", put: "" };
  if (wanted.length === 0 || wanted.some(({ path }) => dropped.has(path.normalize("NFC")))) return same;
  const ends = new Map();
  for (const path of dropped.keys()) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (!ends.has(name)) ends.set(name, []);
    ends.get(name).push(path);
  }
  for (const { path: stored, size } of wanted) {
    const path = stored.normalize("NFC");
    const names = ends.get(path.slice(path.lastIndexOf("/") + 1)) ?? [];
    for (const other of names) {
      if (dropped.get(other).size === size) return parted(path, other);
    }
  }
  return same;
}

/** Two paths without the end that they share. */
function parted(path, other) {
  const one = path.split("/");
  const two = other.split("/");
  while (one.length > 0 && two.length > 0 && one.at(-1) === two.at(-1)) {
    one.pop();
    two.pop();
  }
  const front = (parts) => parts.map((each) => `${each}/`).join("");
  return { cut: front(one), put: front(two) };
}
