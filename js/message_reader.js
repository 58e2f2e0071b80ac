/**
 * A streamed answer while it arrives: bytes in, its text, its events and the
 * message out.
 */

import { asTrapped, Handle } from "./decoder_handle.js";
import { headerLimitOf, limitOf } from "./decoder_limits.js";
import { words } from "./decoder_memory.js";
import { connectorError } from "./error.js";
import { MessageAccumulator } from "./message_accumulator.js";
import {
  BYTES,
  EVENTS,
  IGNORED_LINES,
  INPUT_JSON,
  MODE_FRAMED_MESSAGE,
  MODE_MESSAGE,
  REPLACEMENT_CHARACTERS,
  SEGMENT_WORDS,
  SIGNATURE,
  TEXT,
  THINKING,
  UNKNOWN_EVENTS,
} from "./stream_abi.js";

/** How each type of stream is read as a message. */
const MODES = new Map([
  ["text/event-stream", MODE_MESSAGE],
  ["application/vnd.amazon.eventstream", MODE_FRAMED_MESSAGE],
]);

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
    const mode = MODES.get(mediaType);
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
      bytes: handle.count(BYTES),
      events: handle.count(EVENTS),
      ignoredLines: handle.count(IGNORED_LINES),
      unknownEvents: handle.count(UNKNOWN_EVENTS),
      replacementCharacters: handle.count(REPLACEMENT_CHARACTERS),
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
