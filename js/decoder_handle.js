/**
 * A decoder inside the module, as the classes around it drive it.
 *
 * The bytes go into the module's memory and are decoded there; a call brings
 * back one text and a table of its parts. Everything that is read from that
 * memory becomes a JavaScript value before the call returns, so nothing here
 * depends on what a caller does in between.
 */

import { isBytes } from "./argument.js";
import { bytes, textAt, view, words } from "./decoder_memory.js";
import { connectorError } from "./error.js";
import { alive, exports, generation, trapped } from "./loader.js";
import { FAULT, FOUND, MAX_CHUNK, MORE, NOTE, REFUSED, ROOM, SEGMENTS } from "./stream_abi.js";

const NO_BYTES = new Uint8Array(0);

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

/** Adds `Symbol.dispose` where the engine has it. */
export function disposable(constructor) {
  if (Symbol.dispose) constructor.prototype[Symbol.dispose] = constructor.prototype.free;
}
