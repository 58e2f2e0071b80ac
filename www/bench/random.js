/** Numbers that look random and are the same in every run and every engine. */

/**
 * @typedef {object} Random
 * @property {(bound: number) => number} below A whole number from 0 to `bound - 1`.
 * @property {(probability: number) => boolean} chance
 * @property {<T>(items: readonly T[]) => T} pick
 */

/**
 * The mulberry32 generator.
 *
 * @param {number} seed
 * @returns {Random}
 */
export function createRandom(seed) {
  let state = seed >>> 0;
  const fraction = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  };
  const below = (/** @type {number} */ bound) => Math.floor(fraction() * bound);
  return { below, chance: (probability) => fraction() < probability, pick: (items) => items[below(items.length)] };
}
