/** Server-sent events as the HTML standard reads them: bytes in, events out. */

import { asTrapped, disposable, Handle } from "./decoder_handle.js";
import { limitOf } from "./decoder_limits.js";
import { words } from "./decoder_memory.js";
import { EVENT_DATA, EVENT_HEAD, EVENT_ID, EVENT_NAME, MODE_SSE, RETRY_MS, SEGMENT_WORDS } from "./stream_abi.js";

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
    const retryMs = this.#handle.count(RETRY_MS);
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
