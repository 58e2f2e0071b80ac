// The same streams through other packages: eventsource-parser for the events,
// the SDK's MessageStream for the message.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { createRequire } from "node:module";
import { bytes, decoders, eventSourceCases, loader, moduleBytes, pieces, streamCases } from "./support.mjs";

const { MessageDecoder, SseDecoder } = decoders;

// The peers are tools of the build and lie with them.
const folder = new URL(`${process.env.NODE_TOOLS ?? "../../xtask/node"}/`, import.meta.url);
const require = createRequire(new URL("package.json", folder));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { createParser } = await load("eventsource-parser");
const { MessageStream } = await load("@anthropic-ai/sdk/lib/MessageStream");
const { BetaMessageStream } = await load("@anthropic-ai/sdk/lib/BetaMessageStream");
const { Stream } = await load("@anthropic-ai/sdk/streaming");

before(() => loader.initSync(moduleBytes));

/** The same as the peer, or not where it is known to differ: a peer that was mended should leave the list. */
function compare(ours, theirs, differs) {
  if (differs) assert.notDeepEqual(ours, theirs, `no longer so: ${differs}`);
  else assert.deepEqual(ours, theirs);
}

describe("eventsource-parser", () => {
  for (const { name, stream } of eventSourceCases()) {
    test(name, () => {
      const theirs = [];
      const ours = [];
      for (const size of [1, 3, 1000]) {
        const text = new TextDecoder("utf-8", { ignoreBOM: true });
        const parser = createParser({ onEvent: ({ event, data }) => theirs.push({ event: event || "message", data }) });
        const decoder = new SseDecoder();
        for (const piece of pieces(stream, size)) {
          const decoded = text.decode(piece, { stream: true });
          // It takes an empty first piece for the place of the byte order mark.
          if (decoded) parser.feed(decoded);
          ours.push(...decoder.push(piece).map(({ event, data }) => ({ event, data })));
        }
        decoder.finish();
      }
      assert.deepEqual(ours, theirs);
    });
  }

  test("random streams", () => {
    const random = generator(20261121);
    const tokens = ["data: ", "data:", "data", "event: ", "id: ", "retry: 5", ":", " ", "\n", "\n\n", "\r\n", "\r\n\r\n", "x", "é", "😀", "foo: bar\n", "data: one\n\n"];
    for (let round = 0; round < 5000; round += 1) {
      let stream = "";
      for (let at = random(40); at > 0; at -= 1) stream += tokens[random(tokens.length)];
      const theirs = [];
      const parser = createParser({ onEvent: ({ event, data }) => theirs.push({ event: event || "message", data }) });
      parser.feed(stream);
      const decoder = new SseDecoder();
      const ours = pieces(bytes(stream), 1 + random(20)).flatMap((piece) => decoder.push(piece));
      decoder.finish();
      assert.deepEqual(ours.map(({ event, data }) => ({ event, data })), theirs, JSON.stringify(stream));
    }
  });
});

/** Numbers below a bound, the same in every run. */
function generator(seed) {
  return (bound) => {
    seed = (seed * 48271) % 0x7fffffff;
    return seed % bound;
  };
}

/** The SDK's message for a stream that it reads to the end. */
async function theirMessage(stream, Reader) {
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces(stream, 700)) controller.enqueue(piece);
      controller.close();
    },
  });
  const controller = new AbortController();
  const events = Stream.fromSSEResponse(new Response(body), controller, { logLevel: "off", logger: console });
  const message = await Reader.fromReadableStream(events.toReadableStream()).finalMessage();
  // A helper of its own; and members that it sets to undefined don't count.
  const { parsed_output: ignored, ...rest } = JSON.parse(JSON.stringify(message));
  return rest;
}

/** Where the SDK reads a stream otherwise, and why. */
const SDK_DIFFERS = {
  "text-no-names": "drops frames without a name",
  "text-no-final-blank-line": "drops the last event",
  "text-no-final-line-end": "drops the last event",
  "keep-alives": "takes [DONE] for JSON",
  "strange-order": "breaks on a delta for no block",
  "odd-json": "breaks on a delta that is null",
  unknown: "adds to the message only what it knows",
  "unknown-proto": "leaves out usage that it doesn't know",
};

/** Cases whose blocks and totals only its beta half knows. */
const BETA = new Set(["other-blocks", "usage-overwrites"]);

describe("the SDK's MessageStream", () => {
  for (const { name, stream, expected } of streamCases()) {
    if (expected.failure) continue;
    test(name, async () => {
      const decoder = new MessageDecoder("text/event-stream");
      for (const piece of pieces(stream, 700)) decoder.push(piece);
      const theirs = await theirMessage(stream, BETA.has(name) ? BetaMessageStream : MessageStream).catch((error) => error);
      compare(JSON.parse(JSON.stringify(decoder.finish())), theirs, SDK_DIFFERS[name]);
    });
  }
});
