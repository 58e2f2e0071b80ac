/**
 * An answer while it arrives: events for who iterates, deltas for who listens,
 * the message for who waits.
 *
 * Until the first content has arrived nothing is delivered, so that an answer
 * that fails at its very beginning can be asked for again unnoticed.
 */
import { connectorError, isConnectorError } from "./error.js";
import { readChunks } from "./exchange.js";
import { MessageAccumulator } from "./message_accumulator.js";
import { MessageReader } from "./message_reader.js";
import { Unanswered, abortError } from "./operation.js";
import { eventsOf } from "./whole_message.js";

/** How many events an iterator may be behind before further deltas are put together with what waits. */
const FAR_BEHIND = 1024;

/** How many before it is given up. Deltas don't count: together they are no more than the message. */
const TOO_FAR_BEHIND = 16 * FAR_BEHIND;

/** What may come before content. */
const PRELUDE = new Set(["message_start", "ping"]);

export class MessageStream {
  #call;
  #listeners = new Map();
  #iterators = new Set();
  /** Events that came before any content. */
  #held = [];
  #delivered = false;
  /** What accumulates the message: a decoder's reader, or an accumulator of a whole message's events. */
  #source;
  #settled;
  #ended = false;

  /** `begin` is called at once: it gives the call, and throws what can't be sent. */
  constructor(begin) {
    this.#settled = this.#run(begin);
    // An error that nobody waits for is told to the listeners.
    this.#settled.catch(() => {});
  }

  get currentMessage() {
    return this.#delivered ? this.#source?.message : undefined;
  }

  get ended() {
    return this.#ended;
  }

  get aborted() {
    return this.#call?.calledOff ?? false;
  }

  /** Tells the listeners of a wait before the request is sent again. */
  retrying(notice) {
    this.#emit("retry", notice);
  }

  on(name, listener) {
    return this.#listen(name, listener, false);
  }

  once(name, listener) {
    return this.#listen(name, listener, true);
  }

  off(name, listener) {
    const kept = this.#listeners.get(name)?.filter((entry) => entry.listener !== listener);
    if (kept) this.#listeners.set(name, kept);
    return this;
  }

  finalMessage() {
    return this.#settled;
  }

  async finalText() {
    const message = await this.finalMessage();
    return message.content.map((block) => (block?.type === "text" ? block.text : "")).join("");
  }

