/**
 * Reads the Messages API's events out of Bedrock's frames. It trusts the frames: no checksum is verified,
 * which a library may not do and which makes this faster than any may be.
 */

import { Heads } from "./heads.js";
import { Segments } from "./segments.js";

const PRELUDE = 12;
const CHECKSUM = 4;
const QUOTE = 0x22;
const EQUALS = 0x3d;

/** How a payload begins. */
const OPENING = Uint8Array.from('{"bytes":"', (character) => character.charCodeAt(0));

/** Six bits for each character of base64. */
const SIX_BITS = new Uint8Array(256);
for (const [value, character] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].entries()) {
  SIX_BITS[character.charCodeAt(0)] = value;
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

export class BedrockScanner {
  #bytes = new Uint8Array(131072);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;
  #heads = new Heads();
  /** An event's JSON. */
  #json = new Uint8Array(65536);
  #jsonView = new DataView(this.#json.buffer);

  /** @param {{ merges: boolean }} options */
  constructor({ merges }) {
    this.segments = new Segments(this.#heads, merges);
  }

  /** @param {Uint8Array} chunk */
  push(chunk) {
    this.#append(chunk);
    this.segments.clear();
    let at = 0;
    while (this.#end - at >= PRELUDE) {
      const length = this.#view.getUint32(at);
      if (this.#end - at < length) break;
      this.#readFrame(at + PRELUDE + this.#view.getUint32(at + 4), at + length - CHECKSUM);
      at += length;
    }
    this.#bytes.copyWithin(0, at, this.#end);
    this.#end -= at;
    this.segments.finish();
  }

  /**
   * @param {number} from Where the payload begins.
   * @param {number} to
   */
  #readFrame(from, to) {
    const length = this.#decodeBase64(from + OPENING.length, to);
    const heads = this.#heads;
    const before = heads.length;
    const { foreign } = heads;
    if (heads.read(this.#json, this.#jsonView, 0, length) === length) {
      this.segments.addDelta();
      return;
    }
    heads.length = before;
    heads.foreign = foreign;
    const text = utf8.decode(this.#json.subarray(0, length));
    const event = JSON.parse(text);
    heads.learn(event, "", text);
    this.segments.addEvent(event);
  }

  /**
   * @param {number} from
   * @param {number} to
   * @returns {number} How many bytes of JSON there are.
   */
  #decodeBase64(from, to) {
    if (this.#json.length < to - from) {
      this.#json = new Uint8Array(2 * (to - from));
      this.#jsonView = new DataView(this.#json.buffer);
    }
    const bytes = this.#bytes;
    const json = this.#json;
    let length = 0;
    let at = from;
    while (bytes[at] !== QUOTE) {
      const group = (SIX_BITS[bytes[at]] << 18) | (SIX_BITS[bytes[at + 1]] << 12) | (SIX_BITS[bytes[at + 2]] << 6) | SIX_BITS[bytes[at + 3]];
      json[length] = group >> 16;
      json[length + 1] = group >> 8;
      json[length + 2] = group;
      length += 3;
      at += 4;
    }
    if (bytes[at - 1] === EQUALS) length -= bytes[at - 2] === EQUALS ? 2 : 1;
    json[length] = 0;
    return length;
  }

  /** @param {Uint8Array} chunk */
  #append(chunk) {
    const end = this.#end + chunk.length;
    if (this.#bytes.length < end) {
      const larger = new Uint8Array(2 * end);
      larger.set(this.#bytes.subarray(0, this.#end));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#bytes.set(chunk, this.#end);
    this.#end = end;
  }
}
