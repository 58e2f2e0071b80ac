/**
 * Puts events together into their message in the few lines that an app without
 * a library writes for it; what the parsers that stop at events are completed with.
 */

/** @typedef {(text: string) => void} TakeText */

export class Accumulator {
  /** @type {any} */
  message;
  /** @type {string[]} */
  #inputs = [];

  /**
   * @param {any} event
   * @param {TakeText} take Gets the text of text deltas.
   */
  apply(event, take) {
    switch (event.type) {
      case "content_block_delta":
        this.#append(event.index, event.delta, take);
        break;
      case "message_start":
        this.message = event.message;
        break;
      case "content_block_start":
        this.message.content[event.index] = event.content_block;
        this.#inputs[event.index] = "";
        break;
      case "content_block_stop":
        if (this.#inputs[event.index] !== "") this.message.content[event.index].input = JSON.parse(this.#inputs[event.index]);
        break;
      case "message_delta":
        Object.assign(this.message, event.delta);
        Object.assign(this.message.usage, event.usage);
        break;
    }
  }

  /**
   * @param {number} index
   * @param {any} delta
   * @param {TakeText} take
   */
  #append(index, delta, take) {
    switch (delta.type) {
      case "text_delta":
        this.message.content[index].text += delta.text;
        take(delta.text);
        break;
      case "input_json_delta":
        this.appendInput(index, delta.partial_json);
        break;
      case "thinking_delta":
        this.message.content[index].thinking += delta.thinking;
        break;
      case "signature_delta":
        this.message.content[index].signature = delta.signature;
        break;
    }
  }

  /**
   * @param {number} index
   * @param {string} text
   */
  appendInput(index, text) {
    this.#inputs[index] += text;
  }
}
