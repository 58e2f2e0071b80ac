/** Tells a screen reader what a sighted person sees happen. */

import { byId } from "./element.js";

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Says a text once, politely. An empty one takes back what was said before.
 *
 * @param {string} text
 */
export function announce(text) {
  const region = byId("announcements");
  // The same text twice in a row is no change, and would not be said.
  region.textContent = "";
  clearTimeout(timer);
  timer = setTimeout(() => {
    region.textContent = text;
  }, 50);
}
