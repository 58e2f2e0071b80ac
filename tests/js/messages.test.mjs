// The message that a stream adds up to: ours against the SDK's, and ours in
// other pieces and by its other call.
//
// Where the SDK 1.12 adds up otherwise, and we as `js/message_accumulator.js` says. Each has
// its case below or among the fixtures that `peers.test.mjs` lists.
//
// - Frames without a name, a last frame without its blank line and `[DONE]`:
//   dropped by the SDK (`[DONE]` breaks it); read by us.
// - `message_delta`: the SDK takes the members that it knows; we take all that
//   have a value. A stop_reason, stop_sequence or stop_details that a
//   message_delta leaves out is undefined for it afterwards; we keep what there was.
// - Text for a block that isn't known but has a `text`, and input for one that
//   has an `input`: dropped by the SDK, appended by us. A tool's block without
//   an `input` stays so for it; it gets `{}` from us.
// - Deltas for a block that never started: the SDK breaks or ignores them; we ignore them.
// - Tool input that isn't JSON: the SDK fails as soon as it looks; we at the end, with the text as it came.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { BetaMessageStream, MessageStream, partialParse, sdkMessage } from "./peers.mjs";
import { rounds } from "./random.mjs";
import { answer, stream as framed } from "./random_answer.mjs";
import { MessageDecoder, bytes, loader, moduleBytes, pieces, streamCases, thrown } from "./support.mjs";
const STREAM = "text/event-stream";

before(() => loader.initSync(moduleBytes));

/** Reads the chunks by one of the decoder's calls. */
function read(chunks, style) {
  const decoder = new MessageDecoder(STREAM);
  const found = [];
  let failure;
  let message;
  try {
    for (const chunk of chunks) found.push(decoder[style](chunk));
    message = decoder.finish();
  } catch (error) {
    failure = `${error.code}: ${error.message}`;
    message = error.partialMessage ?? decoder.snapshot();
  } finally {
    decoder.free();
  }
  // As text: the order of members counts.
  return { found, failure, message: JSON.stringify(message) };
}

/** Blocks that take text, by index: what `push` hands out is theirs. */
function textOf(events) {
  const blocks = new Map();
  let text = "";
  let started = false;
  for (const event of events) {
    if (event.type === "message_start") {
      started = event.message !== null && typeof event.message === "object";
      if (started && Array.isArray(event.message.content)) event.message.content.forEach((block, index) => blocks.set(index, block));
    }
    const block = event.content_block;
    if (started && event.type === "content_block_start" && block !== null && typeof block === "object" && !Array.isArray(block)) {
      blocks.set(event.index, block);
    }
    const { delta } = event;
    if (event.type !== "content_block_delta" || delta?.type !== "text_delta" || typeof delta.text !== "string") continue;
    const to = blocks.get(event.index);
    if (to?.type === "text" || typeof to?.text === "string") text += delta.text;
  }
  return text;
}

/** All ways to read a stream give the same. */
function check(stream, random) {
  const whole = read([stream], "push");
  const events = read([stream], "pushEvents");
  assert.deepEqual([events.failure, events.message], [whole.failure, whole.message]);
  const text = whole.found.join("");
  assert.equal(textOf(events.found.flat()), text);
  for (const chunks of [random.pieces(stream), pieces(stream, 1)]) {
    const split = read(chunks, "push");
    assert.deepEqual([split.failure, split.message, split.found.join("")], [whole.failure, whole.message, text]);
    const splitEvents = read(chunks, "pushEvents");
    assert.deepEqual([splitEvents.failure, splitEvents.message], [whole.failure, whole.message]);
    assert.equal(JSON.stringify(splitEvents.found.flat()), JSON.stringify(events.found.flat()));
  }
  return whole;
}

describe("whatever the pieces and the call", () => {
  test("random answers", () =>
    rounds(400, (random, shown) => {
      shown.stream = framed(random, answer(random, { beta: true, extra: random.once(2) }));
      assert.equal(check(shown.stream, random).failure, undefined);
    }));

  test("damaged answers", () => {
    const tokens = ['"', "\\", "}", "{", "\n", "\n\n", "\r", "data: ", "event: error\n", ",", "null", "\\ud83d", "1e999", '"type":"error",', "\0", "😀"];
    const fixtures = streamCases().filter(({ stream }) => stream.length < 6000);
    return rounds(600, (random, shown) => {
      const stream = random.once(2) ? random.pick(fixtures).stream : framed(random, answer(random, { beta: true, extra: true }));
      shown.stream = random.damaged(stream, tokens);
      check(shown.stream, random);
    });
  });
});

