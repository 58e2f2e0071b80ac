/**
 * Remembers how delta events begin, and reads the next one by comparing bytes.
 *
 * All deltas of a block are alike up to the opening quote of their text. Once
 * one was parsed, the next needs no parsing: if its bytes begin as the last
 * one's did, its text starts right there.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const CLOSING_BRACE = 0x7d;

/** What the character after a backslash stands for; 0 where it takes more than a look. */
const ESCAPES = new Uint8Array(128);
for (const [written, meant] of ["\"\"", "\\\\", "//", "n\n", "t\t", "r\r", "b\b", "f\f"]) {
  ESCAPES[written.charCodeAt(0)] = meant.charCodeAt(0);
}

/** How a delta names its text, and how many beginnings are kept. */
const MEMBERS = { text_delta: "text", thinking_delta: "thinking", input_json_delta: "partial_json" };
const KEPT = 4;

/**
 * @typedef {object} Head
 * @property {number} length
 * @property {Int32Array} words The bytes by fours.
 * @property {number} last The last four bytes.
 * @property {"text_delta" | "thinking_delta" | "input_json_delta"} type
 * @property {number} index The block's.
 */

const utf8 = new TextEncoder();

export class Heads {
  /** @type {Head[]} The last one that fitted first. */
  #heads = [];
  /** Where the decoded text goes. */
  #out = new Uint8Array(131072);
  /** How much of it is filled, and whether that is more than ASCII. Set by {@link read}. */
  length = 0;
  foreign = 0;
  /** The head that fitted last. @type {Head | undefined} */
  head;

  get out() {
    return this.#out;
  }

  clear() {
    this.length = 0;
    this.foreign = 0;
  }

  /**
   * Remembers how an event began.
   *
   * @param {any} event
   * @param {string} before What is sent ahead of the event's JSON.
   * @param {string} json
   */
  learn(event, before, json) {
    if (event.type !== "content_block_delta") return;
    const type = /** @type {keyof typeof MEMBERS} */ (event.delta.type);
    const opening = `"${MEMBERS[type]}":"`;
    const at = json.indexOf(opening);
    if (at < 0) return;
    const start = json.slice(0, at + opening.length);
    if (JSON.stringify(JSON.parse(`${start}"}}`)) !== JSON.stringify({ ...event, delta: { type, [MEMBERS[type]]: "" } })) return;
    const bytes = utf8.encode(before + start);
    const view = new DataView(bytes.buffer);
    const words = Int32Array.from({ length: bytes.length >> 2 }, (_, word) => view.getInt32(4 * word, true));
    this.#heads.unshift({ length: bytes.length, words, last: view.getInt32(bytes.length - 4, true), type, index: event.index });
    this.#heads.length = Math.min(this.#heads.length, KEPT);
  }

  /**
   * Reads a delta whose text is then at the end of `out`. The byte at `end` must be 0.
   *
   * @param {Uint8Array} bytes
   * @param {DataView} view The same bytes.
   * @param {number} at
   * @param {number} end
   * @returns {number} Where the event's JSON ends; -1 where it begins as none did, or isn't whole.
   */
  read(bytes, view, at, end) {
    const heads = this.#heads;
    for (let which = 0; which < heads.length; which += 1) {
      const head = heads[which];
      if (end - at <= head.length || !begins(view, at, head)) continue;
      if (which > 0) {
        heads.splice(which, 1);
        heads.unshift(head);
      }
      this.head = head;
      return this.#text(bytes, at + head.length, end);
    }
    return -1;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} at
   * @param {number} end
   */
  #text(bytes, at, end) {
    if (this.#out.length < this.length + (end - at)) this.#grow(end - at);
    const out = this.#out;
    let length = this.length;
    let foreign = this.foreign;
    let from = at;
    for (;;) {
      let byte = bytes[from];
      // The 0 at the end, and what JSON escapes, is no text either.
      while (byte !== QUOTE && byte !== BACKSLASH && byte >= SPACE) {
        out[length] = byte;
        length += 1;
        foreign |= byte;
        from += 1;
        byte = bytes[from];
      }
      if (byte !== BACKSLASH) break;
      const meant = ESCAPES[bytes[from + 1] & 0x7f];
      if (meant === 0) return -1;
      out[length] = meant;
      length += 1;
      from += 2;
    }
    if (bytes[from] !== QUOTE || bytes[from + 1] !== CLOSING_BRACE) return -1;
    from += 2;
    while (bytes[from] === SPACE) from += 1;
    if (bytes[from] !== CLOSING_BRACE) return -1;
    this.length = length;
    this.foreign = foreign;
    return from + 1;
  }

  #grow(/** @type {number} */ room) {
    const larger = new Uint8Array(2 * (this.length + room));
    larger.set(this.#out.subarray(0, this.length));
    this.#out = larger;
  }
}

/**
 * @param {DataView} view
 * @param {number} at
 * @param {Head} head
 */
function begins(view, at, { length, words, last }) {
  // The end differs soonest: there the index and the type are.
  if (view.getInt32(at + length - 4, true) !== last) return false;
  for (let word = words.length - 1; word >= 0; word -= 1) {
    if (view.getInt32(at + 4 * word, true) !== words[word]) return false;
  }
  return true;
}
