/** Hand-written JavaScript for this one job: how far one gets without WebAssembly. */

import { BedrockScanner } from "../baseline/bedrock.js";
import { SseScanner } from "../baseline/sse.js";
import { Assembler } from "../baseline/assembler.js";

/** @returns {import("./index.js").Contender[]} */
export function baselineContenders() {
  return [
    {
      id: "baseline",
      name: "hand-tuned JavaScript",
      kind: "baseline",
      levels: {
        2(input, take) {
          const assembler = new Assembler();
          const scanner = createScanner(input, { merges: false });
          for (const chunk of input.chunks) {
            scanner.push(chunk);
            assembler.readEvents(scanner, take);
          }
        },
        3(input, take) {
          const assembler = new Assembler();
          const scanner = createScanner(input, { merges: true });
          for (const chunk of input.chunks) {
            scanner.push(chunk);
            const text = assembler.readText(scanner);
            if (text !== "") take(text);
          }
          return assembler.message;
        },
      },
    },
  ];
}

/**
 * @param {import("./index.js").Input} input
 * @param {{ merges: boolean }} options
 */
function createScanner({ contentType }, options) {
  return contentType.startsWith("text/event-stream") ? new SseScanner(options) : new BedrockScanner(options);
}
