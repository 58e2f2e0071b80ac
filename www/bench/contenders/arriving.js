/**
 * Chunks as they come from a reader, each awaited, at the least cost: a plain
 * iterator of promises, without a stream or a generator.
 *
 * @param {Uint8Array[]} chunks
 * @returns {AsyncIterable<Uint8Array> & AsyncIterator<Uint8Array>}
 */
export function arriving(chunks) {
  let at = 0;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      const value = chunks[at];
      at += 1;
      return Promise.resolve(value === undefined ? { done: true, value } : { done: false, value });
    },
    return() {
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}
