/** What is asked for: the form, and the address of the page, which can be reloaded and passed on. */

const BETWEEN = "between";
const NANOSECONDS = 1_000_000n;
const BOXES = ["source", "level", "file"];

/** @param {Date} date @returns {string} as a field of local time has it, to the second */
function local(date) {
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19);
}

/** @param {string} text of a field, or of the address @returns {Date|null} nothing for no moment */
function moment(text) {
  const found = new Date(text);
  return text && !Number.isNaN(found.getTime()) ? found : null;
}

export class Question {
  #form;
  #text = document.getElementById("logs-text");
  #time = document.getElementById("logs-time");
  #from = document.getElementById("logs-from");
  #to = document.getElementById("logs-to");
  #pod = "";

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.#form = form;
  }

  /** @param {string} name of boxes @returns {string[]} those that are ticked */
  checked(name) {
    return [...this.#form.querySelectorAll(`input[name="${name}"]:checked`)].map((box) => box.value);
  }

  /** Whether the time that is asked for ends: nothing new can appear in it. */
  get ends() {
    return this.#time.value === BETWEEN && this.#to.value !== "";
  }

  /** @returns {Record<string, string>} of the question @throws {Error} two moments are none to ask for */
  time() {
    if (this.#time.value !== BETWEEN) return { lookback: this.#time.value };
    const [from, to] = [moment(this.#from.value), moment(this.#to.value)];
    if (from === null) throw new Error("choose from when");
    if (to !== null && to <= from) throw new Error("choose an end that is after the beginning");
    const nanoseconds = (date) => String(BigInt(date.getTime()) * NANOSECONDS);
    return { start: nanoseconds(from), ...(to === null ? {} : { end: nanoseconds(to) }) };
  }

  /** @param {Record<string, string>} time @returns {URLSearchParams} for the server */
  parameters(time) {
    const asked = this.#chosen();
    for (const [name, value] of Object.entries(time)) asked.append(name, String(value));
    return asked;
  }

  /** Take what is in the address of the page into the form; boxes are there already. */
  read() {
    const given = new URLSearchParams(window.location.search);
    for (const name of ["source", "level"]) {
      const wanted = new Set(given.getAll(name));
      for (const box of this.#form.querySelectorAll(`input[name="${name}"]`)) box.checked = wanted.has(box.value);
    }
    this.#text.value = given.get("query") ?? "";
    this.#pod = given.get("pod") ?? "";
    const from = moment(given.get("from") ?? "");
    const to = moment(given.get("to") ?? "");
    const last = given.get("lookback");
    if (from !== null) this.#between(from, to);
    else if ([...this.#time.options].some(({ value }) => value === last && value !== BETWEEN)) this.#time.value = last;
    this.show();
    return given.getAll("file");
  }

  /** Put what is asked for into the address of the page. */
  write() {
    const shown = this.#chosen();
    if (this.#time.value === BETWEEN) {
      for (const [name, field] of [["from", this.#from], ["to", this.#to]]) {
        const at = moment(field.value);
        if (at !== null) shown.append(name, at.toISOString());
      }
    } else {
      shown.append("lookback", this.#time.value);
    }
    window.history.replaceState(null, "", `?${shown}`);
  }

  /** The fields of two moments begin with what was shown before. */
  timeChosen(before) {
    if (this.#time.value === BETWEEN && !this.#from.value) this.#between(new Date(Date.now() - Number(before) * 1000), null);
    this.show();
  }

  /** Entries of all pods again. */
  forgetPod() {
    this.#pod = "";
    this.show();
  }

  /** Show the fields and words that belong to what is chosen. */
  show() {
    for (const each of this.#form.querySelectorAll("[data-between]")) each.hidden = this.#time.value !== BETWEEN;
    document.getElementById("logs-of-pod").hidden = this.#pod === "";
    document.getElementById("logs-pod").textContent = this.#pod;
  }

  #between(from, to) {
    this.#time.value = BETWEEN;
    this.#from.value = local(from);
    this.#to.value = to === null ? "" : local(to);
  }

  #chosen() {
    const asked = new URLSearchParams();
    for (const name of BOXES) for (const value of this.checked(name)) asked.append(name, value);
    if (this.#text.value) asked.append("query", this.#text.value);
    if (this.#pod) asked.append("pod", this.#pod);
    return asked;
  }
}
