// Event streams as a page reads them: the frames by themselves, and the messages in them.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { checksum, chunk, frame, frames } from "./frame.mjs";
import * as support from "./support.mjs";

const { EventStreamDecoder, MessageDecoder, SseDecoder, frameCases, framedMessageCases, loader, moduleBytes, pieces, splits, thrown } = support;
const FRAMES = "application/vnd.amazon.eventstream";

const textDelta = (text, index = 0) => ({ type: "content_block_delta", index, delta: { type: "text_delta", text } });
const opening = [
  { type: "message_start", message: { id: "m", type: "message", role: "assistant", content: [], usage: { output_tokens: 1 } } },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
];
const ending = [
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
  { type: "message_stop" },
];

before(() => loader.initSync(moduleBytes));

/** All cuts of a short stream, some of a long one. */
function* cuts(stream) {
  if (stream.length < 6000) yield* splits(stream);
  else for (const size of [stream.length, 1, 7, 1000]) yield pieces(stream, size);
}

/** A header's value as the table of the vectors writes it. */
function written({ type, value }) {
  switch (type) {
    case "long":
      assert.equal(typeof value, "bigint");
      return { type, value: String(value) };
    case "timestamp":
      assert.ok(value instanceof Date);
      return { type, value: value.getTime() };
    case "binary":
      assert.ok(value instanceof Uint8Array);
      return { type, value: Buffer.from(value).toString("base64") };
    default:
      return { type, value };
  }
}