describe("as the SDK adds them up", () => {
  for (const [name, beta, Reader] of [["MessageStream", false, MessageStream], ["BetaMessageStream", true, BetaMessageStream]]) {
    test(name, () =>
      rounds(150, async (random, shown) => {
        const events = answer(random, { beta });
        shown.stream = bytes(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
        const { message } = read(random.pieces(shown.stream), "push");
        assert.deepEqual(JSON.parse(message), await sdkMessage([shown.stream], Reader));
      }));

    test(`${name}, with what nobody knows`, () =>
      rounds(150, async (random, shown) => {
        const events = answer(random, { beta, extra: true });
        shown.stream = bytes(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
        const ours = JSON.parse(read(random.pieces(shown.stream), "push").message);
        const last = events.at(-2);
        // The SDK leaves this out.
        const late = [last.delta.late, last.usage.late, last.late].find((value) => value !== undefined);
        assert.deepEqual(ours.late ?? ours.usage.late, late);
        delete ours.late;
        delete ours.usage.late;
        assert.deepEqual(ours, await sdkMessage([shown.stream], Reader));
      }));
  }
});

test("a tool's input is, after each delta, what the SDK's parser makes of it so far", () =>
  rounds(300, (random, shown) => {
    const events = answer(random, { beta: true });
    const decoder = new MessageDecoder(STREAM);
    const texts = new Map();
    for (const event of events) {
      shown.stream = bytes(`data: ${JSON.stringify(event)}\n\n`);
      decoder.push(shown.stream);
      if (event.delta?.type !== "input_json_delta") continue;
      const text = (texts.get(event.index) ?? "") + event.delta.partial_json;
      texts.set(event.index, text);
      const expected = text === "" ? {} : partialParse(text);
      assert.equal(JSON.stringify(decoder.snapshot().content[event.index].input), JSON.stringify(expected), text);
    }
    decoder.finish();
  }));

describe("where the SDK adds up otherwise", () => {
  const start = (message = {}) => ({ type: "message_start", message: { id: "m", type: "message", role: "assistant", content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 }, ...message } });
  const block = (content_block) => ({ type: "content_block_start", index: 0, content_block });
  const piece = (delta) => ({ type: "content_block_delta", index: 0, delta });
  const stop = { type: "content_block_stop", index: 0 };
  const end = [{ type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 2 } }, { type: "message_stop" }];
  const both = async (events) => {
    const chunks = [bytes(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""))];
    const { message, failure } = read(chunks, "push");
    return { ours: JSON.parse(message), failure, theirs: await sdkMessage(chunks).catch((error) => error) };
  };

  test("stop details that a later event leaves out stay", async () => {
    const { ours, theirs } = await both([start({ stop_details: { type: "refusal" } }), ...end]);
    assert.deepEqual(ours.stop_details, { type: "refusal" });
    assert.equal("stop_details" in theirs, false);
  });

  test("a block that isn't known takes text and input", async () => {
    const { ours, theirs } = await both([start(), block({ type: "hologram", text: "a", input: {} }), piece({ type: "text_delta", text: "b" }), piece({ type: "input_json_delta", partial_json: '{"x":1}' }), stop, ...end]);
    assert.deepEqual(ours.content, [{ type: "hologram", text: "ab", input: { x: 1 } }]);
    assert.deepEqual(theirs.content, [{ type: "hologram", text: "a", input: {} }]);
  });

  test("a tool without an input gets an empty one", async () => {
    const { ours, theirs } = await both([start(), block({ type: "tool_use", id: "t", name: "n" }), stop, ...end]);
    assert.deepEqual(ours.content[0].input, {});
    assert.equal("input" in theirs.content[0], false);
  });

  test("a delta for no block is ignored", async () => {
    const { ours, failure, theirs } = await both([start(), piece({ type: "text_delta", text: "x" }), ...end]);
    assert.deepEqual([ours.content, failure], [[], undefined]);
    assert.ok(theirs instanceof Error);
  });

  test("tool input that isn't JSON comes as its text", async () => {
    const { ours, failure, theirs } = await both([start(), block({ type: "tool_use", id: "t", name: "n", input: {} }), piece({ type: "input_json_delta", partial_json: "{x" }), stop, ...end]);
    assert.equal(ours.content[0].input, "{x");
    assert.ok(failure.startsWith("stream-corrupt: "));
    assert.ok(theirs instanceof Error);
  });
});

test("a decoder that failed says the same again, whatever is asked", () =>
  rounds(50, (random, shown) => {
    const events = answer(random);
    shown.stream = bytes(events.slice(0, 1 + random.below(events.length - 1)).map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""));
    const decoder = new MessageDecoder(STREAM);
    decoder.push(shown.stream);
    decoder.push(bytes("data: {\n\n"));
    const fault = thrown(() => decoder.push(bytes("")));
    assert.equal(fault.code, "stream-corrupt");
    const snapshot = JSON.stringify(decoder.snapshot());
    assert.equal(thrown(() => decoder.push(shown.stream)), fault);
    assert.equal(thrown(() => decoder.finish()), fault);
    assert.equal(JSON.stringify(decoder.snapshot()), snapshot);
    decoder.free();
  }));
