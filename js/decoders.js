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

/** The words of a decoder's header: address and length each, but for the number of segments. */
const ROOM = 0;
const FOUND = 2;
const SEGMENTS = 4;
const NOTE = 6;

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
const DEFAULT_MAX_HEADER_BYTES = 128 * 1024;
const MAX_BYTES = 0x7fffffff;

const NO_BYTES = new Uint8Array(0);

/**
 * A TextDecoder of WebKit's throws once it has decoded 2 GiB in all
 * (WebKit bug 280593), so none of ours gets there.
 */
const LIFE_OF_DECODER = 2 ** 26;
const freshDecoder = () => new TextDecoder("utf-8", { ignoreBOM: true });
let utf8 = freshDecoder();
let decoded = 0;

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
  decoded += length;
  if (decoded > LIFE_OF_DECODER) {
    utf8 = freshDecoder();
    decoded = length;
  }
  return utf8.decode(bytes.subarray(address, address + length));
}

/** The same for few bytes. What the module writes is UTF-8, so nothing is checked here. */
function smallTextAt(at, end) {
  const from = bytes;
  let text = "";
  while (at < end) {
    let point = from[at++];
    if (point >= 0x80) {
      // The first byte says how many follow, with six bits each.
      const first = point;
      point &= first < 0xe0 ? 0x1f : first < 0xf0 ? 0x0f : 0x07;
      for (let mark = first << 1; mark & 0x80; mark <<= 1) point = (point << 6) | (from[at++] & 0x3f);
      if (point > 0xffff) {
        text += String.fromCharCode(0xd7c0 + (point >> 10));
        point = 0xdc00 | (point & 0x3ff);
      }
    }
    text += String.fromCharCode(point);
  }
  return text;
}

/** Frees decoders whose owners were collected without a `free`. */
const abandoned = new FinalizationRegistry(({ wasm, handle, started }) => {
  if (started === generation()) wasm.decoder_close(handle);
});

/** What to throw for an error of a call into the module. `push`, `next` and `finish` of a handle leave it to their callers. */
export const asTrapped = (error) => (error instanceof WebAssembly.RuntimeError ? trapped(error) : error);

/**
 * A decoder in the module's memory. What a chunk needs is in plain members:
 * with private ones a chunk of one event takes a tenth longer in Firefox.
 */
export class Handle {
  /** Whether `next` may find something. */
  more = false;
  closed = false;
  /** Why the stream can't be read on: thrown by the next call. */
  fault;
  /** The header's place in `words`. */
  header;
  handle;
  started = generation();
  #wasm = exports();
  /** The module's function for a chunk: looking it up among the exports costs more than calling it. */
  decode = this.#wasm.decoder_push;
  /** What of the chunk didn't go in yet. */
  #rest = NO_BYTES;
  /** Whether what went in isn't all decoded. */
  #waits = false;

