/** What is compared: a stream, how it arrives, and who decodes it. */

import { CHUNKINGS } from "./chunks.js";
import { CORPORA, DELTAS } from "./corpora.js";

/**
 * @typedef {object} Entry
 * @property {string} contender
 * @property {string} [name] Where it isn't the contender's own.
 * @property {string} [corpus] Where it isn't the case's own.
 * @property {number} [repeats] How often the corpus' body comes.
 * @property {number} [deltas]
 */

/**
 * @typedef {object} Case
 * @property {string} id
 * @property {1 | 2 | 3} level 1: event names and data. 2: events as objects. 3: text and message.
 * @property {string} corpus
 * @property {string} chunks
 * @property {number} [deltas]
 * @property {number} [repeats]
 * @property {string} ours The contender that the others are compared with.
 * @property {Entry[]} against
 */

const against = (/** @type {string[]} */ ...contenders) => contenders.map((contender) => ({ contender }));

/** The slowest way to bring a stream takes fewer events, so that a round doesn't last. */
const TINY_DELTAS = DELTAS / 10;

/** What comes out at each level. */
export const LEVELS = { 1: "Event names and data", 2: "Events as objects", 3: "Text and message" };

/**
 * What a case is about, in words.
 *
 * @param {Case} case_
 */
export function titleOf({ corpus, chunks, repeats, ours }) {
  const times = repeats ? `, ${repeats} times over` : "";
  const awaited = ours === "ours-awaited" ? ", each awaited" : "";
  const parsed = ours === "ours-parsed" ? ", data parsed" : "";
  const title = CORPORA[corpus].title;
  return `${title[0].toUpperCase()}${title.slice(1)}${times}, ${CHUNKINGS[chunks].title}${awaited}${parsed}`;
}

/** @type {Case[]} */
export const CASES = [
  {
    id: "l3-text-16k",
    level: 3,
    corpus: "text",
    chunks: "16k",
    ours: "ours",
    against: against("eventsource-parser", "sdk-stream", "sdk-message-stream", "baseline", "memcpy", "text-decoder", "json-parse"),
  },
  { id: "l3-text-64k", level: 3, corpus: "text", chunks: "64k", ours: "ours", against: against("eventsource-parser", "baseline", "text-decoder") },
  {
    id: "l3-text-event",
    level: 3,
    corpus: "text",
    chunks: "event",
    ours: "ours",
    against: against("eventsource-parser", "sdk-stream", "sdk-message-stream", "baseline", "memcpy", "call", "text-decoder"),
  },
  {
    id: "l3-text-event-awaited",
    level: 3,
    corpus: "text",
    chunks: "event",
    ours: "ours-awaited",
    against: against("sdk-stream", "sdk-message-stream"),
  },
  { id: "l3-text-tiny", level: 3, corpus: "text", chunks: "tiny", deltas: TINY_DELTAS, ours: "ours", against: against("eventsource-parser", "baseline") },
  { id: "l3-ascii-16k", level: 3, corpus: "ascii", chunks: "16k", ours: "ours", against: against("eventsource-parser", "baseline", "text-decoder") },
  { id: "l3-tool-16k", level: 3, corpus: "tool", chunks: "16k", ours: "ours", against: against("eventsource-parser", "sdk-message-stream", "baseline") },
  { id: "l3-tool-event", level: 3, corpus: "tool", chunks: "event", ours: "ours", against: against("eventsource-parser", "baseline") },
  {
    id: "l3-thinking-16k",
    level: 3,
    corpus: "thinking",
    chunks: "16k",
    ours: "ours",
    against: against("eventsource-parser", "sdk-message-stream", "baseline"),
  },
  {
    id: "l3-interleaved-16k",
    level: 3,
    corpus: "interleaved",
    chunks: "16k",
    ours: "ours",
    against: [...against("eventsource-parser", "baseline"), { contender: "ours", name: "taskpane-connector, one block", corpus: "text" }],
  },
  {
    id: "l2-text-16k",
    level: 2,
    corpus: "text",
    chunks: "16k",
    ours: "ours",
    against: against("eventsource-parser", "sdk-stream", "baseline", "json-parse"),
  },
  { id: "l2-text-event", level: 2, corpus: "text", chunks: "event", ours: "ours", against: against("eventsource-parser", "sdk-stream", "baseline") },
  { id: "l1-text-16k", level: 1, corpus: "text", chunks: "16k", ours: "ours", against: against("eventsource-parser", "text-decoder") },
  { id: "l1-text-event", level: 1, corpus: "text", chunks: "event", ours: "ours", against: against("eventsource-parser", "text-decoder") },
  { id: "l1-parsed-16k", level: 2, corpus: "text", chunks: "16k", ours: "ours-parsed", against: against("eventsource-parser") },
  { id: "l1-parsed-event", level: 2, corpus: "text", chunks: "event", ours: "ours-parsed", against: against("eventsource-parser") },
  { id: "l3-bedrock-16k", level: 3, corpus: "bedrock", chunks: "16k", ours: "ours", against: against("smithy", "baseline") },
  { id: "l3-bedrock-event", level: 3, corpus: "bedrock", chunks: "event", ours: "ours", against: against("smithy", "baseline") },
  // Longer streams must cost what they are longer, and not more.
  {
    id: "linear-16k",
    level: 3,
    corpus: "text",
    chunks: "16k",
    repeats: 40,
    ours: "ours",
    against: [{ contender: "ours", name: "a tenth of the stream", repeats: 4 }],
  },
  {
    id: "linear-byte",
    level: 3,
    corpus: "text",
    chunks: "byte",
    deltas: TINY_DELTAS,
    repeats: 10,
    ours: "ours",
    against: [{ contender: "ours", name: "a tenth of the stream", repeats: 1 }],
  },
];
