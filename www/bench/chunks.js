/** Cuts a stream into the chunks in which a network might bring it. */

import { createRandom } from "./random.js";

/** @typedef {import("./corpora.js").Corpus} Corpus */

/**
 * What a contender gets to decode.
 *
 * @typedef {object} Input
 * @property {string} contentType
 * @property {Uint8Array[]} chunks
 * @property {number} events
 * @property {number} bytes
 */

const SEED = 7;

/**
 * How a run of wire events is cut. Every chunk has memory of its own, as those of a fetch have.
 *
 * @type {Record<string, { title: string, cut: (events: Uint8Array[]) => Uint8Array[] }>}
 */
export const CHUNKINGS = {
  event: { title: "one event a chunk", cut: (events) => events.map((event) => event.slice()) },
  "16k": { title: "chunks of 16 KiB", cut: (events) => cutBySize(join(events), () => 16 * 1024) },
  "64k": { title: "chunks of 64 KiB", cut: (events) => cutBySize(join(events), () => 64 * 1024) },
  tiny: {
    title: "chunks of 1 to 7 bytes",
    cut: (events) => {
      const random = createRandom(SEED);
      return cutBySize(join(events), () => 1 + random.below(7));
    },
  },
  byte: { title: "chunks of 1 byte", cut: (events) => cutBySize(join(events), () => 1) },
};

/**
 * @param {Corpus} corpus
 * @param {string} chunking
 * @param {number} [repeats] How often the body comes. Its chunks are shared, so that 100 MB take no more memory than one body.
 * @returns {Input}
 */
export function cut({ contentType, head, body, tail }, chunking, repeats = 1) {
  const { cut: cutEvents } = CHUNKINGS[chunking];
  let chunks;
  if (repeats === 1) {
    chunks = cutEvents([...head, ...body, ...tail]);
  } else {
    const [first, middle, last] = [head, body, tail].map(cutEvents);
    chunks = [...first, ...Array.from({ length: repeats }, () => middle).flat(), ...last];
  }
  return {
    contentType,
    chunks,
    events: head.length + repeats * body.length + tail.length,
    bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
  };
}

/** @param {Uint8Array[]} parts */
export function join(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * @param {Uint8Array} bytes
 * @param {() => number} size
 */
function cutBySize(bytes, size) {
  const chunks = [];
  for (let at = 0; at < bytes.length; ) {
    const next = at + size();
    chunks.push(bytes.slice(at, next));
    at = next;
  }
  return chunks;
}
