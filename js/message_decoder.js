/** `MessageDecoder`: a streamed answer read by text or by events, one way per decoder. */

import { disposable } from "./decoder_handle.js";
import { connectorError } from "./error.js";
import { MessageReader } from "./message_reader.js";

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
