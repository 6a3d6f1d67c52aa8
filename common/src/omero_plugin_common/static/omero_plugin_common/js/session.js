/**
 * The user's session: kept alive while the page is open, and asked for again when it is lost.
 *
 * Nothing on the page is given up: a banner offers the login in a new tab and goes away when the
 * same user is back. Components stop asking at `op:session-lost` and go on at `op:session-restored`
 * (both on `document`).
 */

import { button, element, pageFacts } from "./dom.js";

const BANNER = "op-session";

/** @returns {boolean} whether the log-in-again banner is there */
export function isSessionLost() {
  return document.getElementById(BANNER) !== null;
}

/** Show the log-in-again banner, once. */
export function sessionLost() {
  if (isSessionLost()) return;
  const login = pageFacts()?.dataset.loginUrl ?? "/webclient/login/";
  const text = element(
    "p", {},
    element("strong", {}, "You are logged out. "),
    element("span", {}, "Nothing on this page is lost: log in again, then come back to this tab."),
  );
  const link = element(
    "a",
    { class: "op-button op-button-primary", href: login, target: "_blank", rel: "noopener" },
    "Log in again",
  );
  const banner = element(
    "section",
    { id: BANNER, class: "op-session", role: "alert", "aria-label": "Session" },
    text, link, button("I am logged in", () => checkSession()),
  );
  document.body.prepend(banner);
  window.addEventListener("focus", checkSession);
  document.addEventListener("visibilitychange", checkWhenSeen);
  document.dispatchEvent(new CustomEvent("op:session-lost"));
}

/**
 * Look whether the user is back, by asking for this page again: logged out it would be the login.
 *
 * @returns {Promise<boolean>}
 */
export async function checkSession() {
  if (!isSessionLost()) return true;
  const user = await userOfThisPage();
  if (user === null) {
    say("You are still logged out. Log in in the other tab, then come back.");
    return false;
  }
  if (user !== pageFacts()?.dataset.userId) {
    say("Somebody else is logged in now. Reload the page to continue as that user.");
    return false;
  }
  window.removeEventListener("focus", checkSession);
  document.removeEventListener("visibilitychange", checkWhenSeen);
  document.getElementById(BANNER)?.remove();
  document.dispatchEvent(new CustomEvent("op:session-restored"));
  return true;
}

/** Ask OMERO.web to keep the session alive, as often as its own pages do. */
export function keepAlive() {
  const { pingUrl, pingSeconds } = pageFacts()?.dataset ?? {};
  if (!pingUrl || !(Number(pingSeconds) > 0)) return;
  setInterval(async () => {
    if (isSessionLost()) return;
    try {
      const response = await fetch(pingUrl, { credentials: "same-origin", cache: "no-store" });
      // OMERO.web answers 200 either way; only this word says that the session is alive.
      if (response.ok && (await response.text()).trim() !== "OK") sessionLost();
    } catch {
      // No connection is no lost session; the next ping will tell.
    }
  }, Number(pingSeconds) * 1000);
}

/** The id of the user whom this page would be made for now; nothing if that is nobody. */
async function userOfThisPage() {
  try {
    const response = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
    if (!response.ok) return null;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return page.getElementById("op-main")?.dataset.userId || null;
  } catch {
    return null;
  }
}

function checkWhenSeen() {
  if (document.visibilityState === "visible") checkSession();
}

function say(text) {
  const place = document.querySelector(`#${BANNER} p span`);
  if (place) place.textContent = text;
}
