/** Making elements. Text is always set as text, so what comes from a server is never markup. */

/**
 * Make an element.
 *
 * @param {string} tag its name
 * @param {Record<string, string|number|boolean|null|undefined>} [attributes] `true` sets an empty
 *   attribute, `false`, `null` and `undefined` set none. `class` is an attribute like the others.
 *   Attributes that would be a script or a style (`on…`, `style`) are refused.
 * @param {...(Node|string|null|undefined)} children nodes, or text
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "style" || name.startsWith("on")) {
      throw new TypeError(`${name} is not set as an attribute: a site may forbid it`);
    }
    made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/**
 * A button that does something.
 *
 * @param {string} label its text
 * @param {() => void} action what a click does
 * @param {Record<string, string|boolean>} [attributes] as of `element`
 * @returns {HTMLButtonElement}
 */
export function button(label, action, attributes = {}) {
  const made = element("button", { type: "button", class: "op-button", ...attributes }, label);
  made.addEventListener("click", action);
  return /** @type {HTMLButtonElement} */ (made);
}

/**
 * An address that may be the target of a link: `http`, `https`, or one on this site.
 *
 * @param {unknown} address what a server said
 * @returns {string|null} nothing for anything else, such as `javascript:`
 */
export function safeAddress(address) {
  if (typeof address !== "string" || address === "") return null;
  try {
    const parsed = new URL(address, document.baseURI);
    return ["http:", "https:"].includes(parsed.protocol) ? address : null;
  } catch {
    return null;
  }
}

/**
 * Define a custom element once, also when a module is loaded under two addresses (with and without
 * the hash that the static files' storage puts into names).
 *
 * @param {string} name the element's name
 * @param {CustomElementConstructor} type its class
 */
export function define(name, type) {
  if (!customElements.get(name)) customElements.define(name, type);
}

/** @returns {HTMLElement|null} the page's main column, which carries the page's facts as `data-…` */
export function pageFacts() {
  return document.getElementById("op-main");
}
