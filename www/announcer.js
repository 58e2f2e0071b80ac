/** Tells a screen reader what a sighted person sees happen. */

import { byId } from "./element.js";

/** Longer texts are tiring to hear unasked; the rest is read from the transcript. */
const LONGEST = 600;

/**
 * Says a text once, politely.
 *
 * @param {string} text
 */
export function announce(text) {
  const region = byId("announcements");
  const spoken = text.length > LONGEST ? `${text.slice(0, LONGEST)} … The answer goes on.` : text;
  // The same text twice in a row is no change, and would not be said.
  region.textContent = "";
  setTimeout(() => {
    region.textContent = spoken;
  }, 50);
}
