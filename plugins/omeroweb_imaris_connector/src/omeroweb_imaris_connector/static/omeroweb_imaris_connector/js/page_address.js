/** The address of the page: `?image=1&image=2`, `?image=1,2` or `?dataset=3` say what to export. */

const ID = /^\d{1,18}$/;

/** @returns {{images: string[], datasets: string[]}} ids that the address names, each once */
export function named() {
  const query = new URLSearchParams(location.search);
  const ids = (name) => [...new Set(query.getAll(name).flatMap((text) => text.split(",")).filter((id) => ID.test(id)))];
  return { images: ids("image"), datasets: ids("dataset") };
}

/** A reload does not ask again for what has been exported. */
export function forget() {
  history.replaceState(null, "", new URL(location.pathname, location.href));
}
