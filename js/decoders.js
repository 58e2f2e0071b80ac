/**
 * Decoders of streamed answers: bytes in, events, text and messages out.
 *
 * The bytes go into the module's memory and are decoded there; a call brings
 * back one text and a table of its parts. Everything that is read from that
 * memory becomes a JavaScript value before the call returns, so nothing here
 * depends on what a caller does in between.
 */

import { isBytes } from "./argument.js";
import { connectorError } from "./error.js";
import { alive, exports, generation, trapped } from "./loader.js";
import { MessageAccumulator } from "./message.js";

const MODE_SSE = 0;
export const MODE_FRAMES = 2;
/** How each type of stream is read as a message. */
const MESSAGE_MODES = new Map([
  ["text/event-stream", 1],
  ["application/vnd.amazon.eventstream", 3],
]);

/** A segment's kind, its block, its length in bytes and in UTF-16 code units. */
export const SEGMENT_WORDS = 4;

const MORE = 1;
const FAULT = 2;
const REFUSED = 4;

const TEXT = 1;
const THINKING = 2;
const INPUT_JSON = 3;
const SIGNATURE = 4;
const EVENT_NAME = 5;
const EVENT_ID = 6;
const EVENT_DATA = 7;
const EVENT_HEAD = 8;

/** Larger chunks go in by slices, so that the module's memory doesn't grow with them. */
const MAX_CHUNK = 65536;
/** Up to this many bytes, building a string character by character beats a TextDecoder. */
const SMALL_TEXT = 32;
const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;
const MAX_BYTES = 0x7fffffff;

const NO_BYTES = new Uint8Array(0);

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Views of the module's memory, made anew when it has grown or been replaced. */
export let bytes = NO_BYTES;
export let words = new Uint32Array(0);
let viewed;

function view(memory) {
  if (viewed !== memory || bytes.length === 0) {
    viewed = memory;
    bytes = new Uint8Array(memory.buffer);
    words = new Uint32Array(memory.buffer);
  }
}

/** A string from the module's memory. */
export function textAt(address, length) {
  if (length <= SMALL_TEXT) return smallTextAt(address, address + length);
  return utf8.decode(bytes.subarray(address, address + length));
}

/** The same for few bytes. What the module writes is UTF-8, so nothing is checked here. */
function smallTextAt(at, end) {
  let text = "";
  while (at < end) {
    const first = bytes[at++];
    if (first < 0x80) {
      text += String.fromCharCode(first);
      continue;
    }
    // The first byte says how many follow, with six bits each.
    let point = first < 0xe0 ? first & 0x1f : first < 0xf0 ? first & 0x0f : first & 0x07;
    for (let mark = first << 1; mark & 0x80; mark <<= 1) point = (point << 6) | (bytes[at++] & 0x3f);
    text += String.fromCodePoint(point);
  }
  return text;
}

/** Frees decoders whose owners were collected without a `free`. */
const abandoned = new FinalizationRegistry(({ wasm, handle, started }) => {
  if (started === generation()) wasm.decoder_close(handle);
});

/** What to throw for an error of a call into the module. */
const asTrapped = (error) => (error instanceof WebAssembly.RuntimeError ? trapped(error) : error);

/** A decoder in the module's memory. */
export class Handle {
  /** What the last `next` found: a text and its address, and where in `words` the table of its segments begins and ends. */
  text = "";
  address = 0;
  from = 0;
  to = 0;
  #wasm = exports();
  #started = generation();
  #handle;
  /** The module's function for a chunk: looking it up among the exports costs more than calling it. */
  #decode = this.#wasm.decoder_push;
  /** The header's place in `words`. */
  #header;
  #closed = false;
  /** Thrown by the next call. */
  #fault;
  /** Where the next bytes go, and how many fit. */
  #room = 0;
  #space = 0;
  /** What of the chunk didn't go in yet. */
  #rest = NO_BYTES;
  /** How the last call into the module ended. */
  #status = 0;

