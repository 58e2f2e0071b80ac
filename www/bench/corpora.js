/**
 * The answers that are decoded: generated, the same in every run, in the form
 * in which the Messages API streams them.
 */

import { encodeFrame } from "./event_stream.js";
import { cutIntoPieces, piece, toolInput } from "./prose.js";
import { createRandom } from "./random.js";

/** @typedef {import("./random.js").Random} Random */

/**
 * A stream, wire event by wire event. The body may be repeated and is a valid stream each time.
 *
 * @typedef {object} Corpus
 * @property {string} contentType
 * @property {Uint8Array[]} head
 * @property {Uint8Array[]} body
 * @property {Uint8Array[]} tail
 */

/** Deltas of a corpus where a case doesn't say otherwise. */
export const DELTAS = 20_000;

const SEED = 20261121;

/** Blocks of the corpora that have several at once. */
const TOOLS = 8;
const INTERLEAVED = 4;

/** Deltas between two pings. */
const PING_EVERY = 800;

/** @type {Record<string, { title: string, write: (random: Random, deltas: number) => Corpus }>} */
export const CORPORA = {
  text: { title: "an answer in text", write: (random, deltas) => streamed(text(random, deltas, true)) },
  ascii: { title: "an answer in ASCII", write: (random, deltas) => streamed(text(random, deltas, false)) },
  tool: { title: "eight tool calls", write: (random, deltas) => streamed(tools(random, deltas)) },
  thinking: { title: "thinking, then text", write: (random, deltas) => streamed(thinking(random, deltas)) },
  interleaved: { title: "four blocks by turns", write: (random, deltas) => streamed(interleaved(random, deltas)) },
  bedrock: { title: "Bedrock’s frames", write: (random, deltas) => framed(text(random, deltas, true), random) },
};

/**
 * @param {string} name
 * @param {number} [deltas]
 * @returns {Corpus}
 */
export function generate(name, deltas = DELTAS) {
  return CORPORA[name].write(createRandom(SEED), deltas);
}

/**
 * A message's events, as parsed JSON.
 *
 * @typedef {object} Events
 * @property {any[]} head
 * @property {any[]} body
 * @property {any[]} tail
 */

const PING = { type: "ping" };

const start = () => ({
  type: "message_start",
  message: {
    id: "msg_01XFDUDYJgAACzvnptvVoYEL",
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-5",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 2095, cache_creation_input_tokens: 0, cache_read_input_tokens: 1024, output_tokens: 1 },
  },
});

const end = (/** @type {string} */ reason, /** @type {number} */ deltas) => [
  { type: "message_delta", delta: { stop_reason: reason, stop_sequence: null }, usage: { output_tokens: deltas } },
  { type: "message_stop" },
];

const blockStart = (/** @type {number} */ index, /** @type {object} */ block) => ({ type: "content_block_start", index, content_block: block });
const blockStop = (/** @type {number} */ index) => ({ type: "content_block_stop", index });
const delta = (/** @type {number} */ index, /** @type {object} */ change) => ({ type: "content_block_delta", index, delta: change });
const textDelta = (/** @type {number} */ index, /** @type {string} */ added) => delta(index, { type: "text_delta", text: added });

/**
 * @param {Random} random
 * @param {number} deltas
 * @param {boolean} foreign
 * @returns {Events}
 */
function text(random, deltas, foreign) {
  const body = [];
  for (let at = 0; at < deltas; at += 1) {
    if (at % PING_EVERY === 0) body.push(PING);
    body.push(textDelta(0, piece(random, foreign)));
  }
  return { head: [start(), blockStart(0, { type: "text", text: "" })], body, tail: [blockStop(0), ...end("end_turn", deltas)] };
}

/**
 * Eight tools in one answer, one after the other as the API sends them.
 *
 * @param {Random} random
 * @param {number} deltas
 * @returns {Events}
 */
