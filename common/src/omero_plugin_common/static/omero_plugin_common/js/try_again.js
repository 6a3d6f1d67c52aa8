/** A failure that says what happened, is tried again automatically, and has a button for it. */

import { button, element } from "./dom.js";
import { sentence } from "./format.js";
import { isSessionLost } from "./session.js";

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 30_000;
// The same request would be refused again: the message says what to change.
const REFUSED = new Set([400, 403, 409, 413]);

/**
 * The place of a failure. Work that fails calls `failed`, work that succeeds calls `done`.
 *
 * It tries again after a pause that grows up to half a minute, not in a hidden tab, and at once when
 * the user has logged in again.
 */
export class TryAgain {
  #place;
  #again;
  #text = element("p");
  #button;
  #timer = 0;
  #failures = 0;
  #due = false;
  #ends = null;

  /**
   * @param {HTMLElement} place an empty element of the page
   * @param {() => void} again does the work once more, and calls `failed` or `done`
   */
  constructor(place, again) {
    this.#place = place;
    this.#again = again;
    this.#button = button("Try again", () => this.#now());
    place.classList.add("op-try-again");
    place.setAttribute("role", "alert");
    place.hidden = true;
    place.append(this.#text, this.#button);
  }

  /**
   * Say that something did not work, and try it again.
   *
   * @param {Error & {status?: number, retryAfter?: number|null}} error what was thrown; a request that
   *   was ended on purpose is no failure
   * @param {string} what could not be done, as a sentence
   */
  failed(error, what) {
    if (error.name === "AbortError") return;
    this.#failures += 1;
    this.#listen();
    const loggedOut = error.status === 401;
    const refused = REFUSED.has(error.status);
    const why = loggedOut ? "You are logged out. Log in again: the page then continues." : sentence(error.message);
    const next = loggedOut || refused ? "" : " Trying again automatically.";
    this.#text.textContent = `${what} ${why}${next}`;
    this.#button.hidden = loggedOut || refused;
    this.#place.hidden = false;
    clearTimeout(this.#timer);
    this.#due = false;
    if (!loggedOut && !refused) this.#timer = setTimeout(() => this.#soon(), this.#pause(error));
  }

  /** It worked, or is not wanted any more. */
  done() {
    clearTimeout(this.#timer);
    this.#failures = 0;
    this.#due = false;
    this.#ends?.abort();
    this.#ends = null;
    this.#place.hidden = true;
    this.#text.textContent = "";
  }

  /** Many pages lose the same server: they do not all come back in the same moment. */
  #pause({ retryAfter }) {
    const grown = Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 1), LONGEST_PAUSE_MS);
    return Math.max(grown, (retryAfter ?? 0) * 1000) * (1 + Math.random() / 4);
  }

  #listen() {
    if (this.#ends) return;
    this.#ends = new AbortController();
    const { signal } = this.#ends;
    document.addEventListener("op:session-restored", () => this.#now(), { signal });
    document.addEventListener("visibilitychange", () => {
      if (this.#due) this.#soon();
    }, { signal });
  }

  /** What is due in a hidden tab waits until the tab is seen, without a session until that is back. */
  #soon() {
    this.#due = document.visibilityState === "hidden";
    if (!this.#due && !isSessionLost()) this.#now();
  }

  #now() {
    clearTimeout(this.#timer);
    this.#due = false;
    this.#text.textContent = "Trying again…";
    this.#again();
  }
}