describe("EventStreamDecoder", () => {
  for (const { name, stream, expected } of frameCases()) {
    test(name, () => {
      for (const chunks of cuts(stream)) {
        const decoder = new EventStreamDecoder();
        const found = [];
        const failure = (() => {
          try {
            for (const piece of chunks) found.push(...decoder.push(piece));
            assert.deepEqual(decoder.finish(), []);
          } catch (error) {
            return error;
          }
        })();
        const readable = found.map(({ headers, payload }) => ({
          headers: Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, written(header)])),
          payload: Buffer.from(payload).toString("base64"),
        }));
        assert.deepEqual(readable, expected.frames);
        if (expected.failure) {
          assert.equal(failure?.name, "ConnectorError", failure?.stack);
          assert.equal(failure.code, expected.failure.code);
          assert.ok(failure.message.includes(expected.failure.says), failure.message);
          assert.ok(failure.hint.text);
        } else {
          assert.equal(failure, undefined);
        }
        decoder.free();
      }
    });
  }

  test("headers and payload are copies and plain values", () => {
    const decoder = new EventStreamDecoder();
    const stream = frame({ a: "b" }, new Uint8Array([1, 2, 3]));
    const [first] = decoder.push(stream);
    first.payload.fill(9);
    first.headers.a.value = "c";
    const [second] = decoder.push(stream);
    assert.deepEqual(second, { headers: { a: { type: "string", value: "b" } }, payload: new Uint8Array([1, 2, 3]) });
    assert.equal(second.payload.buffer.byteLength, 3);
    decoder.finish();
  });

  test("a fault comes after what was before it, and stays", () => {
    const decoder = new EventStreamDecoder();
    const good = frame({ a: "b" }, new Uint8Array(3));
    const bad = frame({ a: "b" }, new Uint8Array(3));
    bad[20] ^= 1;
    assert.equal(decoder.push(Buffer.concat([good, good, bad, good])).length, 2);
    const error = thrown(() => decoder.push(good));
    assert.equal(error.code, "stream-corrupt");
    assert.match(error.message, /^frame 3 of the stream is broken at byte \d+: the frame's checksum is 0x[0-9a-f]{8}, not 0x[0-9a-f]{8}$/);
    for (const call of [() => decoder.push(new Uint8Array(0)), () => decoder.finish()]) assert.equal(thrown(call), error);
    decoder.free();
    decoder.free();
  });

  test("the limit holds to the byte", () => {
    const stream = frame({}, new Uint8Array(84));
    assert.equal(stream.length, 100);
    const enough = new EventStreamDecoder({ maxMessageBytes: 100 });
    assert.equal(enough.push(stream).length, 1);
    enough.finish();
    const small = new EventStreamDecoder({ maxMessageBytes: 99 });
    small.push(stream.subarray(0, 12));
    assert.equal(thrown(() => small.push(stream)).code, "limit-exceeded");
    small.free();
    for (const maxMessageBytes of [0, -1, 1.5, NaN, "10", 2 ** 32, Infinity]) {
      assert.equal(thrown(() => new EventStreamDecoder({ maxMessageBytes })).code, "invalid-argument");
    }
  });

  test("so does that of the headers, which counts for messages too", () => {
    const stream = frame({ name: "value" }, new Uint8Array(8));
    // One byte for a length, four of the name, one of the type, two for a length, five of the value.
    for (const [maxHeaderBytes, fits] of [[13, true], [12, false]]) {
      const decoder = new EventStreamDecoder({ maxHeaderBytes });
      assert.equal(decoder.push(stream).length, fits ? 1 : 0);
      if (fits) decoder.finish();
      else assert.equal(thrown(() => decoder.push(stream)).message, "frame 1 of the stream is broken at byte 4: the headers have 13 bytes, 12 are allowed");
      decoder.free();
    }
    for (const [maxHeaderBytes, fits] of [[1000, true], [10, false]]) {
      const decoder = new MessageDecoder(FRAMES, { maxHeaderBytes });
      decoder.push(frames(opening));
      if (fits) assert.equal(decoder.snapshot().id, "m");
      else assert.equal(thrown(() => decoder.push(stream)).code, "limit-exceeded");
      decoder.free();
    }
    const byDefault = new EventStreamDecoder();
    const value = "v".repeat(32_767);
    assert.equal(byDefault.push(frame({ a: value, b: value, c: value }, new Uint8Array(0))).length, 1);
    byDefault.push(frame({ a: value, b: value, c: value, d: value, e: "v" }, new Uint8Array(0)));
    assert.equal(thrown(() => byDefault.finish()).code, "limit-exceeded");
    for (const maxHeaderBytes of [0, -1, 1.5, "10", 2 ** 32]) {
      assert.equal(thrown(() => new EventStreamDecoder({ maxHeaderBytes })).code, "invalid-argument");
      assert.equal(thrown(() => new MessageDecoder(FRAMES, { maxHeaderBytes })).code, "invalid-argument");
    }
  });

  test("thousands of frames in one chunk come out whole", () => {
    const decoder = new EventStreamDecoder();
    const stream = Buffer.concat(Array.from({ length: 10_000 }, (_, at) => frame({ at: String(at) }, new Uint8Array(at % 50))));
    const found = decoder.push(stream);
    assert.equal(found.length, 10_000);
    assert.ok(found.every(({ headers, payload }, at) => headers.at.value === String(at) && payload.length === at % 50));
    decoder.finish();
  });

  test("can be freed at any time, and is not read after its end", () => {
    const decoder = new EventStreamDecoder();
    decoder.finish();
    assert.equal(thrown(() => decoder.push(new Uint8Array(1))).code, "invalid-argument");
    assert.equal(thrown(() => decoder.finish()).code, "invalid-argument");
    assert.equal(thrown(() => new EventStreamDecoder().push("frame")).code, "invalid-argument");
    if (Symbol.dispose) assert.equal(EventStreamDecoder.prototype[Symbol.dispose], EventStreamDecoder.prototype.free);
  });
});