  constructor(mode, maxBytes) {
    this.#header = this.#call(() => this.#wasm.decoder_header()) >>> 2;
    this.#handle = this.#call(() => this.#wasm.decoder_open(mode, maxBytes));
    if (this.#handle === 0) throw connectorError("limit-exceeded", "too many decoders are open");
    abandoned.register(this, { wasm: this.#wasm, handle: this.#handle, started: this.#started }, this);
  }

  get closed() {
    return this.#closed;
  }

  /** Why the stream can't be read on. */
  get fault() {
    return this.#fault;
  }

  /** The first fault stays: everything after it follows from it. */
  fail(error) {
    this.#fault ??= error;
  }

  /** Throws where nothing can be decoded any more. */
  check() {
    if (this.#fault) throw this.#fault;
    if (this.#closed) throw connectorError("invalid-argument", "this decoder is finished");
    this.#checkModule();
  }

  #checkModule() {
    if (alive(this.#started)) return;
    exports();
    throw connectorError("module-failed", "the module that held this decoder was started afresh");
  }

  #call(call) {
    try {
      return call();
    } catch (error) {
      throw asTrapped(error);
    }
  }

  /**
   * Takes in a chunk and decodes until there is a text with segments to take.
   * Whether there is one; if so, `next` goes on.
   */
  push(chunk) {
    if (!isBytes(chunk)) {
      throw connectorError("invalid-argument", "a chunk must be a Uint8Array");
    }
    if (this.#fault || this.#closed || !alive(this.#started)) this.check();
    const { length } = chunk;
    if (length > MAX_CHUNK || length > this.#space || bytes.length === 0) {
      this.#rest = chunk;
      return this.next();
    }
    try {
      bytes.set(chunk, this.#room);
      return this.#take(this.#decode(this.#handle, length)) || this.next();
    } catch (error) {
      throw asTrapped(error);
    }
  }

  /** Decodes on. Whether there is another text to take. */
  next() {
    try {
      while (!this.#fault) {
        let filled = 0;
        if (!(this.#status & MORE)) {
          if (this.#rest.length === 0) break;
          filled = this.#fill();
        }
        if (this.#take(this.#decode(this.#handle, filled))) return true;
      }
    } catch (error) {
      throw asTrapped(error);
    }
    this.#rest = NO_BYTES;
    return false;
  }

  /** Puts as much of a chunk in as may go in at once; how much that was. */
  #fill() {
    const slice = this.#rest.subarray(0, MAX_CHUNK);
    this.#rest = this.#rest.subarray(slice.length);
    if (slice.length > this.#space) this.#reserve(slice.length);
    else view(this.#wasm.memory);
    bytes.set(slice, this.#room);
    return slice.length;
  }

  /** Neighbouring deltas of a block come as one segment from now on. */
  merge() {
    this.check();
    this.#call(() => {
      if (this.#wasm.decoder_merge(this.#handle) & REFUSED) this.#refused();
    });
  }

  /** Ends the stream. Whether its last bytes hold something; `next` finds nothing more. */
  finish() {
    this.check();
    return this.#call(() => this.#take(this.#wasm.decoder_finish(this.#handle)));
  }

  /** The only call that grows the module's memory. */
  #reserve(length) {
    if (this.#wasm.decoder_reserve(this.#handle, length) & REFUSED) this.#refused();
    view(this.#wasm.memory);
    this.#room = words[this.#header];
    this.#space = words[this.#header + 1];
  }

  #refused() {
    throw connectorError("module-failed", "the module doesn't know this decoder");
  }

  /** Reads what a call into the module found. Whether it found something. */
  #take(status) {
    this.#status = status;
    if (status & REFUSED) this.#refused();
    if (bytes.length === 0) view(this.#wasm.memory);
    const header = this.#header;
    this.#room = words[header];
    this.#space = words[header + 1];
    const segments = words[header + 6];
    if (segments > 0) {
      this.from = words[header + 5] >>> 2;
      this.to = this.from + SEGMENT_WORDS * segments;
      this.address = words[header + 2];
      this.text = textAt(this.address, words[header + 3]);
    }
    if (status & FAULT) this.#readFault();
    return segments > 0;
  }

  #readFault() {
    const fault = this.#note(this.#wasm.decoder_fault);
    const { code, message, ...fields } = JSON.parse(fault);
    this.fail(connectorError(code, message, fields));
  }

  #note(write) {
    if (write(this.#handle) & REFUSED) this.#refused();
    view(this.#wasm.memory);
    return textAt(words[this.#header + 2], words[this.#header + 3]);
  }

  /** What `SseDecoder` shows of the stream; also for a stream that failed. */
  lastEventId() {
    this.#checkModule();
    return this.#call(() => this.#note(this.#wasm.decoder_last_event_id));
  }

  /** What the service measured, where it said so. */
  invocationMetrics() {
    this.#checkModule();
    const metrics = this.#call(() => this.#note(this.#wasm.decoder_invocation_metrics));
    return metrics === "" ? {} : { invocationMetrics: JSON.parse(metrics) };
  }

  count(which) {
    this.#checkModule();
    return this.#call(() => this.#wasm.decoder_count(this.#handle, which));
  }

  /** May be called at any time, any number of times. */
  close() {
    if (this.#closed) return;
    this.#closed = true;
    abandoned.unregister(this);
    if (this.#started === generation()) {
      try {
        this.#wasm.decoder_close(this.#handle);
      } catch (error) {
        if (!(error instanceof WebAssembly.RuntimeError)) throw error;
        trapped(error);
      }
    }
  }
}

/** A limit in bytes out of the options. */
export function limitOf(options, name) {
  const limit = options?.[name] ?? DEFAULT_MAX_BYTES;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_BYTES) {
    throw connectorError("invalid-argument", `${name} must be a whole number from 1 to ${MAX_BYTES}`);
  }
  return limit;
}

/** Adds `Symbol.dispose` where the engine has it. */
export function disposable(constructor) {
  if (Symbol.dispose) constructor.prototype[Symbol.dispose] = constructor.prototype.free;
}

export class SseDecoder {
  #handle;
  #event = "message";
  #id = "";
  /** What the data of events begin with that come without it. */
  #head = "";
  /** What the getters show once the decoder is freed. */
  #last;

  constructor(options) {
    this.#handle = new Handle(MODE_SSE, limitOf(options, "maxEventBytes"));
  }

  push(chunk) {
    const handle = this.#handle;
    const events = [];
    for (let found = handle.push(chunk); found; found = handle.next()) this.#read(handle, events);
    return events;
  }

  finish() {
    this.#handle.check();
    this.free();
    return [];
  }

  get retryMs() {
    return this.#state().retryMs;
  }

  get lastEventId() {
    return this.#state().lastEventId;
  }

  free() {
    if (this.#handle.closed) return;
    try {
      this.#last = this.#state();
    } catch {
      this.#last = { retryMs: undefined, lastEventId: this.#id };
    }
    this.#handle.close();
  }

  #state() {
    if (this.#last) return this.#last;
    const retryMs = this.#handle.count(5);
    return { retryMs: retryMs < 0 ? undefined : retryMs, lastEventId: this.#handle.lastEventId() };
  }

  #read({ text, from, to }, events) {
    let start = 0;
    for (let at = from; at < to; at += SEGMENT_WORDS) {
      const part = text.slice(start, (start += words[at + 3]));
      switch (words[at]) {
        case EVENT_NAME:
          this.#event = part || "message";
          break;
        case EVENT_ID:
          this.#id = part;
          break;
        case EVENT_HEAD:
          this.#head = part;
          break;
        case EVENT_DATA:
          events.push({ event: this.#event, data: part, id: this.#id });
          break;
        default:
          events.push({ event: this.#event, data: this.#head + part, id: this.#id });
      }
    }
  }
}

disposable(SseDecoder);

/**
 * Reads events one by one, for whoever accumulates them itself: `read` decodes,
 * `apply` adds an event to the message. What both find wrong is kept as `fault`.
 */
export class MessageReader {
  #handle;
  #accumulator = new MessageAccumulator();
  /** Whether deltas come merged. */
  #merges = false;
  /** What `metrics` shows once the decoder is freed. */
  #counts;

  constructor(contentType, options) {
    const limit = limitOf(options, "maxEventBytes");
    const mediaType = typeof contentType === "string" ? contentType.split(";", 1)[0].trim().toLowerCase() : "";
    const mode = MESSAGE_MODES.get(mediaType);
    if (mode === undefined) {
      throw connectorError("unsupported", `a stream of the type ${mediaType || "(none)"} can't be decoded`);
    }
    this.#handle = new Handle(mode, limit);
  }

  /** Why the stream can't be read on; thrown by the next call. */
  get fault() {
    return this.#handle.fault;
  }

  /** The message so far. */
  get message() {
    return this.#accumulator.message;
  }

  /** The block that the stream gives this index. */
  block(index) {
    return this.#accumulator.block(index);
  }

  /** The chunk's events. They aren't in the message yet. */
  read(chunk) {
    return this.#read(chunk, false);
  }

  /** Adds the chunk's events to the message and returns them. */
  readInto(chunk) {
    return this.#read(chunk, true);
  }

  /** Adds an event to the message. `false` where it contradicts the events before, which is a fault. */
  apply(event) {
    try {
      this.#accumulator.apply(event);
      return true;
    } catch (error) {
      this.#handle.fail(error);
      return false;
    }
  }

  /** Adds a chunk's events to the message and returns the text that they brought. */
  readText(chunk) {
    if (!this.#merges) {
      this.#handle.merge();
      this.#merges = true;
    }
    const handle = this.#handle;
    let added = "";
    try {
      for (let found = handle.push(chunk); found; found = handle.next()) added += this.#accumulate(handle);
    } catch (error) {
      throw this.#withMessage(error);
    }
    return added;
  }

  #read(chunk, apply) {
    const handle = this.#handle;
    const events = [];
    try {
      for (let found = handle.push(chunk); found; found = handle.next()) this.#readEvents(handle, events, apply);
    } catch (error) {
      throw this.#withMessage(error);
    }
    return events;
  }

  /**
   * Ends the stream and frees the decoder. The events that it still held are
   * added to the message and handed to `take`.
   */
  finish(take = () => {}) {
    try {
      const events = [];
      if (this.#handle.finish()) this.#readEvents(this.#handle, events, false);
      for (const event of events) {
        if (!this.apply(event)) break;
        take(event);
      }
      if (this.fault) throw this.fault;
      return this.#accumulator.finish();
    } catch (error) {
      throw this.#withMessage(error);
    } finally {
      this.free();
    }
  }

  get metrics() {
    if (this.#counts) return this.#counts;
    const handle = this.#handle;
    return {
      bytes: handle.count(0),
      events: handle.count(1),
      ignoredLines: handle.count(2),
      unknownEvents: handle.count(3),
      replacementCharacters: handle.count(4),
      ...handle.invocationMetrics(),
    };
  }

  free() {
    if (this.#handle.closed) return;
    try {
      this.#counts = this.metrics;
    } catch {
      // The module was started afresh: its counts are gone.
      this.#counts = { bytes: 0, events: 0, ignoredLines: 0, unknownEvents: 0, replacementCharacters: 0 };
    }
    this.#handle.close();
  }

  #withMessage(error) {
    if (this.message && error.partialMessage === undefined && error.code !== undefined) {
      error.partialMessage = this.message;
    }
    return error;
  }

  /** Adds what was found to the message and returns the text in it. */
  #accumulate({ text, from, to }) {
    const accumulator = this.#accumulator;
    let added = "";
    let start = 0;
    for (let at = from; at < to; at += SEGMENT_WORDS) {
      const part = text.slice(start, (start += words[at + 3]));
      const index = words[at + 1];
      switch (words[at]) {
        case TEXT:
          if (accumulator.appendText(index, part)) added += part;
          break;
        case THINKING:
          accumulator.appendThinking(index, part);
          break;
        case INPUT_JSON:
          accumulator.appendInputJson(index, part);
          break;
        case SIGNATURE:
          accumulator.setSignature(index, part);
          break;
        default: {
          const event = JSON.parse(part);
          if (!this.apply(event)) return added;
          added += textOf(event, accumulator);
        }
      }
    }
    return added;
  }

  /** Adds what was found to the events, and to the message too if it is to be applied. */
  #readEvents({ text, from, to }, events, apply) {
    const accumulator = apply ? this.#accumulator : undefined;
    let start = 0;
    for (let at = from; at < to; at += SEGMENT_WORDS) {
      const part = text.slice(start, (start += words[at + 3]));
      const index = words[at + 1];
      let delta;
      switch (words[at]) {
        case TEXT:
          delta = { type: "text_delta", text: part };
          accumulator?.appendText(index, part);
          break;
        case THINKING:
          delta = { type: "thinking_delta", thinking: part };
          accumulator?.appendThinking(index, part);
          break;
        case INPUT_JSON:
          delta = { type: "input_json_delta", partial_json: part };
          accumulator?.appendInputJson(index, part);
          break;
        case SIGNATURE:
          delta = { type: "signature_delta", signature: part };
          accumulator?.setSignature(index, part);
          break;
        default: {
          const event = JSON.parse(part);
          if (apply && !this.apply(event)) return;
          events.push(event);
          continue;
        }
      }
      events.push({ type: "content_block_delta", index, delta });
    }
  }
}

/** The answer text of an event that came as JSON. */
function textOf(event, accumulator) {
  if (event.type !== "content_block_delta" || event.delta?.type !== "text_delta") return "";
  return typeof event.delta.text === "string" && accumulator.takesText(event.index) ? event.delta.text : "";
}

export class MessageDecoder {
  #reader;
  /** `push` or `pushEvents`, once one of them was called. */
  #style;

  constructor(contentType, options) {
    this.#reader = new MessageReader(contentType, options);
  }

  push(chunk) {
    this.#choose("push");
    return this.#reader.readText(chunk);
  }

  pushEvents(chunk) {
    this.#choose("pushEvents");
    return this.#reader.readInto(chunk);
  }

  snapshot() {
    return this.#reader.message;
  }

  finish() {
    return this.#reader.finish();
  }

  get metrics() {
    return this.#reader.metrics;
  }

  free() {
    this.#reader.free();
  }

  #choose(style) {
    if (this.#style === style) return;
    if (this.#style !== undefined) {
      throw connectorError("invalid-argument", `this decoder is read with ${this.#style}(); use one way per decoder`);
    }
    this.#style = style;
  }
}

disposable(MessageDecoder);
