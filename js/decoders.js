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
import { exports, generation, trapped } from "./loader.js";
import { MessageAccumulator } from "./message.js";

const MODE_SSE = 0;
export const MODE_FRAMES = 2;
/** How each type of stream is read as a message. */
const MESSAGE_MODES = new Map([
  ["text/event-stream", 1],
  ["application/vnd.amazon.eventstream", 3],
]);

const MORE = 1;
const FAULT = 2;
const REFUSED = 4;

const JSON_EVENT = 0;
const TEXT = 1;
const THINKING = 2;
const INPUT_JSON = 3;
const SIGNATURE = 4;
const EVENT_NAME = 5;
const EVENT_ID = 6;

/** Larger chunks go in by slices, so that the module's memory doesn't grow with them. */
const MAX_CHUNK = 65536;
/** Below this, building a string by character codes beats a TextDecoder. */
const SMALL_TEXT = 32;
const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;
const MAX_BYTES = 0x7fffffff;

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Views of the module's memory, made anew when it has grown or been replaced. */
export let bytes = new Uint8Array(0);
export let words = new Uint32Array(0);
let viewed;

function view(memory) {
  if (viewed !== memory || bytes.length === 0) {
    viewed = memory;
    bytes = new Uint8Array(memory.buffer);
    words = new Uint32Array(memory.buffer);
  }
}

/** A string from the module's memory; `units` is its length as a string, if that is known. */
export function textAt(address, length, units) {
  if (length === units && length <= SMALL_TEXT) {
    let text = "";
    for (let at = address; at < address + length; at += 1) text += String.fromCharCode(bytes[at]);
    return text;
  }
  return utf8.decode(bytes.subarray(address, address + length));
}

/** Frees decoders whose owners were collected without a `free`. */
const abandoned = new FinalizationRegistry(({ wasm, handle, started }) => {
  if (started === generation()) wasm.decoder_close(handle);
});

/** A decoder in the module's memory. */
export class Handle {
  #wasm = exports();
  #started = generation();
  #handle;
  /** The header's place in `words`. */
  #header;
  #closed = false;
  /** Thrown by the next call. */
  #fault;
  /** Where the next bytes go, and how many fit. */
  #room = 0;
  #space = 0;

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
    exports();
    if (this.#started !== generation()) {
      throw connectorError("module-failed", "the module that held this decoder was started afresh");
    }
  }

  #call(call) {
    try {
      return call();
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw trapped(error);
      throw error;
    }
  }

  /**
   * Decodes a chunk; `take` is called with the text and its segments as often
   * as there are some, and with the text's address.
   */
  push(chunk, take) {
    if (!isBytes(chunk)) {
      throw connectorError("invalid-argument", "a chunk must be a Uint8Array");
    }
    this.check();
    try {
      for (let from = 0; from < chunk.length && !this.#fault; from += MAX_CHUNK) {
        const slice = chunk.length <= MAX_CHUNK ? chunk : chunk.subarray(from, from + MAX_CHUNK);
        if (slice.length > this.#space) this.#reserve(slice.length);
        view(this.#wasm.memory);
        bytes.set(slice, this.#room);
        let status = this.#wasm.decoder_push(this.#handle, slice.length);
        this.#take(status, take);
        while (status & MORE) {
          status = this.#wasm.decoder_push(this.#handle, 0);
          this.#take(status, take);
        }
      }
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw trapped(error);
      throw error;
    }
  }

  /** Neighbouring deltas of a block come as one segment from now on. */
  merge() {
    this.check();
    this.#call(() => {
      if (this.#wasm.decoder_merge(this.#handle) & REFUSED) this.#refused();
    });
  }

  /** Ends the stream and hands over what came last. */
  finish(take) {
    this.check();
    this.#call(() => this.#take(this.#wasm.decoder_finish(this.#handle), take));
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

  #take(status, take) {
    if (status & REFUSED) this.#refused();
    view(this.#wasm.memory);
    const header = this.#header;
    this.#room = words[header];
    this.#space = words[header + 1];
    const segments = words[header + 6];
    if (segments > 0) {
      const address = words[header + 2];
      const text = textAt(address, words[header + 3], words[header + 4]);
      take(text, words[header + 5] >>> 2, segments, address);
    }
    if (status & FAULT) this.#readFault();
  }

  #readFault() {
    const fault = this.#note(this.#wasm.decoder_fault);
    const { code, message, ...fields } = JSON.parse(fault);
    this.fail(connectorError(code, message, fields));
  }

  #note(write) {
    if (write(this.#handle) & REFUSED) this.#refused();
    view(this.#wasm.memory);
    return textAt(words[this.#header + 2], words[this.#header + 3], -1);
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
  /** What the getters show once the decoder is freed. */
  #last;

  constructor(options) {
    this.#handle = new Handle(MODE_SSE, limitOf(options, "maxEventBytes"));
  }

  push(chunk) {
    const events = [];
    this.#handle.push(chunk, (text, segments, count) => this.#read(text, segments, count, events));
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

  #read(text, segments, count, events) {
    let from = 0;
    for (let at = segments; at < segments + 4 * count; at += 4) {
      const part = text.slice(from, (from += words[at + 3]));
      if (words[at] === EVENT_NAME) this.#event = part || "message";
      else if (words[at] === EVENT_ID) this.#id = part;
      else events.push({ event: this.#event, data: part, id: this.#id });
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
    const events = [];
    this.#push(chunk, (text, segments, count) => readEvents(text, segments, count, events));
    return events;
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
    let added = "";
    this.#push(chunk, (text, segments, count) => {
      added += this.#accumulate(text, segments, count);
    });
    return added;
  }

  #push(chunk, take) {
    try {
      this.#handle.push(chunk, take);
    } catch (error) {
      throw this.#withMessage(error);
    }
  }

  /**
   * Ends the stream and frees the decoder. The events that it still held are
   * added to the message and handed to `take`.
   */
  finish(take = () => {}) {
    try {
      const events = [];
      this.#handle.finish((text, segments, count) => readEvents(text, segments, count, events));
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

  #accumulate(text, segments, count) {
    const accumulator = this.#accumulator;
    let added = "";
    let from = 0;
    for (let at = segments; at < segments + 4 * count; at += 4) {
      const part = count === 1 ? text : text.slice(from, (from += words[at + 3]));
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
}

/** The answer text of an event that came as JSON. */
function textOf(event, accumulator) {
  if (event.type !== "content_block_delta" || event.delta?.type !== "text_delta") return "";
  return typeof event.delta.text === "string" && accumulator.takesText(event.index) ? event.delta.text : "";
}

function readEvents(text, segments, count, events) {
  let from = 0;
  for (let at = segments; at < segments + 4 * count; at += 4) {
    const part = text.slice(from, (from += words[at + 3]));
    const index = words[at + 1];
    let delta;
    switch (words[at]) {
      case JSON_EVENT:
        events.push(JSON.parse(part));
        continue;
      case TEXT:
        delta = { type: "text_delta", text: part };
        break;
      case THINKING:
        delta = { type: "thinking_delta", thinking: part };
        break;
      case INPUT_JSON:
        delta = { type: "input_json_delta", partial_json: part };
        break;
      default:
        delta = { type: "signature_delta", signature: part };
    }
    events.push({ type: "content_block_delta", index, delta });
  }
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
    const events = this.#reader.read(chunk);
    const refused = events.findIndex((event) => !this.#reader.apply(event));
    return refused < 0 ? events : events.slice(0, refused);
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
