// Random inputs that are the same in every run. A round that fails says its
// seed and its bytes; `SEED=<n> ROUNDS=1` repeats it, `ROUNDS=<n>` goes on for longer.

const FIRST_SEED = 20261121;

/** A generator of numbers (mulberry32). */
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  #next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** A whole number from 0, below the bound. */
  below(bound) {
    return this.#next() % bound;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** Once in so many times. */
  once(times) {
    return this.below(times) === 0;
  }

  /** Up to so many of what `make` makes. */
  some(most, make) {
    return Array.from({ length: this.below(most + 1) }, make);
  }

  /** The bytes in pieces, some of them empty, of lengths that differ from call to call. */
  pieces(bytes) {
    const longest = this.pick([1, 3, 17, 100, 1000]);
    const all = [];
    for (let at = 0; at < bytes.length; ) {
      const length = this.below(longest + 1);
      all.push(bytes.subarray(at, at + length));
      at += length;
    }
    return all;
  }

  /** A text in pieces. */
  slices(text) {
    const longest = this.pick([1, 4, 12]);
    const all = [];
    for (let at = 0; at < text.length; ) {
      const length = this.below(longest + 1);
      all.push(text.slice(at, at + length));
      at += length;
    }
    return all;
  }

  /** The bytes with something wrong in them. */
  damaged(bytes, tokens) {
    let damaged = [...bytes];
    for (let times = 1 + this.below(4); times > 0; times -= 1) {
      const at = this.below(damaged.length + 1);
      const length = this.below(30);
      switch (this.below(5)) {
        case 0:
          damaged[at] = this.below(256);
          break;
        case 1:
          damaged.splice(at, 0, ...new TextEncoder().encode(this.pick(tokens)));
          break;
        case 2:
          damaged.splice(at, length);
          break;
        case 3:
          damaged.splice(at, 0, ...damaged.slice(at, at + length));
          break;
        default:
          damaged = damaged.slice(0, this.once(8) ? at : undefined);
      }
    }
    return Uint8Array.from(damaged, (byte) => byte ?? 0x20);
  }
}

/** Calls `check` with a generator for each round; `check` returns nothing or a promise. */
export async function rounds(count, check) {
  const first = Number(process.env.SEED ?? FIRST_SEED);
  const times = Number(process.env.ROUNDS ?? count);
  for (let seed = first; seed < first + times; seed += 1) {
    const shown = {};
    try {
      await check(new Random(seed), shown);
    } catch (error) {
      const bytes = shown.stream && Buffer.from(shown.stream).toString("latin1");
      const { message } = error;
      error.message = `SEED=${seed} ${JSON.stringify({ ...shown, stream: bytes })}\n${message}`;
      throw error;
    }
  }
}
