/** Tells a screen reader what a sighted person sees happen. */

import { byId } from "./element.js";

/**
 * Says a text once, politely.
 *
 * @param {string} text
 */
export function announce(text) {
  const region = byId("announcements");
  // The same text twice in a row is no change, and would not be said.
  region.textContent = "";
  setTimeout(() => {
    region.textContent = text;
  }, 50);
}
