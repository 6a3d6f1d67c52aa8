/** Step 2: how names are read, and what their parts are called. */

import { element } from "../../omero_plugin_common/js/dom.js";
import { debounced } from "../../omero_plugin_common/js/newest.js";
import { part } from "./page_parts.js";

const LABELS = { detect: "Separators", separators: "Separators", regex: "Pattern (RE2)" };
const HINTS = {
  separators: "The characters between words, such as _- (a space counts, too). Several in a row count as one.",
  regex: "Named groups are variables: (?P<Line>[A-Za-z]+)_(?P<Dose>\\d+). Without named groups, the pattern says where to split.",
};
// Until images are chosen.
const NOTHING = { pattern: "", names: [], separators: [], labels: [], confidence: 0, scheme: null };

export class Names {
  #detected = NOTHING;
  #groups = false;
  #known = new Map();
  #typed = false;
  #changed;
  #keep;

  /**
   * @param {object} options
   * @param {() => void} options.changing what is being read is not wanted any more
   * @param {() => void} options.changed the names are to be read in another way
   * @param {(reading: {mode: string, pattern: string, names: string[]}) => void} options.keep called
   *   with what the user has typed or loaded, for the next visit
   */
  constructor({ changing, changed, keep }) {
    this.#changed = changed;
    this.#keep = keep;
    const later = debounced(changed);
    for (const radio of modes()) radio.addEventListener("change", () => this.#switch(radio.value));
    part("pattern").addEventListener("input", () => {
      changing();
      // Who edits what was found has separators of their own.
      if (this.mode === "detect") this.#mark("separators");
      this.#know();
      this.#fill([]);
      this.#touched();
      later();
    });
    part("variables").addEventListener("input", () => {
      changing();
      this.#touched();
      later();
    });
  }

  get mode() {
    return modes().find((radio) => radio.checked)?.value ?? "detect";
  }

  /** @returns {{mode: string, pattern: string, names: string[]}} for the server */
  get settings() {
    // What was found is more than its separators: the server finds it again.
    return { mode: this.mode, pattern: part("pattern").value, names: this.#groups ? [] : this.variables };
  }

  /** @returns {string[]} the names of the variables, by position */
  get variables() {
    return fields().map((field) => field.value.trim());
  }

  /**
   * A selection was made: fill in what was typed for it, what was found, or how the user reads names
   * at first.
   *
   * @param {object} detected what the server found
   * @param {{mode: string, separators: string}} preferred
   * @param {{mode: string, pattern: string, names: string[]}|null} kept what was typed for it
   * @param {{mode: string, pattern: string, names: string[]}|null} last how it was read when it was
   *   last written
   */
  begin(detected, preferred, kept, last) {
    this.#detected = detected;
    this.#typed = kept !== null && this.#fits(kept);
    if (this.#typed) this.#put(kept);
    else if (last) this.#put(last);
    else if (preferred.mode === "separators") this.#put({ mode: "separators", pattern: preferred.separators, names: [] });
    else this.#put({ mode: "detect", pattern: detected.pattern, names: detected.names });
  }

  /** Take settings over: of a set, of a model. */
  use(reading) {
    this.#put(reading);
    this.#touched();
  }

  /** Names for what was found are of no use when something else is found now. */
  #fits({ mode, pattern, names }) {
    const { pattern: found, names: parts } = this.#detected;
    return mode !== "detect" || parts.length === 0 || (pattern === found && names.length === parts.length);
  }

  #touched() {
    if (this.#detected === NOTHING) return;
    this.#typed = true;
    this.#keep({ mode: this.mode, pattern: part("pattern").value, names: this.variables });
  }

  #put({ mode, pattern, names }) {
    this.refuse(null);
    if (mode === "detect") ({ pattern } = this.#detected);
    part("pattern").value = pattern;
    this.#groups = hasGroups(mode, pattern);
    this.#mark(mode);
    this.#fill(names.length || mode !== "detect" ? names : this.#detected.names);
  }

  /** @param {string[]} names offered for variables */
  offer(names) {
    part("offered").replaceChildren(...names.map((name) => element("option", { value: name })));
  }

  /**
   * The names have been read: show an example for each variable.
   *
   * @param {object[]} shapes of the names, as the server told them
   * @returns {boolean} whether variables got names now, so that the names are to be read again
   */
  show(shapes) {
    const example = shapes.length ? pieces(shapes[0]) : [];
    this.#groups = hasGroups(this.mode, part("pattern").value);
    const given = this.variables;
    if (this.#groups) this.#fill(example.map(({ name }) => name));
    else if (given.length === 0) this.#fill(example.map(({ name, value }) => this.#known.get(value) || name));
    fields().forEach((field, at) => {
      field.readOnly = this.#groups;
      const { value = "" } = example[at] ?? {};
      field.closest("li").querySelector(".omp-example").textContent = value && `“${value}”`;
      field.dataset.example = value;
    });
    this.#hint("No variable was found. Try other separators, or a pattern.");
    if (this.#typed) this.#touched();
    return !this.#groups && given.length === 0 && example.length > 0;
  }

  /** The names could not be read: nothing is under way here. */
  failed() {
    this.#hint("Shown as soon as the names are read: see step 3.");
  }

  /** @param {string|null} message why a pattern was refused; nothing when it was not */
  refuse(message) {
    if (message) this.#hint("Correct the pattern first: its variables are then shown here.");
    const place = part("pattern-error");
    place.hidden = !message;
    place.textContent = message ?? "";
    if (message) part("pattern").setAttribute("aria-invalid", "true");
    else part("pattern").removeAttribute("aria-invalid");
  }

  #switch(mode) {
    this.#know();
    if (mode === "regex") {
      // What was found is a list of signs, which is no pattern yet.
      this.#put({ mode, pattern: "[_\\-\\s]+", names: [] });
    } else {
      this.#put({ mode, pattern: mode === "detect" ? "" : part("pattern").value, names: [] });
      if (mode === "separators") this.#put({ mode, pattern: this.#detected.pattern, names: this.#detected.names });
    }
    this.#touched();
    this.#changed();
  }

  /** Remember what was called how, so that a part keeps its name when it moves. */
  #know() {
    for (const field of fields()) {
      if (field.dataset.example) this.#known.set(field.dataset.example, field.value.trim());
    }
  }

  #mark(mode) {
    for (const radio of modes()) radio.checked = radio.value === mode;
    part("pattern-label").textContent = LABELS[mode];
    part("pattern-hint").textContent = mode === "detect" ? this.#describeDetected() : HINTS[mode];
  }

  #describeDetected() {
    const { separators, labels, confidence, scheme } = this.#detected;
    if (scheme) return `These look like names of ${scheme.name}: ${scheme.names} of ${scheme.of} that were looked at follow its scheme.`;
    if (separators.length === 0) return "No separator was found: each name is one word. Try separators or your own pattern.";
    const signs = separators.map((sign) => (sign === " " ? "space" : `“${sign}”`)).join(" and ");
    const labelled = labels.length ? ` Labels: ${labels.join(", ")}.` : "";
    const sure = confidence >= 0.8 ? "Nearly all names follow the same pattern." : "The names differ: check step 3 carefully.";
    return `Words are separated by ${signs}.${labelled} ${sure}`;
  }

