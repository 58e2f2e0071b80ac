/** Other packages, each used as its documentation shows. */

import { Accumulator } from "../accumulate.js";
import { arriving } from "./arriving.js";

/** @typedef {import("./index.js").Contender} Contender */

/**
 * @param {typeof import("./peer_packages.js")} peers
 * @returns {Contender[]}
 */
export function peerContenders({ createParser, Stream, MessageStream, EventStreamCodec, toUtf8, fromUtf8, versions }) {
  /** The SDK reads the body of an answer, and looks at nothing else of it here. */
  const sdkStream = (/** @type {Uint8Array[]} */ chunks) => {
    const response = /** @type {any} */ ({ body: arriving(chunks), headers: new Headers() });
    return { response, data: Stream.fromSSEResponse(response, new AbortController()) };
  };

  return [
    {
      id: "eventsource-parser",
      name: "eventsource-parser",
      version: versions["eventsource-parser"],
      kind: "peer",
      levels: {
        1({ chunks }, take) {
          feedParser(chunks, ({ event, data }) => take(event ?? "message", data));
        },
        2({ chunks }, take) {
          feedParser(chunks, ({ data }) => take(JSON.parse(data)));
        },
        3({ chunks }, take) {
          const accumulator = new Accumulator();
          feedParser(chunks, ({ data }) => accumulator.apply(JSON.parse(data), take));
          return accumulator.message;
        },
      },
    },
    {
      id: "sdk-stream",
      name: "@anthropic-ai/sdk Stream",
      version: versions["@anthropic-ai/sdk"],
      kind: "peer",
      levels: {
        async 2({ chunks }, take) {
          for await (const event of sdkStream(chunks).data) take(event);
        },
        async 3({ chunks }, take) {
          const accumulator = new Accumulator();
          for await (const event of sdkStream(chunks).data) accumulator.apply(event, take);
          return accumulator.message;
        },
      },
    },
    {
      id: "sdk-message-stream",
      name: "@anthropic-ai/sdk MessageStream",
      version: versions["@anthropic-ai/sdk"],
      kind: "peer",
      levels: {
        async 3({ chunks }, take) {
          const messages = /** @type {any} */ ({ create: () => ({ withResponse: async () => ({ ...sdkStream(chunks), request_id: null }) }) });
          const params = { model: "claude-sonnet-4-5", max_tokens: 1, messages: [] };
          const stream = MessageStream.createMessage(messages, params, {});
          stream.on("text", (delta) => take(delta));
          // A member of its own that the API doesn't send.
          const { parsed_output: _, ...message } = /** @type {any} */ (await stream.finalMessage());
          return message;
        },
      },
    },
    {
      id: "smithy",
      name: "@smithy/eventstream-codec",
      version: versions["@smithy/eventstream-codec"],
      kind: "peer",
      levels: {
        3({ chunks }, take) {
          const codec = new EventStreamCodec(toUtf8, fromUtf8);
          const accumulator = new Accumulator();
          for (const frame of frames(chunks)) {
            const { body } = codec.decode(frame);
            const { bytes } = JSON.parse(toUtf8(body));
            accumulator.apply(JSON.parse(toUtf8(fromBase64(bytes))), take);
          }
          return accumulator.message;
        },
      },
    },
  ];

  /**
   * @param {Uint8Array[]} chunks
   * @param {(event: { event?: string, data: string }) => void} onEvent
   */
  function feedParser(chunks, onEvent) {
    const parser = createParser({ onEvent });
    const utf8 = new TextDecoder();
    for (const chunk of chunks) parser.feed(utf8.decode(chunk, { stream: true }));
  }
}

/** The bytes of base64 text, with what every engine has. */
function fromBase64(/** @type {string} */ text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/**
 * Cuts chunks into whole frames by their first four bytes. The codec takes whole frames only; its own
 * way to them is asynchronous and slower.
 *
 * @param {Uint8Array[]} chunks
 */
function* frames(chunks) {
  let rest = new Uint8Array(0);
  for (const chunk of chunks) {
    let bytes = chunk;
    if (rest.length > 0) {
      bytes = new Uint8Array(rest.length + chunk.length);
      bytes.set(rest);
      bytes.set(chunk, rest.length);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    while (bytes.length - at >= 4) {
      const length = view.getUint32(at);
      if (bytes.length - at < length) break;
      yield bytes.subarray(at, at + length);
      at += length;
    }
    rest = bytes.subarray(at);
  }
}
