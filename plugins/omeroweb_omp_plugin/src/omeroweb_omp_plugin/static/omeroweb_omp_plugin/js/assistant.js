/** Help of a language model: API keys, models, what is sent, and what came back. */

import { getJSON, postJSON } from "../../omero_plugin_common/js/api.js";
import { button, element } from "../../omero_plugin_common/js/dom.js";
import { counted, moment, number } from "../../omero_plugin_common/js/format.js";
import { Newest } from "../../omero_plugin_common/js/newest.js";
import { toastError } from "../../omero_plugin_common/js/toast.js";
import { addresses, addressOf, part } from "./page_parts.js";
import { showWhatIsSent } from "./what_is_sent.js";
import { follow, hasAnswer } from "./started.js";

export class Assistant {
  #providers = null;
  #newest = new Newest();
  #own;

  /**
   * @param {object} own
   * @param {() => object|null} own.selection what is chosen
   * @param {object} own.names step 2
   * @param {object} own.preview step 3
   * @param {object} own.mine the user's settings
   * @param {() => void} own.read reads the names again
   */
  constructor(own) {
    this.#own = own;
    part("assistant").addEventListener("toggle", () => {
      if (part("assistant").open) this.#open();
    });
    part("provider").addEventListener("change", () => {
      part("key").value = "";
      this.#chosen();
    });
    part("model").addEventListener("change", () => this.#remember());
    part("key-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    part("test-key").addEventListener("click", () => this.#test());
    part("ask-pattern").addEventListener("click", () => this.#ask("pattern"));
    part("ask-values").addEventListener("click", () => this.#ask("values"));
  }

  /** A job that asked a model has ended: show what came of it. */
  answered(job) {
    if (!hasAnswer(job)) return;
    if (job.state !== "done") this.#offerPart(job);
    else if (job.kind === "omp.ai_pattern") this.#suggested(job.result);
    else this.#offerValues(job);
  }

  async #open() {
    if (!part("wanted").value) part("wanted").value = this.#own.names.keys.filter(Boolean).join(", ");
    if (this.#providers) return;
    try {
      await this.#load();
      const { aiProvider } = this.#own.mine.settings;
      if (this.#providers.some(({ name }) => name === aiProvider)) part("provider").value = aiProvider;
      await this.#chosen();
    } catch (error) {
      toastError(error);
    }
  }

  /** Keys were deleted. */
  async forget() {
    if (!this.#providers) return;
    await this.#load();
    await this.#chosen();
  }

  async #load() {
    const before = part("provider").value;
    ({ providers: this.#providers } = await getJSON(addresses().providers));
    part("provider").replaceChildren(...this.#providers.map(({ name, host }) => element("option", { value: name }, `${name} (${host})`)));
    if (before) part("provider").value = before;
  }

  get #provider() {
    return this.#providers.find(({ name }) => name === part("provider").value);
  }

  async #chosen() {
    const { name, hasKey, needsKey, saved, lastUsed } = this.#provider;
    part("key").placeholder = hasKey ? "An API key is saved" : needsKey ? "Paste your API key" : "Not always needed";
    const used = lastUsed ? `, last used ${moment(lastUsed)}` : "";
    this.#state(hasKey ? `Your API key was saved ${moment(saved)}${used}. Nobody can read it, not even you.` : needsKey ? "No API key is saved yet." : "This model may need no API key.");
    if (hasKey || !needsKey) await this.#models(name, hasKey);
    else this.#noModels("Save an API key first");
  }

  async #models(provider, hasKey) {
    this.#noModels("Loading…");
    try {
      const { models, default: first } = await this.#newest.run((signal) => getJSON(addresses().models, { query: { provider }, signal }));
      part("model").replaceChildren(...models.map((model) => element("option", { value: model }, model)));
      const before = this.#own.mine.settings.aiModels[provider];
      part("model").value = models.includes(before) ? before : first;
      this.#askable(true);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#noModels("None");
      // Without a key nothing is wrong yet.
      const [text, bad] = hasKey ? [error.message, true] : [`${provider} needs an API key: paste yours, test it and save it.`, false];
      this.#state(text, bad);
    }
  }

  #noModels(why) {
    part("model").replaceChildren(element("option", { value: "" }, why));
    this.#askable(false);
  }

  #askable(yes) {
    part("model").disabled = !yes;
    for (const name of ["ask-pattern", "ask-values"]) part(name).disabled = !yes;
  }

  #state(text, bad = false) {
    part("key-state").textContent = text;
    part("key-state").classList.toggle("op-field-error", bad);
  }

  #remember() {
    const { mine } = this.#own;
    const provider = part("provider").value;
    mine.remember({ aiProvider: provider, aiModels: { ...mine.settings.aiModels, [provider]: part("model").value } });
  }

  async #save() {
    try {
      await postJSON(addresses().saveKey, { provider: part("provider").value, apiKey: part("key").value });
      part("key").value = "";
      await this.#load();
      await this.#chosen();
    } catch (error) {
      this.#state(error.message, true);
    }
  }