describe("MessageDecoder over frames", () => {
  for (const { name, stream, expected } of framedMessageCases()) {
    test(name, () => {
      for (const chunks of cuts(stream)) {
        for (const style of ["push", "pushEvents"]) check(chunks, expected, style);
      }
    });
  }

  function check(chunks, expected, style) {
    const decoder = new MessageDecoder(FRAMES);
    const found = [];
    let message;
    let failure;
    try {
      for (const piece of chunks) found.push(decoder[style](piece));
      message = decoder.finish();
    } catch (error) {
      failure = error;
      message = error.partialMessage;
    }
    decoder.free();
    const { failure: wanted } = expected;
    assert.equal(failure?.code, wanted?.code, failure?.stack);
    if (wanted) {
      assert.equal(failure.retryable, wanted.retryable);
      assert.equal(failure.requestId, wanted.requestId);
      assert.ok(failure.message.includes(wanted.says), failure.message);
    }
    assert.equal(JSON.stringify(message ?? null), JSON.stringify(expected.message));
    if (style === "push") assert.equal(found.join(""), expected.text);
    else assert.equal(JSON.stringify(found.flat()), JSON.stringify(expected.events));
    const { bytes: read, events: frames, ...metrics } = decoder.metrics;
    assert.deepEqual(metrics, expected.metrics);
    if (!wanted) assert.equal(read, chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  }

  for (const { name, stream, expected } of support.streamCases()) {
    // What is told by an event's name, or by the lack of its end, has no counterpart in frames.
    if (expected.failure || /final|keep-alives/.test(name)) continue;
    test(`${name}, sent in frames`, () => {
      const sse = new SseDecoder();
      const events = sse.push(stream);
      sse.finish();
      const framed = Buffer.concat(events.map(({ data }, at) => chunk(data, at % 50)));
      for (const size of [framed.length, 1, 50, 1000]) {
        const decoder = new MessageDecoder("Application/vnd.Amazon.EventStream; charset=binary");
        const text = pieces(framed, size).map((piece) => decoder.push(piece)).join("");
        assert.equal(text, expected.text);
        assert.equal(JSON.stringify(decoder.finish()), JSON.stringify(expected.message));
      }
    });
  }

  test("the limit is that of a frame", () => {
    const decoder = new MessageDecoder(FRAMES, { maxEventBytes: 1000 });
    decoder.push(frames(opening));
    decoder.push(chunk(JSON.stringify(textDelta("x".repeat(2000)))));
    const error = thrown(() => decoder.finish());
    assert.equal(error.code, "limit-exceeded");
    assert.equal(error.partialMessage.id, "m");
  });
});

describe("memory", () => {
  const size = () => loader.exports().memory.buffer.byteLength;

  for (const style of ["push", "pushEvents"]) {
    test(`100 MB of frames by ${style} leave the module's memory as it was`, () => {
      const decoder = new MessageDecoder(FRAMES);
      decoder[style](frames(opening));
      const all = frames(Array.from({ length: 60 }, (_, at) => textDelta("Some text with \"escapes\", é and 😀. ".repeat(at % 9))));
      const some = all.subarray(0, 16_384);
      const rest = all.subarray(16_384);
      decoder[style](some);
      decoder[style](rest);
      const before = size();
      let characters = 0;
      while (decoder.metrics.bytes < 100_000_000) {
        for (const piece of [some, rest]) {
          const found = decoder[style](piece);
          characters += style === "push" ? found.length : found.reduce((sum, { delta }) => sum + delta.text.length, 0);
        }
      }
      assert.equal(size(), before);
      assert.ok(characters > 20_000_000, `${characters}`);
      decoder.free();
    });
  }

  test("a frame of 8 MB in pieces of 1 KiB arrives, and its memory is used again", () => {
    const long = "x".repeat(6 * 1024 * 1024);
    const stream = frames([...opening, textDelta(long), ...ending]);
    let after;
    for (let round = 0; round < 3; round += 1) {
      const decoder = new MessageDecoder(FRAMES);
      let found = "";
      for (const piece of pieces(stream, 1024)) found += decoder.push(piece);
      assert.equal(found, long);
      assert.equal(decoder.finish().content[0].text, long);
      after ??= size();
    }
    assert.equal(size(), after);
  });

  test("a claimed length takes no memory", () => {
    const before = size();
    for (let round = 0; round < 20; round += 1) {
      const decoder = new EventStreamDecoder({ maxMessageBytes: 0x7fffffff });
      const claim = frame({}, new Uint8Array(0)).slice();
      new DataView(claim.buffer).setUint32(0, 0x7ffffff0);
      // The checksum of the lengths is right: only the frame is not there.
      const prelude = claim.subarray(0, 8);
      new DataView(claim.buffer).setUint32(8, checksum(prelude));
      assert.deepEqual(decoder.push(claim), []);
      assert.equal(thrown(() => decoder.finish()).code, "stream-truncated");
    }
    assert.ok(size() - before <= 65_536, `${size() - before}`);
  });

  test("a long frame byte by byte is linear", () => {
    const run = (length) => {
      const decoder = new MessageDecoder(FRAMES);
      decoder.push(frames([...opening, textDelta("x")]));
      const event = chunk(JSON.stringify(textDelta("y".repeat(length))));
      const start = process.hrtime.bigint();
      let added = "";
      for (let at = 0; at < event.length; at += 1) added += decoder.push(event.subarray(at, at + 1));
      assert.equal(added.length, length);
      decoder.free();
      return Number(process.hrtime.bigint() - start);
    };
    run(20_000);
    const small = Math.min(run(20_000), run(20_000), run(20_000));
    const large = Math.min(run(320_000), run(320_000));
    // Sixteen times the work; 256 times if it were quadratic.
    assert.ok(large < small * 50, `${small} ns, then ${large} ns`);
  });
});
