/** The project's own goals for the ratios, by engine. */

/** @typedef {"chromium" | "firefox" | "webkit"} Engine */

/**
 * @typedef {object} Target
 * @property {string} case
 * @property {string} contender
 * @property {Record<Engine, number>} least The other's time divided by ours, at least.
 */

/** @returns {Record<Engine, number>} */
const least = (/** @type {number} */ chromium, firefox = chromium, webkit = chromium) => ({ chromium, firefox, webkit });

/** @type {Target[]} */
export const TARGETS = [
  { case: "l3-text-16k", contender: "eventsource-parser", least: least(12) },
  { case: "l3-text-event", contender: "eventsource-parser", least: least(8, 4, 3.5) },
  { case: "l3-tool-16k", contender: "eventsource-parser", least: least(6, 6, 5) },
  { case: "l3-text-16k", contender: "sdk-message-stream", least: least(25, 50, 40) },
  { case: "l3-text-event-awaited", contender: "sdk-message-stream", least: least(6, 3, 5) },
  { case: "l2-text-16k", contender: "eventsource-parser", least: least(6, 5, 4) },
  { case: "l1-text-16k", contender: "eventsource-parser", least: least(1) },
  { case: "l1-text-event", contender: "eventsource-parser", least: least(0.95, 0.95, 0.9) },
  { case: "l3-bedrock-16k", contender: "smithy", least: least(25, 22, 25) },
  // At most 0.8 of its time, the other way round.
  { case: "l3-text-16k", contender: "text-decoder", least: least(1 / 0.8) },
  // An event of several blocks may cost twice that of one block.
  { case: "l3-interleaved-16k", contender: "ours", least: least(0.5) },
  // Per event; the rest is what the machine's caches take.
  { case: "linear-16k", contender: "ours", least: least(0.8) },
  { case: "linear-byte", contender: "ours", least: least(0.8) },
];
