/**
 * Puts a streamed answer's events together into its message.
 *
 * The rules are the API's: text and thinking append, a signature and a
 * compaction are final values, usage overwrites and never adds, citations
 * append to a list. What no rule knows stays as it came.
 */

import { connectorError } from "./error.js";
import { assign } from "./own_property.js";
import { PartialJson } from "./partial_json.js";

/** Ends at which the model was cut off, so that unfinished tool input is no fault. */
const CUT_OFF = new Set(["max_tokens", "model_context_window_exceeded", "refusal", "pause_turn"]);

/** No answer has so many blocks that are written to by turns. */
const MANY = 1024;

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Overwrites with every member that has a value. */
function overwrite(target, source, except) {
  for (const name of Object.keys(source)) {
    if (!except.includes(name) && source[name] != null) assign(target, name, source[name]);
  }
}

const TOOL_USES = new Set(["tool_use", "server_tool_use", "mcp_tool_use"]);

/** Whether a block's input arrives in pieces of JSON: a tool's, or one of a kind that isn't known yet. */
const takesInput = (block) => TOOL_USES.has(block.type) || Object.hasOwn(block, "input");

/**
 * A tool's input while it streams: JSON text in pieces, parsed when somebody
 * looks. Each piece is looked at once, so that looking after every delta stays
 * linear.
 */
class ToolInput {
  #block;
  #text = "";
  /** The end of the text that nobody has looked at. Looking at a part of `#text` would copy all of it. */
  #unseen = "";
  #partial;
  #whole = false;
  /** Why the whole text isn't JSON. */
  #problem;

  constructor(block) {
    this.#block = block;
    Object.defineProperty(block, "input", {
      enumerable: true,
      configurable: true,
      get: () => (this.#whole ? this.#settle() : this.#view()),
      set: (value) => this.#define(value),
    });
  }

  append(text) {
    this.#text += text;
    this.#unseen += text;
  }

  /** No more pieces come. */
  end() {
    this.#whole = true;
  }

  /** Parses the text, and says what is wrong with it. */
  finish() {
    if (!this.#settled) this.#settle();
    return this.#problem;
  }

  #settled = false;

  #define(value) {
    this.#settled = true;
    Object.defineProperty(this.#block, "input", { value, enumerable: true, configurable: true, writable: true });
    return value;
  }

  #settle() {
    try {
      return this.#define(JSON.parse(this.#text));
    } catch (error) {
      const view = this.#view();
      const unfinished = !this.#partial.failed;
      this.#problem = { error, unfinished };
      return this.#define(unfinished ? view : this.#text);
    }
  }

  #view() {
    this.#partial ??= new PartialJson();
    this.#partial.push(this.#unseen);
    this.#unseen = "";
    return this.#partial.value ?? {};
  }
}

/** The events of a stream contradict each other. The words of the hint are the core's (`src/stream/fault.rs`). */
function corrupt(message, fields) {
  return connectorError("stream-corrupt", message, {
    hint: {
      id: "check-proxy",
      params: {},
      text: "Try again; if it repeats, look for a proxy on the way that changes what passes through it.",
      audience: "admin",
    },
    ...fields,
  });
}

export class MessageAccumulator {
  /** The message so far. It is the accumulator's own and grows. */
  message;
  /** Whether `message_stop` came. */
  stopped = false;
  /** Blocks by the index that the stream gives them, whatever that is. */
  #blocks = new Map();
  /** The same for the numbers that the API gives: an array is asked in a third of the time. */
  numbered = [];
  /** Tool inputs by block. */
  #inputs = new Map();

  /** Takes in an event. Throws where the stream's events contradict each other. */
  apply(event) {
    switch (event?.type) {
      case "message_start":
        return this.#start(event);
      case "content_block_start":
        return this.#startBlock(event);
      case "content_block_delta":
        return this.#delta(event);
      case "content_block_stop":
        return this.#stopBlock(event);
      case "message_delta":
        return this.#update(event);
      case "message_stop":
        this.stopped = true;
    }
  }

  /** Whether there is a block of this index that text can be added to. */
  takesText(index) {
    const block = this.block(index);
    return block !== undefined && (block.type === "text" || typeof block.text === "string");
  }

  /** Takes in the text of a delta. Whether a block took it. */
  appendText(index, text) {
    const block = this.block(index);
    if (block === undefined) return false;
    if (typeof block.text === "string") block.text += text;
    else if (block.type === "text") block.text = text;
    else return false;
    return true;
  }

