/**
 * Which folders an upload came from, stored in this browser: after a reload the page asks for permission
 * instead of another drop. Only where the browser has the File System Access API; nothing leaves it.
 */

const DATABASE = "omeroweb_upload";
const STORE = "handles";
const MOST = 20;

/** @param {string} job @param {object[]} handles */
export async function storeHandles(job, handles) {
  if (handles.length === 0) return;
  await withStore("readwrite", async (store) => {
    store.put({ job, handles, at: Date.now() });
    const all = await result(store.getAll());
    // The oldest ones are not asked for any more.
    for (const old of all.sort((one, other) => other.at - one.at).slice(MOST)) store.delete(old.job);
  });
}

/** @param {string} job @returns {Promise<object[]>} handles; none when there are none */
export async function storedHandles(job) {
  const found = await withStore("readonly", (store) => result(store.get(job)));
  return found?.handles ?? [];
}

/** @param {string} job that is over */
export async function forgetHandles(job) {
  await withStore("readwrite", (store) => store.delete(job));
}

/** @param {object[]} handles @returns {Promise<boolean>} whether the user lets the page read them; call it in a click */
export async function allowed(handles) {
  for (const handle of handles) {
    if ((await handle.requestPermission?.({ mode: "read" })) !== "granted") return false;
  }
  return true;
}

/** A browser that stores nothing (private windows) is no failure: the folder is dropped again. */
async function withStore(mode, work) {
  try {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "job" });
    const base = await result(opening);
    const found = await work(base.transaction(STORE, mode).objectStore(STORE));
    base.close();
    return found;
  } catch {
    return undefined;
  }
}

function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
