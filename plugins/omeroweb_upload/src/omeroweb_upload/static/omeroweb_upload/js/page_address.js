/** The address of the page: `?dataset=`, `?project=` or `?screen=` choose the target, `?upload=` shows one. */

const KINDS = ["dataset", "project", "screen"];
const ID = /^\d{1,18}$/;
const UPLOAD = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @returns {object} the target that the address names: the first dataset, project or screen */
export function named() {
  const query = new URLSearchParams(location.search);
  for (const kind of KINDS) {
    const [id] = (query.get(kind) ?? "").split(",");
    if (ID.test(id)) return { [kind]: Number(id) };
  }
  return {};
}

/** @returns {string|null} the upload that the address names */
export function current() {
  const id = new URLSearchParams(location.search).get("upload") ?? "";
  return UPLOAD.test(id) ? id : null;
}

/** @param {string|null} id of the upload that a reload shows again */
export function remember(id) {
  const url = new URL(location.href);
  url.searchParams.delete("upload");
  if (id) url.searchParams.set("upload", id);
  history.replaceState(null, "", url);
}
