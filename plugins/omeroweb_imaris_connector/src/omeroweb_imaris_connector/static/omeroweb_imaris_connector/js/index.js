/** The page: what to export, and the user's exports. */

import { Exports } from "./exports.js";
import { part } from "./page_parts.js";
import { Start } from "./start.js";

const exports = new Exports();
const start = new Start(() => {
  exports.load();
  part("mine-title").focus();
});

exports.load();
start.load();