function tools(random, deltas) {
  const body = [];
  const each = Math.ceil(deltas / TOOLS);
  for (let index = 0; index < TOOLS; index += 1) {
    body.push(blockStart(index, { type: "tool_use", id: `toolu_01A09q90qw90lq91781${index}`, name: "write_cells", input: {} }));
    body.push(delta(index, { type: "input_json_delta", partial_json: "" }));
    for (const partial of cutIntoPieces(random, toolInput(random, each * 6))) {
      body.push(delta(index, { type: "input_json_delta", partial_json: partial }));
    }
    body.push(blockStop(index));
  }
  return { head: [start()], body, tail: end("tool_use", deltas) };
}

/**
 * @param {Random} random
 * @param {number} deltas
 * @returns {Events}
 */
function thinking(random, deltas) {
  const body = [];
  const thoughts = Math.ceil(deltas / 2);
  body.push(blockStart(0, { type: "thinking", thinking: "", signature: "" }));
  for (let at = 0; at < thoughts; at += 1) body.push(delta(0, { type: "thinking_delta", thinking: piece(random, true) }));
  let signature = "";
  while (signature.length < 700) signature += random.pick([..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"]);
  body.push(delta(0, { type: "signature_delta", signature: `${signature}==` }), blockStop(0));
  body.push(blockStart(1, { type: "text", text: "" }));
  for (let at = thoughts; at < deltas; at += 1) body.push(textDelta(1, piece(random, true)));
  body.push(blockStop(1));
  return { head: [start()], body, tail: end("end_turn", deltas) };
}

/**
 * Blocks that grow by turns, in no order.
 *
 * @param {Random} random
 * @param {number} deltas
 * @returns {Events}
 */
function interleaved(random, deltas) {
  const indexes = Array.from({ length: INTERLEAVED }, (_, index) => index);
  const body = [];
  for (let at = 0; at < deltas; at += 1) body.push(textDelta(random.pick(indexes), piece(random, true)));
  return {
    head: [start(), ...indexes.map((index) => blockStart(index, { type: "text", text: "" }))],
    body,
    tail: [...indexes.map(blockStop), ...end("end_turn", deltas)],
  };
}

const utf8 = new TextEncoder();

/**
 * The events as `text/event-stream`, with 0 to 12 spaces before the last brace of deltas, as the API pads them.
 *
 * @param {Events} events
 * @returns {Corpus}
 */
function streamed({ head, body, tail }) {
  const random = createRandom(SEED + 1);
  const write = (/** @type {any} */ event) => {
    const json = JSON.stringify(event);
    const padded = event.type === "content_block_delta" ? `${json.slice(0, -1)}${" ".repeat(random.below(13))}}` : json;
    return utf8.encode(`event: ${event.type}\ndata: ${padded}\n\n`);
  };
  return { contentType: "text/event-stream; charset=utf-8", head: head.map(write), body: body.map(write), tail: tail.map(write) };
}

const METRICS = { inputTokenCount: 2095, outputTokenCount: 20000, invocationLatency: 48213, firstByteLatency: 812 };
const PADDING = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/**
 * The events as Bedrock sends them: each in a frame, as base64 beside padding of a random length.
 *
 * @param {Events} events
 * @param {Random} random
 * @returns {Corpus}
 */
function framed({ head, body, tail }, random) {
  const write = (/** @type {any} */ event) => {
    const whole = event.type === "message_stop" ? { ...event, "amazon-bedrock-invocationMetrics": METRICS } : event;
    const payload = { bytes: base64(utf8.encode(JSON.stringify(whole))), p: PADDING.slice(0, 1 + random.below(PADDING.length)) };
    return encodeFrame(
      { ":event-type": "chunk", ":content-type": "application/json", ":message-type": "event" },
      utf8.encode(JSON.stringify(payload)),
    );
  };
  // Bedrock sends no pings.
  const sent = body.filter((event) => event !== PING);
  return { contentType: "application/vnd.amazon.eventstream", head: head.map(write), body: sent.map(write), tail: tail.map(write) };
}

const base64 = (/** @type {Uint8Array} */ bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
