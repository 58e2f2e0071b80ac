/**
 * What is done with what a contender decodes: counted while it is timed, and
 * taken in whole while its results are compared.
 *
 * A contender hands over strings (level 1: event name and data), events
 * (level 2) or pieces of text (level 3), and at level 3 returns the message.
 */

/** @typedef {1 | 2 | 3} Level */

/**
 * @typedef {object} Taker
 * @property {(first: any, second?: any) => void} take
 */

/** Does next to nothing, but looks at everything. */
export class Counter {
  /** @param {Level} level */
  constructor(level) {
    this.events = 0;
    this.units = 0;
    this.take = [this.#strings, this.#event, this.#text][level - 1].bind(this);
  }

  #strings(/** @type {string} */ event, /** @type {string} */ data) {
    this.events += 1;
    this.units += event.length + data.length;
  }

  #event(/** @type {any} */ event) {
    this.events += 1;
    if (event.type === "content_block_delta") this.units += 1;
  }

  #text(/** @type {string} */ text) {
    this.units += text.length;
  }
}

/** Sums a result up so that two can be compared wherever they were decoded. */
export class Digest {
  #level;
  #hash = new Hash();
  #events = 0;
  #units = 0;

  /** @param {Level} level */
  constructor(level) {
    this.#level = level;
    this.take = [this.#strings, this.#event, this.#text][level - 1].bind(this);
  }

  #strings(/** @type {string} */ event, /** @type {string} */ data) {
    this.#events += 1;
    this.#units += data.length;
    this.#hash.add(`${event}\n${data}\n`);
  }

  #event(/** @type {any} */ event) {
    // The SDK keeps pings to itself.
    if (event.type === "ping") return;
    this.#events += 1;
    this.#hash.add(canonical(event));
  }

  #text(/** @type {string} */ text) {
    this.#units += text.length;
    this.#hash.add(text);
  }

  /**
   * @param {any} [message]
   * @returns {string}
   */
  finish(message) {
    if (this.#level === 1) return `${this.#events} events, ${this.#units} characters, ${this.#hash}`;
    if (this.#level === 2) return `${this.#events} events, ${this.#hash}`;
    const text = this.#hash.toString();
    this.#hash.add(canonical(message));
    return `${this.#units} characters, text ${text}, message ${this.#hash}`;
  }
}

/** JSON with the members of objects in one order, without what JSON leaves out. */
function canonical(/** @type {any} */ value) {
  return JSON.stringify(value, (_, part) =>
    typeof part === "object" && part !== null && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort(byName)) : part,
  );
}

const byName = (/** @type {[string, any]} */ [a], /** @type {[string, any]} */ [b]) => (a < b ? -1 : 1);

/** FNV-1a over UTF-16 units, twice with different offsets. */
class Hash {
  #one = 0x811c9dc5;
  #two = 0x050c5d1f;

  /** @param {string} text */
  add(text) {
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      this.#one = Math.imul(this.#one ^ unit, 0x01000193);
      this.#two = Math.imul(this.#two ^ (unit << 5), 0x01000193);
    }
  }

  toString() {
    return [this.#one, this.#two].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
  }
}
