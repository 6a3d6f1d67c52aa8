/** How files are imported: what is attached, spectra, thumbnails, which importer. */

import { AttachRules } from "./attach_rules.js";
import { part } from "./page_parts.js";

const SPECIAL = "sem_edx_spectra";
/** What is made of a spectrum: settings by the names of their check boxes. */
const OF_SPECTRA = { "spectra-table": "create_tables", "spectra-figure": "create_figures_attachments", "spectra-image": "create_figures_images" };
const CHECKS = ["thumbnails", "statistics", "in-place", "spectra", ...Object.keys(OF_SPECTRA)];

export class Options {
  #rules;

  /** @param {() => void} changed something else is wanted */
  constructor(changed) {
    this.#rules = new AttachRules(changed);
    for (const name of [...CHECKS, "driver"]) {
      part(name)?.addEventListener("change", () => {
        this.#show();
        changed();
      });
    }
    this.#show();
  }

  /** @returns {object} as `settings` of the body of `start/` */
  get value() {
    return {
      driver: part("driver").value,
      transfer: part("in-place")?.checked ? "in_place" : "upload",
      confirm: "always",
      thumbnails: part("thumbnails").checked,
      statistics: part("statistics").checked,
      attach: this.#rules.value,
      special: part("spectra")?.checked ? SPECIAL : "",
      spectra: Object.fromEntries(Object.entries(OF_SPECTRA).map(([name, setting]) => [setting, part(name)?.checked ?? true])),
    };
  }

  /** Choose what a profile, an earlier upload or the user's settings say. */
  use({ driver = "auto", transfer = "upload", thumbnails = true, statistics = true, attach = [], special = "", spectra = {} }) {
    const checks = { thumbnails, statistics, "in-place": transfer === "in_place", spectra: special === SPECIAL };
    for (const [name, setting] of Object.entries(OF_SPECTRA)) checks[name] = spectra[setting] ?? true;
    // A site may not offer some.
    for (const [name, checked] of Object.entries(checks)) if (part(name)) part(name).checked = checked;
    part("driver").value = driver;
    this.#rules.use(attach);
    this.#show();
  }

  #show() {
    if (part("spectra")) part("spectra-settings").hidden = !part("spectra").checked;
  }
}