  constructor(mode, maxBytes, maxHeaderBytes = 0) {
    this.handle = this.#call(() => this.#wasm.decoder_open(mode, maxBytes, maxHeaderBytes));
    if (this.handle === 0) throw connectorError("limit-exceeded", "too many decoders are open");
    abandoned.register(this, { wasm: this.#wasm, handle: this.handle, started: this.started }, this);
    this.header = this.#call(() => this.#wasm.decoder_header(this.handle)) >>> 2;
    view(this.#wasm.memory);
  }

  /** The text that was found last. */
  get text() {
    return this.#textOf(FOUND);
  }

  /** Where the bytes begin in which frames were found. */
  get address() {
    return words[this.header + FOUND];
  }

  /** Where in `words` the table of the segments begins that were found last. */
  get from() {
    return words[this.header + SEGMENTS] >>> 2;
  }

  /** The first fault stays: everything after it follows from it. */
  fail(error) {
    this.fault ??= error;
  }

  /** Throws where nothing can be decoded any more. */
  check() {
    if (this.fault) throw this.fault;
    if (this.closed) throw connectorError("invalid-argument", "this decoder is finished");
    this.#checkModule();
  }

  #checkModule() {
    if (alive(this.started)) return;
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

  /** Takes in a chunk and decodes. How many segments that found; as long as there is `more`, `next` goes on. */
  push(chunk) {
    if (!isBytes(chunk)) throw connectorError("invalid-argument", "a chunk must be a Uint8Array");
    if (this.fault || this.closed || !alive(this.started)) this.check();
    const { length } = chunk;
    // When memory has grown the view of it is empty, and there is no such number.
    if (!(length <= words[this.header + ROOM + 1])) return this.#pushSlices(chunk);
    bytes.set(chunk, words[this.header + ROOM]);
    return this.#found(this.decode(this.handle, length));
  }

  #pushSlices(chunk) {
    this.#rest = chunk;
    this.more = true;
    return this.next();
  }

  /** Decodes on. How many segments that found. */
  next() {
    while (this.more && !this.fault) {
      const filled = this.#waits ? 0 : this.#fill();
      this.#waits = false;
      this.more = this.#rest.length > 0;
      const found = this.#found(this.decode(this.handle, filled));
      if (found > 0) return found;
    }
    this.more = false;
    this.#rest = NO_BYTES;
    return 0;
  }

  /** Puts as much of a chunk in as may go in at once; how much that was. */
  #fill() {
    const slice = this.#rest.subarray(0, MAX_CHUNK);
    this.#rest = this.#rest.subarray(slice.length);
    view(this.#wasm.memory);
    if (slice.length > words[this.header + ROOM + 1]) {
      // The only call that grows the module's memory.
      this.#checked(this.#wasm.decoder_reserve(this.handle, slice.length));
      view(this.#wasm.memory);
    }
    bytes.set(slice, words[this.header + ROOM]);
    return slice.length;
  }

  /** Neighbouring deltas of a block come as one segment from now on. */
  merge() {
    this.check();
    this.#call(() => this.#checked(this.#wasm.decoder_merge(this.handle)));
  }

  /** Ends the stream. How many segments its last bytes hold; there is nothing more. */
  finish() {
    this.check();
    return this.#found(this.#wasm.decoder_finish(this.handle));
  }

  /** How many segments a call into the module found that ended so. */
  #found(status) {
    if (status !== 0) this.#heed(status);
    return words[this.header + SEGMENTS + 1] ?? this.#foundAnew();
  }

  /** The same after the module's memory has grown meanwhile. */
  #foundAnew() {
    view(this.#wasm.memory);
    return words[this.header + SEGMENTS + 1];
  }

  #heed(status) {
    this.#waits = (this.#checked(status) & MORE) !== 0;
    this.more ||= this.#waits;
    if (status & FAULT) this.#readFault();
  }

  #checked(status) {
    if (status & REFUSED) throw connectorError("module-failed", "the module doesn't know this decoder");
    return status;
  }

  #readFault() {
    const { code, message, ...fields } = JSON.parse(this.#note(this.#wasm.decoder_fault));
    this.fail(connectorError(code, message, fields));
  }

  #note(write) {
    this.#checked(write(this.handle));
    view(this.#wasm.memory);
    return this.#textOf(NOTE);
  }

  #textOf(word) {
    return textAt(words[this.header + word], words[this.header + word + 1]);
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
    return this.#call(() => this.#wasm.decoder_count(this.handle, which));
  }

  /** May be called at any time, any number of times. */
  close() {
    if (this.closed) return;
    this.closed = true;
    abandoned.unregister(this);
    if (this.started === generation()) {
      try {
        this.#wasm.decoder_close(this.handle);
      } catch (error) {
        if (!(error instanceof WebAssembly.RuntimeError)) throw error;
        trapped(error);
      }
    }
  }
}

/** A limit in bytes out of the options. */
export function limitOf(options, name, byDefault = DEFAULT_MAX_BYTES) {
  const limit = options?.[name] ?? byDefault;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_BYTES) {
    throw connectorError("invalid-argument", `${name} must be a whole number from 1 to ${MAX_BYTES}`);
  }
  return limit;
}

