/** Makes text, events and the message of what a scanner found. */

import { Accumulator } from "../accumulate.js";

/** @typedef {{ segments: import("./segments.js").Segments }} Scanner */

export class Assembler {
  #accumulator = new Accumulator();

  get message() {
    return this.#accumulator.message;
  }

  /**
   * Adds what a chunk brought to the message.
   *
   * @param {Scanner} scanner
   * @returns {string} The answer text in it.
   */
  readText({ segments }) {
    const { heads, lengths, events, text } = segments;
    let added = "";
    let from = 0;
    for (let at = 0; at < heads.length; at += 1) {
      const head = heads[at];
      if (head === undefined) {
        this.#accumulator.apply(events[at], (piece) => (added += piece));
        continue;
      }
      const to = from + lengths[at];
      const part = heads.length === 1 ? text : text.slice(from, to);
      from = to;
      if (head.type === "input_json_delta") {
        this.#accumulator.appendInput(head.index, part);
        continue;
      }
      const block = this.#accumulator.message.content[head.index];
      if (head.type === "thinking_delta") {
        block.thinking += part;
      } else {
        block.text += part;
        added += part;
      }
    }
    return added;
  }

  /**
   * @param {Scanner} scanner
   * @param {(event: any) => void} take
   */
  readEvents({ segments }, take) {
    const { heads, lengths, events, text } = segments;
    let from = 0;
    for (let at = 0; at < heads.length; at += 1) {
      const head = heads[at];
      if (head === undefined) {
        take(events[at]);
        continue;
      }
      const to = from + lengths[at];
      const part = heads.length === 1 ? text : text.slice(from, to);
      from = to;
      take({ type: "content_block_delta", index: head.index, delta: deltaOf(head.type, part) });
    }
  }
}

/**
 * @param {string} type
 * @param {string} text
 */
function deltaOf(type, text) {
  if (type === "text_delta") return { type: "text_delta", text };
  if (type === "thinking_delta") return { type: "thinking_delta", thinking: text };
  return { type: "input_json_delta", partial_json: text };
}
