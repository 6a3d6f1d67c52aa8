/** The report before a byte moves, and the button that sends. */

import { postJSON } from "../../omero_plugin_common/js/api.js";
import { bytes, counted } from "../../omero_plugin_common/js/format.js";
import { Newest } from "../../omero_plugin_common/js/newest.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";
import { TryAgain } from "../../omero_plugin_common/js/try_again.js";
import { Contents } from "./contents.js";
import { addresses, part } from "./page_parts.js";
import { showReport } from "./report.js";
import { SpectraImages } from "./spectra_images.js";

// A hundred thousand files are looked up in the target.
const PATIENCE = 120_000;

export class Check {
  #body;
  #missing;
  #started;
  #chosen = null;
  #contents = new Contents(addresses().worker);
  #spectra = new SpectraImages();
  #newest = new Newest();
  #retry = new TryAgain(part("check-failed"), () => this.#check());

  /**
   * @param {object} options
   * @param {() => object} options.body of `preflight/` and `start/`
   * @param {() => string} options.missing what is still to be said
   * @param {(upload: object) => void} options.started the server has the upload
   */
  constructor({ body, missing, started }) {
    this.#body = body;
    this.#missing = missing;
    this.#started = started;
    part("check-go").addEventListener("click", () => this.#check());
    part("compare").addEventListener("change", () => this.changed(this.#chosen));
    part("start").addEventListener("click", () => this.#start());
  }

  /** What was checked holds no more. */
  changed(chosen) {
    this.#chosen = chosen;
    this.#newest.stop();
    this.#retry.done();
    part("report").replaceChildren();
    part("start").disabled = true;
    part("check-go").classList.add("op-button-primary");
    part("start").textContent = `Send ${counted(chosen.size, "file")} (${bytes(chosen.bytes)})`;
    part("check-go").disabled = this.#missing() !== "";
    part("start-hint").textContent = this.#missing() || "Check first: nothing is sent before you have seen the report.";
  }

  async #check() {
    part("check-go").disabled = true;
    part("start-hint").textContent = "Checking…";
    try {
      const report = await this.#newest.run((signal) => this.#ask(signal));
      this.#retry.done();
      showReport(part("report"), report, this.#spectra);
      part("start").disabled = !report.can_start;
      part("check-go").classList.toggle("op-button-primary", !report.can_start);
      part("start-hint").textContent = "";
      if (report.can_start) part("start").focus();
    } catch (error) {
      if (error.name === "AbortError") return;
      part("start-hint").textContent = "";
      this.#retry.failed(error, "This upload cannot be checked.");
    } finally {
      part("check-go").disabled = this.#missing() !== "";
    }
  }

  async #ask(signal) {
    if (part("compare").checked) {
      const { bytes: all } = this.#chosen;
      const told = (done) => { part("start-hint").textContent = `Reading the files: ${bytes(done)} of ${bytes(all)}`; };
      await this.#contents.read(this.#chosen.all, { signal, told });
      part("start-hint").textContent = "Checking…";
    }
    return postJSON(addresses().preflight, this.#whole(), { signal, timeout: PATIENCE });
  }

  /** The body, with the checksums that are known and the images of spectra that were chosen. */
  #whole() {
    const sent = this.#body();
    const files = this.#chosen.all.map((each, at) => ({ ...sent.files[at], sha1: this.#contents.of(each) }));
    return { ...sent, files, settings: { ...sent.settings, associations: this.#spectra.value } };
  }

  async #start() {
    const go = part("start");
    go.disabled = true;
    try {
      this.#started(await postJSON(addresses().start, this.#whole(), { timeout: PATIENCE }));
    } catch (error) {
      go.disabled = false;
      toastError(error);
    }
  }
}
