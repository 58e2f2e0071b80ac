/** The package's decoders, used as an app uses them. */

import { arriving } from "./arriving.js";

/** @typedef {import("./index.js").Contender} Contender */

/**
 * @param {typeof import("taskpane-connector")} package_
 * @returns {Contender[]}
 */
export function ourContenders(package_) {
  const { SseDecoder, MessageDecoder, version } = package_;
  return [
    {
      id: "ours",
      name: "taskpane-connector",
      version,
      kind: "ours",
      missing({ contentType }) {
        try {
          new MessageDecoder(contentType).free();
          return undefined;
        } catch (error) {
          if (/** @type {any} */ (error).code === "unsupported") return "not built";
          throw error;
        }
      },
      levels: {
        1({ chunks }, take) {
          const decoder = new SseDecoder();
          for (const chunk of chunks) {
            for (const { event, data } of decoder.push(chunk)) take(event, data);
          }
          decoder.finish();
        },
        2({ contentType, chunks }, take) {
          const decoder = new MessageDecoder(contentType);
          for (const chunk of chunks) {
            for (const event of decoder.pushEvents(chunk)) take(event);
          }
          decoder.finish();
        },
        3({ contentType, chunks }, take) {
          const decoder = new MessageDecoder(contentType);
          for (const chunk of chunks) take(decoder.push(chunk));
          return decoder.finish();
        },
      },
    },
    {
      id: "ours-parsed",
      name: "taskpane-connector, data parsed",
      version,
      kind: "ours",
      levels: {
        2({ chunks }, take) {
          const decoder = new SseDecoder();
          for (const chunk of chunks) {
            for (const { data } of decoder.push(chunk)) take(JSON.parse(data));
          }
          decoder.finish();
        },
      },
    },
    {
      id: "ours-awaited",
      name: "taskpane-connector, chunks awaited",
      version,
      kind: "ours",
      levels: {
        async 3({ contentType, chunks }, take) {
          const decoder = new MessageDecoder(contentType);
          for await (const chunk of arriving(chunks)) take(decoder.push(chunk));
          return decoder.finish();
        },
      },
    },
  ];
}
