/**
 * Frames of `application/vnd.amazon.eventstream` as objects.
 *
 * The module checks a frame, its checksums and the lengths in its headers. So
 * what is read here, from the module's memory, is known to be well-formed.
 */

import { asTrapped, disposable, Handle } from "./decoder_handle.js";
import { headerLimitOf, limitOf } from "./decoder_limits.js";
import { bytes, textAt, words } from "./decoder_memory.js";
import { assign } from "./own_property.js";
import { MODE_FRAMES, SEGMENT_WORDS } from "./stream_abi.js";

/** Reads the fields of a frame's headers, one behind the other. */
class Fields {
  #at;
  #end;

  constructor(at, length) {
    this.#at = at;
    this.#end = at + length;
  }

  get more() {
    return this.#at < this.#end;
  }

  byte() {
    return bytes[this.#at++];
  }

  /** A big-endian number of 1, 2 or 4 bytes with a sign. */
  integer(size) {
    let value = (this.byte() << 24) >> 24;
    for (let read = 1; read < size; read += 1) value = (value << 8) | this.byte();
    return value;
  }

  /** Where the next bytes are; they count as read. */
  skip(length) {
    const at = this.#at;
    this.#at += length;
    return at;
  }

  length() {
    return (this.byte() << 8) | this.byte();
  }

  text(length) {
    return textAt(this.skip(length), length);
  }

  value() {
    const type = this.byte();
    switch (type) {
      case 0:
      case 1:
        return { type: "boolean", value: type === 0 };
      case 2:
        return { type: "byte", value: this.integer(1) };
      case 3:
        return { type: "short", value: this.integer(2) };
      case 4:
        return { type: "integer", value: this.integer(4) };
      case 5:
        return { type: "long", value: (BigInt(this.integer(4)) << 32n) | BigInt(this.integer(4) >>> 0) };
      case 6: {
        const length = this.length();
        return { type: "binary", value: copy(this.skip(length), length) };
      }
      case 7:
        return { type: "string", value: this.text(this.length()) };
      case 8:
        return { type: "timestamp", value: new Date(this.integer(4) * 2 ** 32 + (this.integer(4) >>> 0)) };
      default:
        return { type: "uuid", value: uuid(this.skip(16)) };
    }
  }
}

const copy = (at, length) => bytes.slice(at, at + length);

function uuid(at) {
  const digits = Array.from(bytes.subarray(at, at + 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function headersAt(at, length) {
  const headers = {};
  const fields = new Fields(at, length);
  while (fields.more) {
    const name = fields.text(fields.byte());
    assign(headers, name, fields.value());
  }
  return headers;
}

export class EventStreamDecoder {
  #handle;

  constructor(options) {
    this.#handle = new Handle(MODE_FRAMES, limitOf(options, "maxMessageBytes"), headerLimitOf(options));
  }

  push(chunk) {
    const handle = this.#handle;
    const frames = [];
    try {
      for (let count = handle.push(chunk); count > 0; count = handle.next()) {
        const { address, from } = handle;
        for (let at = from; at < from + SEGMENT_WORDS * count; at += SEGMENT_WORDS) {
          frames.push({
            headers: headersAt(address + words[at], words[at + 1]),
            payload: copy(address + words[at + 2], words[at + 3]),
          });
        }
      }
    } catch (error) {
      throw asTrapped(error);
    }
    return frames;
  }

  finish() {
    try {
      this.#handle.finish();
      if (this.#handle.fault) throw this.#handle.fault;
      return [];
    } catch (error) {
      throw asTrapped(error);
    } finally {
      this.free();
    }
  }

  free() {
    this.#handle.close();
  }
}

disposable(EventStreamDecoder);