  async #test() {
    const typed = part("key").value;
    const body = { provider: part("provider").value, ...(typed ? { apiKey: typed } : {}) };
    this.#state("Asking…");
    try {
      const { models } = await postJSON(addresses().testKey, body, { timeout: 60_000 });
      this.#state(`It works: ${counted(models, "model")} to choose from.${typed ? " Save the API key to use it." : ""}`);
    } catch (error) {
      const later = error.retryAfter ? ` Try again in ${Math.ceil(error.retryAfter)} s.` : "";
      this.#state(error.message + later, true);
    }
  }

  async #ask(what) {
    const { selection } = this.#own.selection();
    const variables = [...new Set(part("wanted").value.split(",").map((name) => name.trim()).filter(Boolean))];
    const question = { selection, provider: part("provider").value, model: part("model").value, variables };
    const [show, ask] = what === "pattern"
      ? [addresses().showPattern, addresses().askPattern] : [addresses().showValues, addresses().askValues];
    try {
      const shown = await showWhatIsSent((batch) => postJSON(show, { question, batch }));
      if (!shown) return;
      this.#remember();
      follow(await postJSON(ask, { question, shown }));
    } catch (error) {
      toastError(error);
    }
  }

  #suggested({ pattern, names, matched, unmatched, usage }) {
    const not = unmatched.length ? ` It does not fit “${unmatched[0]}”, for example.` : "";
    this.#answer(`The pattern fits ${number(matched)} of ${counted(names, "name")}.${not} ${tokens(usage)}`,
      element("code", {}, pattern),
      button("Use the pattern", () => {
        this.#own.names.use({ mode: "regex", pattern });
        this.#own.read();
      }, { class: "op-button op-button-primary" }));
  }

  #offerValues({ id, result: { names, refused, usage } }) {
    const not = refused ? ` For ${counted(refused, "name")} the answer had a value that is not in the name: ${refused === 1 ? "it gets" : "they get"} no values.` : "";
    this.#answer(`${counted(names, "name")} read.${not} ${tokens(usage)}`,
      button("Show the values in step 3", () => this.#put(id), { class: "op-button op-button-primary" }));
  }

  /** What was paid for before the job failed or was cancelled. */
  #offerPart({ id, done, total }) {
    this.#answer(`${number(done)} of ${counted(total, "name")} are read. “Read the values” with the same model and keys asks only for the others.`,
      button("Show the values in step 3", () => this.#put(id), { class: "op-button op-button-primary" }));
  }

  #answer(text, ...more) {
    part("assistant").open = true;
    part("answer").hidden = false;
    part("answer").replaceChildren(element("p", {}, text), ...more);
    part("answer").scrollIntoView({ block: "nearest" });
  }

  async #put(job) {
    await this.#own.preview.take(async (preview) => {
      try {
        return await postJSON(addressOf(addresses().found, preview), { job }, { timeout: 60_000 });
      } catch (error) {
        // The button that asked for it is still there.
        toastError(error);
        return null;
      }
    });
    part("table").scrollIntoView({ block: "center" });
  }
}

function tokens({ input, output }) {
  return `It used ${number(input)} input tokens and ${number(output)} output tokens.`;
}
