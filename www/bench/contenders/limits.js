/**
 * What no decoder can do without, or what most can't: the costs to see the others against. They decode nothing.
 */

import { join } from "../chunks.js";

/** @typedef {import("./index.js").Contender} Contender */

/** A page of WebAssembly memory. */
const PAGE = 65536;

/**
 * A module with two pages of memory and a function of two numbers that returns 0:
 * `(module (memory (export "m") 2) (func (export "f") (param i32 i32) (result i32) i32.const 0))`.
 */
const EMPTY_CALL = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 2],
  ...[7, 9, 2, 1, 109, 2, 0, 1, 102, 0, 0, 10, 6, 1, 4, 0, 65, 0, 11],
);

/** @returns {Contender[]} */
export function limitContenders() {
  const { m, f } = new WebAssembly.Instance(new WebAssembly.Module(EMPTY_CALL)).exports;
  const memory = new Uint8Array(/** @type {WebAssembly.Memory} */ (m).buffer);
  const call = /** @type {(handle: number, length: number) => number} */ (f);
  /** @type {WeakMap<Uint8Array[], number[]>} */
  const lengths = new WeakMap();
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
    // What is left of a chunk of one event if decoding it takes no time.
    limit("call", "copy, an empty call, the delta’s text as a string", ({ chunks }, take) => {
      let units = lengths.get(chunks);
      if (units === undefined) {
        units = chunks.map(lengthOfText);
        lengths.set(chunks, units);
      }
      const block = { text: "" };
      for (let at = 0; at < chunks.length; at += 1) {
        memory.set(chunks[at]);
        if (call(0, chunks[at].length) !== 0) return;
        let text = "";
        for (let from = 0; from < units[at]; from += 1) text += String.fromCharCode(memory[from]);
        block.text += text;
        take(text);
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

/** How many UTF-16 units of answer text an event brings. */
function lengthOfText(/** @type {Uint8Array} */ event) {
  const text = new TextDecoder().decode(event);
  return JSON.parse(text.slice(text.indexOf("data: ") + 6)).delta?.text?.length ?? 0;
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
