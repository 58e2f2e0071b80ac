// The decoders as a page uses them, against the fixtures that judge the core.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import * as support from "./support.mjs";

const { MessageDecoder, SseDecoder, bytes, eventSourceCases, loader, moduleBytes, pieces, splits, streamCases, thrown } = support;
const STREAM = "text/event-stream";

const frame = (event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
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
const answer = bytes([...opening, textDelta("Hello"), textDelta(" you"), ...ending].map(frame).join(""));

// Before anything is started, for it can't be undone.
const tooEarly = thrown(() => new SseDecoder());

before(() => loader.initSync(moduleBytes));

test("a decoder before init says what to do", () => {
  assert.equal(tooEarly.name, "ConnectorError");
  assert.equal(tooEarly.code, "not-initialized");
});

describe("SseDecoder", () => {
  for (const { name, stream, expected } of eventSourceCases()) {
    test(name, () => {
      const events = expected.events.map(({ event = "message", data, id = "" }) => ({ event, data, id }));
      for (const chunks of splits(stream)) {
        const decoder = new SseDecoder();
        assert.deepEqual(chunks.flatMap((chunk) => decoder.push(chunk)), events);
        assert.deepEqual(decoder.finish(), []);
        // The getters outlive the decoder.
        if ("retryMs" in expected) assert.equal(decoder.retryMs, expected.retryMs ?? undefined);
        if ("lastEventId" in expected) assert.equal(decoder.lastEventId, expected.lastEventId);
      }
    });
  }

  test("the getters follow the stream", () => {
    const decoder = new SseDecoder();
    assert.equal(decoder.retryMs, undefined);
    assert.equal(decoder.lastEventId, "");
    decoder.push(bytes("retry: 7\nid: é\n\n"));
    assert.equal(decoder.retryMs, 7);
    assert.equal(decoder.lastEventId, "é");
    decoder.free();
    assert.equal(decoder.lastEventId, "é");
  });

  test("no TextDecoder lives for 2 GiB: WebKit's throw from there on", (t) => {
    const decodedBy = new Map();
    const { decode } = TextDecoder.prototype;
    t.mock.method(TextDecoder.prototype, "decode", function (bytes) {
      decodedBy.set(this, (decodedBy.get(this) ?? 0) + bytes.length);
      return decode.call(this, bytes);
    });
    const decoder = new SseDecoder();
    const event = bytes(`data: ${"x".repeat(65_000)}\n\n`);
    for (let total = 0; total < 2 ** 28; total += event.length) decoder.push(event);
    assert.ok(decodedBy.size > 1);
    for (const length of decodedBy.values()) assert.ok(length <= 2 ** 26);
  });

  test("a fault comes after what was before it, and stays", () => {
    const decoder = new SseDecoder({ maxEventBytes: 10 });
    const events = decoder.push(bytes(`data: ok\n\ndata: ${"x".repeat(11)}\n\ndata: no\n\n`));
    assert.deepEqual(events, [{ event: "message", data: "ok", id: "" }]);
    for (const call of [() => decoder.push(bytes("data: no\n\n")), () => decoder.push(bytes("")), () => decoder.finish()]) {
      const error = thrown(call);
      assert.equal(error.name, "ConnectorError");
      assert.equal(error.code, "limit-exceeded");
    }
    decoder.free();
  });

  test("thousands of events in one chunk come out whole", () => {
    const decoder = new SseDecoder();
    const chunk = bytes(Array.from({ length: 20_000 }, (_, at) => `id: ${at}\ndata: ${at}\n\n`).join(""));
    const events = decoder.push(chunk);
    assert.equal(events.length, 20_000);
    assert.ok(events.every(({ data, id }, at) => data === String(at) && id === data));
    decoder.finish();
  });
});

describe("MessageDecoder", () => {
  for (const { name, stream, expected } of streamCases()) {
    test(name, () => {
      for (const chunks of splits(stream)) {
        check(chunks, expected, "pushEvents");
        check(chunks, expected, "push");
      }
    });
  }

  function check(chunks, expected, style) {
    const decoder = new MessageDecoder(STREAM);
    const found = [];
    let fault;
    for (const chunk of chunks) {
      try {
        found.push(decoder[style](chunk));
      } catch (error) {
        fault = error;
        break;
      }
    }
    const snapshot = decoder.snapshot();
    let message;
    let failure;
    try {
      message = decoder.finish();
    } catch (error) {
      failure = error;
    }
    if (fault) assert.equal(failure, fault);
    const { failure: wanted } = expected;
    if (wanted) {
      assert.equal(failure?.code, wanted.code, failure?.stack);
      assert.equal(failure.name, "ConnectorError");
      assert.equal(failure.retryable, wanted.retryable);
      assert.equal(failure.requestId, wanted.requestId);
      assert.ok(failure.message.includes(wanted.says ?? ""), failure.message);
      message = failure.partialMessage;
    } else {
      assert.equal(failure, undefined);
    }
    // As text, so that the order of the members counts.
    assert.equal(JSON.stringify(message ?? null), JSON.stringify(expected.message));
    assert.equal(snapshot, decoder.snapshot() && snapshot);
    if (style === "push") {
      const text = found.join("");
      assert.ok(expected.text.startsWith(text));
      // Only the last event, without its blank line, may be missing.
      if (!fault && !expected.about?.includes("last delta")) assert.equal(text, expected.text);
    } else {
      const wantedEvents = expected.events.slice(0, wanted?.decodedUpTo);
      const events = found.flat();
      assert.equal(JSON.stringify(events), JSON.stringify(wantedEvents.slice(0, events.length)));
      // `finish` takes the events that wait for a blank line.
      assert.ok(wantedEvents.length - events.length <= 1, `${events.length} of ${wantedEvents.length}`);
    }
    const { metrics } = decoder;
    for (const [count, value] of Object.entries(expected.metrics)) {
      // After a fault the rest isn't read.
      if (!wanted) assert.equal(metrics[count], value, count);
    }
    if (!wanted) assert.equal(metrics.bytes, chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    decoder.free();
  }

  test("push gives the chunk's text in one string", () => {
    const decoder = new MessageDecoder("Text/Event-Stream ; charset=utf-8");
    assert.equal(decoder.push(answer), "Hello you");
    assert.equal(decoder.snapshot().content[0].text, "Hello you");
    assert.equal(decoder.finish().content[0].text, "Hello you");
  });

  test("other content types are refused", () => {
    for (const type of ["application/json", "", undefined, "text/event-streams", "application/vnd.amazon.eventstreams"]) {
      assert.equal(thrown(() => new MessageDecoder(type)).code, "unsupported");
    }
  });

  test("limits must be usable", () => {
    for (const maxEventBytes of [0, -1, 1.5, NaN, "10", 2 ** 32, Infinity]) {
      assert.equal(thrown(() => new MessageDecoder(STREAM, { maxEventBytes })).code, "invalid-argument");
      assert.equal(thrown(() => new SseDecoder({ maxEventBytes })).code, "invalid-argument");
    }
  });

  test("chunks must be bytes", () => {
    const decoder = new MessageDecoder(STREAM);
    for (const chunk of ["data: x\n\n", [1, 2], new ArrayBuffer(3), null, undefined]) {
      assert.equal(thrown(() => decoder.push(chunk)).code, "invalid-argument");
    }
    assert.equal(decoder.push(answer), "Hello you");
    decoder.finish();
  });

  test("one way per decoder", () => {
    const decoder = new MessageDecoder(STREAM);
    decoder.push(answer.subarray(0, 100));
    assert.equal(thrown(() => decoder.pushEvents(answer.subarray(100))).code, "invalid-argument");
    assert.equal(decoder.push(answer.subarray(100)), "Hello you");
    decoder.finish();
    const other = new MessageDecoder(STREAM);
    other.pushEvents(answer);
    assert.equal(thrown(() => other.push(answer)).code, "invalid-argument");
    other.free();
  });

  test("a fault comes after what was before it; snapshot still works", () => {
    const decoder = new MessageDecoder(STREAM);
    const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" }, request_id: "req_1" };
    const chunk = bytes([...opening, textDelta("Hel"), error, textDelta("lo")].map(frame).join(""));
    assert.equal(decoder.push(chunk), "Hel");
    assert.equal(decoder.snapshot().content[0].text, "Hel");
    const failure = thrown(() => decoder.push(bytes("")));
    assert.equal(failure.code, "overloaded");
    assert.equal(failure.requestId, "req_1");
    assert.equal(failure.retryable, true);
    assert.equal(failure.partialMessage.content[0].text, "Hel");
    assert.equal(thrown(() => decoder.finish()), failure);
    assert.equal(decoder.snapshot().content[0].text, "Hel");
    assert.equal(decoder.metrics.events, 4);
  });

  test("free may be called at any time and twice", () => {
    const decoder = new MessageDecoder(STREAM);
    decoder.push(answer.subarray(0, 600));
    decoder.free();
    decoder.free();
    assert.equal(decoder.snapshot().role, "assistant");
    assert.equal(decoder.metrics.bytes, 600);
    assert.equal(thrown(() => decoder.push(answer)).code, "invalid-argument");
    assert.equal(thrown(() => decoder.pushEvents(answer)).code, "invalid-argument");
    assert.equal(thrown(() => decoder.finish()).code, "invalid-argument");
    const finished = new MessageDecoder(STREAM);
    finished.push(answer);
    finished.finish();
    finished.free();
    assert.equal(thrown(() => finished.finish()).code, "invalid-argument");
    if (Symbol.dispose) assert.equal(MessageDecoder.prototype[Symbol.dispose], MessageDecoder.prototype.free);
  });

  test("a closed decoder's handle isn't its successor's", () => {
    const wasm = loader.exports();
    const first = wasm.decoder_open(1, 1000, 1000);
    wasm.decoder_close(first);
    const second = wasm.decoder_open(1, 1000, 1000);
    assert.notEqual(first, second);
    assert.equal(wasm.decoder_push(first, 0), 4);
    assert.equal(wasm.decoder_reserve(first, 1), 4);
    wasm.decoder_close(first);
    assert.equal(wasm.decoder_push(second, 0), 0);
    // More bytes than there is room, more room than a chunk may have, no handle at all.
    assert.equal(wasm.decoder_push(second, 1 << 30), 4);
    assert.equal(wasm.decoder_reserve(second, 65537), 4);
    for (const handle of [0, -1, 0xffffffff, 12345]) {
      assert.equal(wasm.decoder_push(handle, 0), 4);
      assert.equal(wasm.decoder_finish(handle), 4);
      wasm.decoder_close(handle);
    }
    wasm.decoder_close(second);
    wasm.decoder_close(second);
    assert.equal(wasm.decoder_open(9, 1, 1), 0);
  });

  test("decoders don't disturb each other", () => {
    const all = Array.from({ length: 50 }, () => new MessageDecoder(STREAM));
    const texts = all.map(() => "");
    for (const piece of pieces(answer, 11)) all.forEach((decoder, at) => (texts[at] += decoder.push(piece)));
    all.forEach((decoder, at) => {
      assert.equal(texts[at], "Hello you");
      assert.equal(decoder.finish().content[0].text, "Hello you");
    });
  });

  test("tool input can be watched while it arrives", () => {
    const tool = { type: "content_block_start", index: 0, content_block: { type: "tool_use", id: "t", name: "n", input: {} } };
    const piece = (partial_json) => ({ type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json } });
    const decoder = new MessageDecoder(STREAM);
    decoder.pushEvents(bytes([opening[0], tool].map(frame).join("")));
    const watched = [];
    for (const text of ['{"a": [1, 2', "0, {", '"b": tr', 'ue, "c": "x', 'y"}], "d', '": null}']) {
      decoder.pushEvents(bytes(frame(piece(text))));
      watched.push(JSON.stringify(decoder.snapshot().content[0].input));
    }
    assert.deepEqual(watched, [
      '{"a":[1]}',
      '{"a":[1,20,{}]}',
      '{"a":[1,20,{}]}',
      '{"a":[1,20,{"b":true}]}',
      '{"a":[1,20,{"b":true,"c":"xy"}]}',
      '{"a":[1,20,{"b":true,"c":"xy"}],"d":null}',
    ]);
    decoder.pushEvents(bytes(ending.map(frame).join("")));
    assert.deepEqual(decoder.finish().content[0].input, { a: [1, 20, { b: true, c: "xy" }], d: null });
  });
});

describe("PartialJson", () => {
  for (const [text, certain] of support.partialJsonCases()) {
    test(JSON.stringify(text), () => {
      for (let cut = 0; cut <= text.length; cut += 1) read([text.slice(0, cut), text.slice(cut)]);
      read([...text]);
      function read(parts) {
        const partial = new support.PartialJson();
        for (const part of parts) partial.push(part);
        assert.equal(partial.failed, certain === false);
        if (certain !== false) {
          assert.equal(JSON.stringify(partial.value), certain === null ? undefined : JSON.stringify(JSON.parse(certain)));
        }
      }
    });
  }
});

describe("memory", () => {
  const text = "Some text with \\\"escapes\\\", é and 😀. ".repeat(6);
  const event = bytes(`event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${text}"}}\n\n`);
  const size = () => loader.exports().memory.buffer.byteLength;

  function repeat(times) {
    const all = new Uint8Array(event.length * times);
    for (let at = 0; at < times; at += 1) all.set(event, at * event.length);
    return all;
  }

  for (const style of ["push", "pushEvents"]) {
    test(`100 MB by ${style} leave the module's memory as it was`, () => {
      const decoder = new MessageDecoder(STREAM);
      decoder[style](bytes(opening.map(frame).join("")));
      const chunk = repeat(Math.floor(16_384 / event.length));
      decoder[style](chunk.subarray(0, 16_000));
      decoder[style](chunk.subarray(16_000));
      const before = size();
      let characters = 0;
      while (decoder.metrics.bytes < 100_000_000) {
        const found = decoder[style](chunk);
        characters += style === "push" ? found.length : found.reduce((sum, { delta }) => sum + delta.text.length, 0);
      }
      assert.equal(size(), before);
      assert.ok(characters > 50_000_000);
      decoder.free();
    });
  }

  test("a chunk of 10 MB grows memory by no more than a slice", () => {
    const decoder = new MessageDecoder(STREAM);
    decoder.push(bytes(opening.map(frame).join("")));
    const chunk = repeat(Math.ceil(10_000_000 / event.length));
    const before = size();
    const added = decoder.push(chunk);
    assert.equal(added.length % (chunk.length / event.length), 0);
    assert.ok(size() - before <= 4 * 65_536, `${size() - before}`);
    decoder.free();
  });

  test("an event of 8 MB in pieces of 1 KiB arrives, and its memory is used again", () => {
    const long = "x".repeat(8 * 1024 * 1024);
    const stream = bytes([...opening, textDelta(long), ...ending].map(frame).join(""));
    let after;
    for (let round = 0; round < 3; round += 1) {
      const decoder = new MessageDecoder(STREAM);
      let found = "";
      for (const piece of pieces(stream, 1024)) found += decoder.push(piece);
      assert.equal(found, long);
      assert.equal(decoder.finish().content[0].text, long);
      after ??= size();
    }
    assert.equal(size(), after);
  });

  test("an endless line is refused", () => {
    const decoder = new MessageDecoder(STREAM, { maxEventBytes: 1_000_000 });
    decoder.push(bytes("data: "));
    const chunk = new Uint8Array(65_536).fill(0x78);
    let pushed = 0;
    const error = thrown(() => {
      for (; pushed < 100; pushed += 1) decoder.push(chunk);
    });
    assert.equal(error.code, "limit-exceeded");
    assert.equal(pushed, 16);
    decoder.free();
  });

  test("a thousand decoders opened and dropped leave nothing", () => {
    const round = () => {
      for (let at = 0; at < 1000; at += 1) {
        const decoder = new MessageDecoder(STREAM);
        decoder.push(answer.subarray(0, 10 + (at % 700)));
        decoder.free();
      }
    };
    round();
    const before = size();
    round();
    round();
    assert.equal(size(), before);
  });
});

// Last, because it starts the module afresh.
test("a decoder of a module that trapped says so, and init starts afresh", () => {
  const decoder = new MessageDecoder(STREAM);
  decoder.push(answer.subarray(0, 300));
  const cause = new WebAssembly.RuntimeError("unreachable");
  assert.equal(loader.trapped(cause).code, "module-failed");
  assert.equal(thrown(() => decoder.push(answer)).code, "module-failed");
  assert.equal(thrown(() => new MessageDecoder(STREAM)).code, "module-failed");
  loader.initSync(moduleBytes);
  assert.equal(thrown(() => decoder.push(answer)).code, "module-failed");
  assert.equal(decoder.snapshot().role, "assistant");
  decoder.free();
  const next = new MessageDecoder(STREAM);
  assert.equal(next.push(answer), "Hello you");
  next.finish();
});