/** The limit of a frame's headers. */
export const headerLimitOf = (options) => limitOf(options, "maxHeaderBytes", DEFAULT_MAX_HEADER_BYTES);

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
    try {
      for (let count = handle.push(chunk); count > 0; count = handle.next()) this.#read(handle, count, events);
    } catch (error) {
      throw asTrapped(error);
    }
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

  #read({ text, from }, count, events) {
    let start = 0;
    for (let at = from; at < from + SEGMENT_WORDS * count; at += SEGMENT_WORDS) {
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
  handle;
  accumulator = new MessageAccumulator();
  /** What `metrics` shows once the decoder is freed. */
  #counts;

  constructor(contentType, options) {
    const limit = limitOf(options, "maxEventBytes");
    const headerLimit = headerLimitOf(options);
    const mediaType = typeof contentType === "string" ? contentType.split(";", 1)[0].trim().toLowerCase() : "";
    const mode = MESSAGE_MODES.get(mediaType);
    if (mode === undefined) {
      throw connectorError("unsupported", `a stream of the type ${mediaType || "(none)"} can't be decoded`);
    }
    this.handle = new Handle(mode, limit, headerLimit);
  }

  /** Why the stream can't be read on; thrown by the next call. */
  get fault() {
    return this.handle.fault;
  }

  /** The message so far. */
  get message() {
    return this.accumulator.message;
  }

  /** The block that the stream gives this index. */
  block(index) {
    return this.accumulator.block(index);
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
      this.accumulator.apply(event);
      return true;
    } catch (error) {
      this.handle.fail(error);
      return false;
    }
  }

  /** Deltas come merged from now on, for `readText`. */
  merge() {
    this.handle.merge();
  }

  /** Adds a chunk's events to the message and returns the text that they brought. */
  readText(chunk) {
    const { handle } = this;
    try {
      let count = handle.push(chunk);
      if (count === 0) return "";
      // A chunk of one event, as a model's pace brings it.
      if (count === 1 && !handle.more) return this.add(words[handle.from], words[handle.from + 1], handle.text) ?? "";
      let added = "";
      for (; count > 0; count = handle.next()) added += this.#addAll(handle, count);
      return added;
    } catch (error) {
      throw this.#withMessage(error);
    }
  }

  #read(chunk, apply) {
    const handle = this.handle;
    const events = [];
    try {
      for (let count = handle.push(chunk); count > 0; count = handle.next()) this.#readEvents(handle, count, events, apply);
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
      const count = this.handle.finish();
      if (count > 0) this.#readEvents(this.handle, count, events, false);
      for (const event of events) {
        if (!this.apply(event)) break;
        take(event);
      }
      if (this.fault) throw this.fault;
      return this.accumulator.finish();
    } catch (error) {
      throw this.#withMessage(error);
    } finally {
      this.free();
    }
  }

  get metrics() {
    if (this.#counts) return this.#counts;
    const handle = this.handle;
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
    if (this.handle.closed) return;
    try {
      this.#counts = this.metrics;
    } catch {
      // The module was started afresh: its counts are gone.
      this.#counts = { bytes: 0, events: 0, ignoredLines: 0, unknownEvents: 0, replacementCharacters: 0 };
    }
    this.handle.close();
  }

  #withMessage(thrown) {
    const error = asTrapped(thrown);
    if (this.message && error.partialMessage === undefined && error.code !== undefined) {
      error.partialMessage = this.message;
    }
    return error;
  }

  /** Adds a segment to the message. The answer's text in it; undefined where it contradicts the events before. */
  add(kind, index, text) {
    if (kind === TEXT) return this.accumulator.appendText(index, text) ? text : "";
    return this.#addOther(kind, index, text);
  }

  #addOther(kind, index, text) {
    const { accumulator } = this;
    switch (kind) {
      case THINKING:
        accumulator.appendThinking(index, text);
        return "";
      case INPUT_JSON:
        accumulator.appendInputJson(index, text);
        return "";
      case SIGNATURE:
        accumulator.setSignature(index, text);
        return "";
      default: {
        const event = JSON.parse(text);
        return this.apply(event) ? textOf(event, accumulator) : undefined;
      }
    }
  }

  /** The same for all segments that were found. */
  #addAll({ text, from }, count) {
    let added = "";
    let start = 0;
    /** Where the answer's text begins that isn't in `added`: mostly all of `text` is, and nothing needs joining. */
    let run = 0;
    for (let at = from; at < from + SEGMENT_WORDS * count; at += SEGMENT_WORDS) {
      const end = start + words[at + 3];
      const part = text.slice(start, end);
      const own = this.add(words[at], words[at + 1], part);
      if (own !== part) {
        added += text.slice(run, start);
        if (own === undefined) return added;
        added += own;
        run = end;
      }
      start = end;
    }
    return added + text.slice(run, start);
  }

  /** Adds what was found to the events, and to the message too if it is to be applied. */
  #readEvents({ text, from }, count, events, apply) {
    const accumulator = apply ? this.accumulator : undefined;
    let start = 0;
    for (let at = from; at < from + SEGMENT_WORDS * count; at += SEGMENT_WORDS) {
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
    if (this.#style !== "push") this.#choose("push");
    return this.#reader.readText(chunk);
  }

  pushEvents(chunk) {
    if (this.#style !== "pushEvents") this.#choose("pushEvents");
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
    if (this.#style !== undefined) {
      throw connectorError("invalid-argument", `this decoder is read with ${this.#style}(); use one way per decoder`);
    }
    this.#style = style;
    if (style === "push") this.#reader.merge();
  }
}

disposable(MessageDecoder);
