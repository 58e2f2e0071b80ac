/**
 * What no decoder can do without, or what most can't: the costs to see the others against. They decode nothing.
 */

import { join } from "../chunks.js";

/** @typedef {import("./index.js").Contender} Contender */

/** A page of WebAssembly memory. */
const PAGE = 65536;

/** @returns {Contender[]} */
export function limitContenders() {
  const memory = new Uint8Array(new WebAssembly.Memory({ initial: 2 }).buffer);
  /** @type {WeakMap<Uint8Array[], string>} */
  const arrays = new WeakMap();
  return [
    limit("memcpy", "copy into WebAssembly memory", ({ chunks }) => {
      for (const chunk of chunks) {
        for (let from = 0; from < chunk.length; from += PAGE) {
          memory.set(chunk.length <= PAGE ? chunk : chunk.subarray(from, from + PAGE));
        }
      }
    }),
    limit("text-decoder", "TextDecoder over the wire bytes", ({ chunks }, take) => {
      const utf8 = new TextDecoder();
      for (const chunk of chunks) take(utf8.decode(chunk, { stream: true }), "");
    }),
    limit("json-parse", "JSON.parse of all events as one array", ({ chunks }, take) => {
      let text = arrays.get(chunks);
      if (text === undefined) {
        const lines = new TextDecoder().decode(join(chunks)).split("\n");
        text = `[${lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6))}]`;
        arrays.set(chunks, text);
      }
      take(JSON.parse(text));
    }),
  ];
}

/**
 * @param {string} id
 * @param {string} name
 * @param {import("./index.js").Run} run
 * @returns {Contender}
 */
function limit(id, name, run) {
  return { id, name, kind: "limit", levels: { 1: run, 2: run, 3: run } };
}