  abort(reason = abortError("The answer was stopped.")) {
    if (!this.#ended) this.#call?.abort(reason);
  }

  /** The events from now on. Leaving the loop early stops the answer. */
  [Symbol.asyncIterator]() {
    const queue = [];
    const iterator = { queue, waiting: [] };
    if (!this.#ended) this.#iterators.add(iterator);
    const end = async (error) => {
      if (error) throw error;
      await this.#settled;
      return { done: true, value: undefined };
    };
    return {
      next: () => {
        if (queue.length > 0) {
          return Promise.resolve({ done: false, value: queue.shift() });
        }
        if (!this.#iterators.has(iterator)) {
          // The error comes once; after it the iteration is over.
          const last = iterator.left ? Promise.resolve({ done: true, value: undefined }) : end(iterator.error);
          iterator.left = true;
          return last;
        }
        return new Promise((resolve, reject) => iterator.waiting.push({ resolve, reject }));
      },
      return: (value) => {
        iterator.left = true;
        this.#iterators.delete(iterator);
        queue.length = 0;
        for (const next of iterator.waiting.splice(0)) next.resolve({ done: true, value: undefined });
        this.abort();
        return Promise.resolve({ done: true, value });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  async #run(begin) {
    let refused;
    try {
      this.#call = begin();
    } catch (error) {
      refused = { error };
    }
    try {
      // The caller gets the stream first and has its listeners on it when anything happens.
      await undefined;
      if (refused) throw refused.error;
      const message = await this.#receive();
      this.#end();
      this.#emit("message", message);
      return message;
    } catch (error) {
      const told = isConnectorError(error) ? this.#withMessage(error) : error;
      this.#end(told);
      this.#emit(this.aborted ? "abort" : "error", told);
      throw told;
    } finally {
      this.#call?.close();
      this.#emit("end");
    }
  }

  async #receive() {
    let delivery = await this.#call.begin();
    for (;;) {
      try {
        return await this.#read(delivery);
      } catch (cause) {
        const error = this.#call.errorFor(cause);
        if (this.#delivered) throw error;
        this.#held = [];
        delivery = await this.#call.again(error);
      }
    }
  }

  async #read({ response, text, kind }) {
    if (kind === "message") return this.#readWhole(JSON.parse(text));
    const type = response ? response.headers.get("content-type") : "text/event-stream";
    const reader = new MessageReader(type, { maxEventBytes: this.#call.limits.maxEventBytes });
    this.#source = reader;
    try {
      if (response) {
        await this.#readBody(response, reader);
      } else if (text) {
        this.#take(reader, new TextEncoder().encode(text));
      }
      return reader.finish((event) => this.#deliver(event));
    } finally {
      reader.free();
    }
  }

  /** A connection that breaks ends the stream: what came may be whole all the same, and is cut short if not. */
  async #readBody(response, reader) {
    const { operation, idleMs } = this.#call;
    try {
      await readChunks(response, operation, idleMs, (chunk) => this.#take(reader, chunk));
    } catch (cause) {
      if (!(cause instanceof Unanswered && cause.word === "interrupted")) throw cause;
    }
  }

  /** Decodes a chunk and delivers its events. */
  #take(reader, chunk) {
    for (const event of reader.read(chunk)) {
      if (!reader.apply(event)) break;
      this.#deliver(event);
    }
    if (reader.fault) throw reader.fault;
  }

  /** A gateway that doesn't stream: the message's own events, in one go. */
  #readWhole(message) {
    const accumulator = new MessageAccumulator();
    this.#source = accumulator;
    for (const event of eventsOf(message)) {
      accumulator.apply(event);
      this.#deliver(event);
    }
    return message;
  }

  #deliver(event) {
    if (!this.#delivered) {
      this.#held.push(event);
      if (PRELUDE.has(event.type)) return;
      this.#delivered = true;
      for (const held of this.#held.splice(0)) this.#hand(held);
      return;
    }
    this.#hand(event);
  }

  #hand(event) {
    for (const iterator of this.#iterators) {
      const next = iterator.waiting.shift();
      if (next) next.resolve({ done: false, value: event });
      else this.#queue(iterator, event);
    }
    if (this.#listeners.size === 0) return;
    this.#emit("streamEvent", event, this.#source.message);
    const block = this.#source.block(event.index);
    if (event.type === "content_block_stop" && block) this.#emit("contentBlock", block);
    if (event.type !== "content_block_delta" || !block) return;
    const { delta } = event;
    if (delta.type === "text_delta") this.#emit("text", delta.text, block.text);
    else if (delta.type === "thinking_delta") this.#emit("thinking", delta.thinking, block.thinking);
    else if (delta.type === "input_json_delta" && this.#listeners.has("inputJson")) {
      this.#emit("inputJson", delta.partial_json, block.input);
    }
  }

  /** Settles what iterators wait for; what they have not read yet stays. */
  #end(error) {
    this.#ended = true;
    for (const iterator of this.#iterators) {
      const [first, ...rest] = iterator.waiting;
      if (first && error !== undefined) first.reject(error);
      else first?.resolve({ done: true, value: undefined });
      for (const next of rest) next.resolve({ done: true, value: undefined });
      iterator.left = Boolean(first);
    }
    this.#iterators.clear();
  }

  /** Keeps an event for later. An iterator that nobody reads any more, without having left, holds nothing up. */
  #queue(iterator, event) {
    const { queue } = iterator;
    if (queue.length >= FAR_BEHIND) {
      const both = merged(queue.at(-1), event);
      if (both) queue.pop();
      else if (queue.length >= TOO_FAR_BEHIND) {
        this.#iterators.delete(iterator);
        queue.length = 0;
        iterator.error = connectorError("limit-exceeded", `the iterator is ${TOO_FAR_BEHIND} events behind`);
        return;
      }
      event = both ?? event;
    }
    queue.push(event);
  }

  #withMessage(error) {
    if (error.partialMessage === undefined && this.currentMessage) error.partialMessage = this.currentMessage;
    return error;
  }

  #listen(name, listener, once) {
    if (typeof listener !== "function") throw connectorError("invalid-argument", "a listener must be a function");
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), { listener, once }]);
    return this;
  }

  #emit(name, ...values) {
    const entries = this.#listeners.get(name);
    if (!entries?.length) return;
    if (entries.some(({ once }) => once)) this.#listeners.set(name, entries.filter(({ once }) => !once));
    for (const { listener } of entries) {
      try {
        listener(...values);
      } catch (error) {
        // A listener that throws is the page's affair; the answer goes on.
        setTimeout(() => {
          throw error;
        });
      }
    }
  }
}

/** What the deltas carry that grow by each event. */
const GROWING = { text_delta: "text", thinking_delta: "thinking", input_json_delta: "partial_json" };

/** Two deltas of a block as one; undefined where they are something else, or have fields that nobody knows. */
function merged(first, second) {
  const part = GROWING[second.delta?.type];
  const isAlike = first.index === second.index && first.delta?.type === second.delta?.type;
  if (!part || !isAlike || !isPlain(first, part) || !isPlain(second, part)) return undefined;
  return { ...first, delta: { ...first.delta, [part]: first.delta[part] + second.delta[part] } };
}

function isPlain(event, part) {
  const { type, delta } = event;
  return (
    type === "content_block_delta" &&
    typeof delta[part] === "string" &&
    Object.keys(event).length === 3 &&
    Object.keys(delta).length === 2
  );
}