  appendThinking(index, text) {
    const block = this.block(index);
    if (!block || (block.type !== "thinking" && typeof block.thinking !== "string")) return;
    block.thinking = (block.thinking ?? "") + text;
  }

  appendInputJson(index, text) {
    const block = this.block(index);
    if (!block || text === "") return;
    let input = this.#inputs.get(block);
    if (!input) {
      if (!takesInput(block)) return;
      input = new ToolInput(block);
      this.#inputs.set(block, input);
    }
    input.append(text);
  }

  setSignature(index, signature) {
    const block = this.#blocks.get(index);
    if (!block || (block.type !== "thinking" && !Object.hasOwn(block, "signature"))) return;
    block.signature = signature;
  }

  /** The block that the stream gives this index. */
  block(index) {
    return (typeof index === "number" && this.numbered[index]) || this.#blocks.get(index);
  }

  /** The whole message. Throws where a tool's input isn't JSON, or there is no message. */
  finish() {
    if (!this.message) throw corrupt("the stream has no message_start");
    for (const [block, input] of this.#inputs) {
      const problem = input.finish();
      if (problem && !(problem.unfinished && CUT_OFF.has(this.message.stop_reason))) {
        throw corrupt(`the input for the tool ${block.name ?? "(no name)"} isn't valid JSON`, {
          partialMessage: this.message,
          cause: problem.error,
        });
      }
    }
    return this.message;
  }

  #start({ message }) {
    if (this.message) {
      throw corrupt("a second message_start came in the same stream", { partialMessage: this.message });
    }
    if (!isObject(message)) return;
    this.message = { ...message, content: [] };
    if (isObject(message.usage)) this.message.usage = { ...message.usage };
    for (const block of Array.isArray(message.content) ? message.content : []) this.#add(this.message.content.length, block);
  }

  #startBlock({ index, content_block: block }) {
    if (!this.message || !isObject(block)) return;
    this.#add(index, block);
    if (block.type === "fallback" && typeof block.to?.model === "string") this.message.model = block.to.model;
  }

  #add(index, block) {
    const own = isObject(block) ? { ...block } : block;
    this.message.content.push(own);
    if (!isObject(own)) return;
    this.#blocks.set(index, own);
    if (typeof index === "number" && index >= 0 && index < MANY) this.numbered[index] = own;
  }

  #delta({ index, delta }) {
    const block = this.#blocks.get(index);
    if (!block || !isObject(delta)) return;
    switch (delta.type) {
      case "text_delta":
        if (typeof delta.text === "string") this.appendText(index, delta.text);
        break;
      case "thinking_delta":
        if (typeof delta.thinking === "string") this.appendThinking(index, delta.thinking);
        break;
      case "input_json_delta":
        if (typeof delta.partial_json === "string") this.appendInputJson(index, delta.partial_json);
        break;
      case "signature_delta":
        this.setSignature(index, delta.signature);
        break;
      case "citations_delta":
        if (block.type === "text" || Object.hasOwn(block, "citations")) {
          if (Array.isArray(block.citations) && this.#ownsCitations.has(block)) block.citations.push(delta.citation);
          else block.citations = [...(Array.isArray(block.citations) ? block.citations : []), delta.citation];
          this.#ownsCitations.add(block);
        }
        break;
      case "compaction_delta":
        if (block.type === "compaction") {
          block.content = delta.content;
          if (Object.hasOwn(delta, "encrypted_content")) block.encrypted_content = delta.encrypted_content;
        }
        break;
    }
  }

  /** Blocks whose list of citations isn't the event's. */
  #ownsCitations = new WeakSet();

  #stopBlock({ index }) {
    const block = this.#blocks.get(index);
    if (!block) return;
    this.#inputs.get(block)?.end();
    if (TOOL_USES.has(block.type) && !Object.hasOwn(block, "input")) block.input = {};
  }

  #update(event) {
    const { message } = this;
    if (!message) return;
    const { delta, usage } = event;
    if (isObject(delta)) {
      for (const name of ["stop_reason", "stop_sequence", "stop_details"]) {
        if (Object.hasOwn(delta, name)) message[name] = delta[name];
      }
      overwrite(message, delta, ["type", "stop_reason", "stop_sequence", "stop_details"]);
    }
    if (isObject(usage)) {
      if (!isObject(message.usage)) message.usage = {};
      overwrite(message.usage, usage, []);
    }
    overwrite(message, event, ["type", "delta", "usage"]);
  }
}
