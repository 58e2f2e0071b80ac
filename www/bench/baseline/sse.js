/** Reads the Messages API's events out of an event stream with LF line ends. */

import { Heads } from "./heads.js";
import { Segments } from "./segments.js";

const LF = 0x0a;

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

export class SseScanner {
  #bytes = new Uint8Array(131072);
  #view = new DataView(this.#bytes.buffer);
  /** How many bytes there are; the first of them begin an event. */
  #end = 0;
  #heads = new Heads();

  /** @param {{ merges: boolean }} options */
  constructor({ merges }) {
    this.segments = new Segments(this.#heads, merges);
  }

  /** @param {Uint8Array} chunk */
  push(chunk) {
    const waiting = this.#end;
    this.#append(chunk);
    const { segments } = this;
    segments.clear();
    // The event that waited is looked at again when its end is there, not for each byte of it.
    if (waiting === 0 || this.#blankLine(waiting - 1) >= 0) this.#readEvents();
    segments.finish();
  }

  #readEvents() {
    const { segments } = this;
    const heads = this.#heads;
    const bytes = this.#bytes;
    const view = this.#view;
    const end = this.#end;
    let at = 0;
    while (at < end) {
      const { length, foreign } = heads;
      const after = heads.read(bytes, view, at, end);
      if (after >= 0 && bytes[after] === LF && bytes[after + 1] === LF && after + 2 <= end) {
        segments.addDelta();
        at = after + 2;
        continue;
      }
      heads.length = length;
      heads.foreign = foreign;
      const blank = this.#blankLine(at);
      if (blank < 0) break;
      this.#readEvent(at, blank);
      at = blank + 2;
    }
    bytes.copyWithin(0, at, end);
    this.#end = end - at;
  }

  /**
   * Any event, by its lines.
   *
   * @param {number} from
   * @param {number} to
   */
  #readEvent(from, to) {
    const text = utf8.decode(this.#bytes.subarray(from, to));
    const data = text.startsWith("data: ") ? 0 : text.indexOf("\ndata: ") + 1;
    const json = text.slice(data + 6);
    const event = JSON.parse(json);
    this.#heads.learn(event, text.slice(0, data + 6), json);
    this.segments.addEvent(event);
  }

  /** @param {number} from */
  #blankLine(from) {
    const bytes = this.#bytes;
    const last = this.#end - 1;
    let at = bytes.indexOf(LF, from);
    while (at < last) {
      if (bytes[at + 1] === LF) return at;
      at = bytes.indexOf(LF, at + 1);
    }
    return -1;
  }

  /** @param {Uint8Array} chunk */
  #append(chunk) {
    const end = this.#end + chunk.length;
    if (this.#bytes.length < end + 2) {
      const larger = new Uint8Array(2 * end);
      larger.set(this.#bytes.subarray(0, this.#end));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#bytes.set(chunk, this.#end);
    // What ends the scan of a text, and the search for a line end.
    this.#bytes[end] = 0;
    this.#bytes[end + 1] = LF;
    this.#end = end;
  }
}
