// SseDecoder against eventsource-parser and against itself in other pieces.
//
// Where eventsource-parser 4.1.3 reads otherwise than the HTML standard, and we
// as the standard (section 9.2.6 "Interpreting an event stream"):
//
// - "The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark": it
//   takes the three characters ï»¿ at the start for one too.
// - "Set the last event ID string of the event source to the value of the last
//   event ID buffer", which isn't reset: its events have the id of their own
//   lines; `onId` gives those that the standard dispatches, and is used here.
// - "Set the type attribute of event to `message`" where the buffer is empty:
//   its event has no name then.
// - "interpret the field value as an integer in base ten": it rounds times past
//   2^53 to a double, up to Infinity. Ours stop there; a wait has no such length.
// - Its limit counts UTF-16 code units and is off by default. Ours counts bytes.
//
// The standard sets no limits; ours are named in `stream::Limits`.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { createParser } from "./peers.mjs";
import { rounds } from "./random.mjs";
import { SseDecoder, bytes, eventSourceCases, loader, moduleBytes, pieces, streamCases } from "./support.mjs";

before(() => loader.initSync(moduleBytes));

const TOKENS = [
  ..."data: |data:|data|event: |event:|event|id: |id|retry: |retry:5|:|: c| ".split("|"),
  ..."\n|\n|\n\n|\r|\r\n|\r\r|\r\n\r\n".split("|"),
  ..."x|12|\0|\ufeff|é|😀|\u2028|\u0085|foo: bar\n|data: one\n\n|dat|a|ï»¿|99999999999999999999".split("|"),
];
/** What is not UTF-8. */
const BROKEN = [[0xff], [0xc3], [0xf0, 0x9f], [0x98, 0x80], [0xed, 0xa0, 0x80], [0xef, 0xbb]];

function randomStream(random) {
  const parts = random.some(40, () => (random.once(8) ? Uint8Array.from(random.pick(BROKEN)) : bytes(random.pick(TOKENS))));
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** What our decoder makes of the chunks. */
function ours(chunks) {
  const decoder = new SseDecoder();
  const events = chunks.flatMap((chunk) => decoder.push(chunk));
  const { retryMs, lastEventId } = decoder;
  decoder.finish();
  return { events, retryMs, lastEventId };
}

/** What eventsource-parser makes of them, in the standard's terms. */
function theirs(chunks) {
  const events = [];
  let retryMs;
  let lastEventId = "";
  const parser = createParser({
    onEvent: ({ event, data }) => events.push({ event: event || "message", data, id: lastEventId }),
    onId: (id) => (lastEventId = id),
    onRetry: (time) => (retryMs = Math.min(time, Number.MAX_SAFE_INTEGER)),
  });
  const text = new TextDecoder("utf-8", { ignoreBOM: true });
  for (const chunk of chunks) parser.feed(text.decode(chunk, { stream: true }));
  parser.feed(text.decode());
  return { events, retryMs, lastEventId };
}

/** Whether the stream begins with what only eventsource-parser takes for a byte order mark. */
const seemsMarked = (stream) => [0xc3, 0xaf, 0xc2, 0xbb, 0xc2, 0xbf].every((byte, at) => stream[at] === byte);

function compare(stream, random) {
  const whole = ours([stream]);
  const chunks = random.pieces(stream);
  assert.deepEqual(ours(chunks), whole);
  assert.deepEqual(ours(pieces(stream, 1)), whole);
  if (!seemsMarked(stream)) assert.deepEqual(theirs(chunks), whole);
}

describe("as eventsource-parser reads them", () => {
  test("random streams", () =>
    rounds(6000, (random, shown) => {
      shown.stream = randomStream(random);
      compare(shown.stream, random);
    }));

  test("damaged fixtures", () => {
    const fixtures = [...eventSourceCases(), ...streamCases()].filter(({ stream }) => stream.length < 4000);
    return rounds(3000, (random, shown) => {
      const { name, stream } = random.pick(fixtures);
      shown.name = name;
      shown.stream = random.damaged(stream, TOKENS);
      compare(shown.stream, random);
    });
  });

  test("fixtures in the sizes of chunks that its own tests use", () => {
    for (const { name, stream } of eventSourceCases()) {
      for (const size of [1, 3, 1000]) assert.deepEqual(ours(pieces(stream, size)), theirs(pieces(stream, size)), name);
    }
  });
});

describe("where eventsource-parser reads otherwise", () => {
  test("three characters are no byte order mark", () => {
    const stream = bytes("ï»¿data: x\n\n");
    assert.deepEqual(ours([stream]).events, []);
    assert.equal(theirs([stream]).events.length, 1);
  });

  test("an id stays until another comes", () => {
    const stream = "id: 1\ndata: a\n\ndata: b\n\n";
    const ids = [];
    createParser({ onEvent: ({ id }) => ids.push(id) }).feed(stream);
    assert.deepEqual(ids, ["1", undefined]);
    assert.deepEqual(ours([bytes(stream)]).events.map(({ id }) => id), ["1", "1"]);
  });

  test("a nameless event is a message", () => {
    const names = [];
    createParser({ onEvent: ({ event }) => names.push(event) }).feed("data: a\n\n");
    assert.deepEqual(names, [undefined]);
    assert.equal(ours([bytes("data: a\n\n")]).events[0].event, "message");
  });

  test("a time too long is the longest", () => {
    const stream = `retry: ${"9".repeat(400)}\n`;
    let time;
    createParser({ onRetry: (retry) => (time = retry) }).feed(stream);
    assert.equal(time, Infinity);
    assert.equal(ours([bytes(stream)]).retryMs, Number.MAX_SAFE_INTEGER);
  });

  test("limits count bytes", () => {
    const stream = "data: éé\n\n";
    const errors = [];
    createParser({ maxBufferSize: 8, onError: ({ type }) => errors.push(type) }).feed(stream);
    assert.deepEqual(errors, []);
    const decoder = new SseDecoder({ maxEventBytes: 3 });
    assert.deepEqual(decoder.push(bytes(stream)), []);
    assert.throws(() => decoder.push(bytes("")), { code: "limit-exceeded" });
  });
});
