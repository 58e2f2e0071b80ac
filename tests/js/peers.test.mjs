// The fixtures through the SDK's MessageStream. Random streams: `event_streams`
// and `messages`.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { BetaMessageStream, MessageStream, sdkMessage } from "./peers.mjs";
import { MessageDecoder, loader, moduleBytes, pieces, streamCases } from "./support.mjs";

before(() => loader.initSync(moduleBytes));

/** The same as the peer, or not where it is known to differ: a peer that was mended should leave the list. */
function compare(ours, theirs, differs) {
  if (differs) assert.notDeepEqual(ours, theirs, `no longer so: ${differs}`);
  else assert.deepEqual(ours, theirs);
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
    // What is generated is compared by `messages`, without what the SDK leaves out.
    if (expected.failure || name.startsWith("generated-")) continue;
    test(name, async () => {
      const decoder = new MessageDecoder("text/event-stream");
      for (const piece of pieces(stream, 700)) decoder.push(piece);
      const Reader = BETA.has(name) ? BetaMessageStream : MessageStream;
      const theirs = await sdkMessage(pieces(stream, 700), Reader).catch((error) => error);
      compare(JSON.parse(JSON.stringify(decoder.finish())), theirs, SDK_DIFFERS[name]);
    });
  }
});
