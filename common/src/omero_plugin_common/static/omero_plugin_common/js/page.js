/** What every page of a plugin needs; the base template loads it. */

import "./job_history.js";
import "./jobs.js";
import "./progress.js";
import "./table.js";
import { keepAlive } from "./session.js";

// OMERO.web's base template names no language, so screen readers would guess one.
if (!document.documentElement.lang) document.documentElement.lang = "en";

keepAlive();

// On a narrow screen the links at the top scroll sideways: begin where the user is.
document.querySelector("#middle_header_left [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// The user's menu closes as menus do: with Escape, and by going elsewhere.
for (const menu of document.querySelectorAll("details.op-user")) {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
}
