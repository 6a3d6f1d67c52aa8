/** Asking the server: JSON in and out, CSRF, errors of one kind, time-outs, retries of reads. */

import { pageFacts } from "./dom.js";
import { sessionLost } from "./session.js";

const READS = new Set(["GET", "HEAD"]);
const WORTH_A_RETRY = new Set([502, 503, 504]);
const RETRIES = 2;
const TIMEOUT_MS = 30_000;
const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 5_000;

const MESSAGES = {
  0: "The site cannot be reached. Check the connection and try again.",
  401: "You are logged out.",
  403: "You may not do this.",
  404: "This no longer exists.",
  413: "This is too large.",
  429: "Too many requests. Wait a little and try again.",
  503: "The server is not available at the moment. Try again in a minute.",
};

/** Why a request did not work; `message` can be shown as it is. */
export class ApiError extends Error {
  /**
   * @param {object} facts
   * @param {number} facts.status HTTP status; 0 when no answer came
   * @param {string} facts.code the server's word for it, else `network`, `timeout`, `not_json`
   * @param {string} [facts.message] for the user
   * @param {number|null} [facts.retryAfter] seconds until it is worth trying again
   * @param {object|null} [facts.body] the whole answer
   */
  constructor({ status, code, message, retryAfter = null, body = null }) {
    super(message || MESSAGES[status] || `The server could not do this (${status}).`);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
    this.body = body;
  }
}

/**
 * Ask the server.
 *
 * Only reads (GET) are repeated, twice, when no answer came or a proxy said that none will. A 401
 * also shows the log-in-again banner; the page stays as it is.
 *
 * @param {string} address from a `data-` attribute of the page, never put together from constants
 * @param {object} [options]
 * @param {string} [options.method] GET if there is no body, else POST
 * @param {unknown} [options.json] the body
 * @param {FormData} [options.form] the body instead, with files
 * @param {Record<string, unknown>} [options.query] parameters; `null` and `undefined` are left out
 * @param {AbortSignal} [options.signal] ends the request with an `AbortError`
 * @param {number} [options.timeout] milliseconds for one attempt
 * @param {boolean} [options.keepalive] it goes on when the page is closed; its body has 64 KiB at most
 * @returns {Promise<any>} the JSON of the answer; `null` for an empty one
 * @throws {ApiError}
 */
export async function request(address, options = {}) {
  const method = options.method ?? (options.json === undefined ? "GET" : "POST");
  const url = withQuery(address, options.query);
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await attemptOnce(url, method, options);
    } catch (error) {
      const worth = error instanceof ApiError && (error.status === 0 || WORTH_A_RETRY.has(error.status));
      if (!worth || !READS.has(method) || attempt >= RETRIES) throw error;
      const pause = error.retryAfter === null ? FIRST_PAUSE_MS * 2 ** attempt : error.retryAfter * 1000;
      if (pause > LONGEST_PAUSE_MS) throw error;
      await wait(pause * (1 + Math.random() / 4), options.signal);
    }
  }
}

/** Read JSON; the options of `request`. */
export function getJSON(address, options = {}) {
  return request(address, { ...options, method: "GET" });
}

/** Send JSON, with the CSRF token; the options of `request`. */
export function postJSON(address, json = {}, options = {}) {
  return request(address, { ...options, method: options.method ?? "POST", json });
}

async function attemptOnce(url, method, { json, form, signal, timeout = TIMEOUT_MS, keepalive = false }) {
  const clock = AbortSignal.timeout(timeout);
  // Without `X-Requested-With`: OMERO.web answers a lost session with 403 then, as it does for what is
  // forbidden. Without, it sends the browser to the login page, and that can be told apart.
  const headers = { Accept: "application/json" };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  // The token goes to this site only. It is read each time: a new login brings a new one.
  if (!READS.has(method) && url.origin === location.origin) headers["X-CSRFToken"] = csrfToken();
  let response;
  let text;
  try {
    response = await fetch(url, {
      method,
      headers,
      body: json === undefined ? form : JSON.stringify(json),
      credentials: "same-origin",
      cache: "no-store",
      keepalive,
      signal: signal ? AbortSignal.any([signal, clock]) : clock,
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    if (clock.aborted) {
      throw new ApiError({ status: 0, code: "timeout", message: "The server took too long to answer." });
    }
    throw new ApiError({ status: 0, code: "network" });
  }
  return read(response, text);
}

function read(response, text) {
  const isJSON = /[/+]json\b/.test(response.headers.get("Content-Type") ?? "");
  const body = isJSON && text ? parse(text) : null;
  if (response.status === 401 || sentToLogin(response)) {
    sessionLost();
    throw new ApiError({ status: 401, code: body?.code ?? "not_logged_in", message: body?.error });
  }
  if (!response.ok) {
    throw new ApiError({
      status: response.status,
      code: body?.code ?? `http_${response.status}`,
      message: body?.error,
      retryAfter: retryAfter(response, body),
      body,
    });
  }
  if (text && body === null && text.trim() !== "null") {
    throw new ApiError({ status: response.status, code: "not_json", message: "The server's answer is not what this page expects. Reload the page." });
  }
  return body;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Pages of OMERO.web answer a lost session with the login page rather than with 401. */
function sentToLogin(response) {
  const login = pageFacts()?.dataset.loginUrl;
  if (!response.redirected || !login) return false;
  return new URL(response.url).pathname === new URL(login, location.href).pathname;
}

function retryAfter(response, body) {
  const seconds = Number(body?.retryAfter ?? response.headers.get("Retry-After") ?? Number.NaN);
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}

/** @returns {string} what a request that changes something sends as `X-CSRFToken`; a new login brings another */
export function csrfToken() {
  const name = pageFacts()?.dataset.csrfCookie ?? "csrftoken";
  for (const cookie of document.cookie.split("; ")) {
    if (cookie.startsWith(`${name}=`)) return decodeURIComponent(cookie.slice(name.length + 1));
  }
  return "";
}

function withQuery(address, query = {}) {
  const url = new URL(address, location.href);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

/** Wait, or end with the signal's `AbortError`. */
function wait(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