  #fill(names) {
    part("variables").replaceChildren(...names.map((name, at) => {
      const field = element("input", {
        class: "op-input", value: named(name), placeholder: "Name this…", list: "omp-offered", maxlength: 255, autocomplete: "off",
        "aria-label": `Name of variable ${at + 1}`, "aria-describedby": `omp-example-${at}`,
      });
      return element("li", {}, field, element("span", { class: "omp-example", id: `omp-example-${at}` }));
    }));
    this.#hint();
  }

  #hint(none = "Reading…") {
    const text = this.#groups
      ? "Named in the pattern."
      : "Below each variable is its value in a typical name. You can rename every variable.";
    part("variables-hint").textContent = fields().length ? text : none;
  }
}

function modes() {
  return [...document.querySelectorAll("[name=omp-mode]")];
}

function fields() {
  return [...part("variables").querySelectorAll("input")];
}

/** Whether a pattern names its variables itself. */
function hasGroups(mode, pattern) {
  return mode === "regex" && /\(\?P?</.test(pattern);
}

/** The values of the example of a shape, and what they are called. */
function pieces({ example, pieces: all }) {
  const signs = [...example];
  return all.map(({ start, end, key }) => ({ name: key, value: start < 0 ? "" : signs.slice(start, end).join("") }));
}

/** What is in the box of a key: nothing when nobody has named it. */
function named(key) {
  return /^Var\d+(_\d+)?$/.test(key) ? "" : key;
}
