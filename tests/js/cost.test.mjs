// What decoding costs, counted and not timed: the module that ships, with a
// counter at the start of every function and of every turn of every loop, and
// with its block copies unrolled into loops, so that moving bytes counts too.
// The counts are the same in every run and on every machine.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { counting } from "./counting.mjs";
import { MessageDecoder, PartialJson, bytes, loader, moduleBytes } from "./support.mjs";

const MODE_SSE = 0;
const MODE_MESSAGE = 1;
const MORE = 1;

/** How much of an exactly linear cost is allowed: buffers grow in steps. */
const LINEAR = 1.25;

let wasm;
let count = 0;

before(() => {
  wasm = counting(moduleBytes, () => (count += 1));
});

/** Steps to decode the chunks. */
function steps(mode, chunks) {
  const handle = wasm.decoder_open(mode, 1 << 30, 1 << 20);
  const header = wasm.decoder_header(handle) >>> 2;
  count = 0;
  for (const chunk of chunks) {
    assert.equal(wasm.decoder_reserve(handle, chunk.length), 0);
    const room = new Uint32Array(wasm.memory.buffer)[header];
    new Uint8Array(wasm.memory.buffer).set(chunk, room);
    let status = wasm.decoder_push(handle, chunk.length);
    while (status & MORE) status = wasm.decoder_push(handle, 0);
    assert.equal(status, 0);
  }
  const counted = count;
  wasm.decoder_close(handle);
  return counted;
}

function* inPieces(stream, size) {
  for (let at = 0; at < stream.length; at += size) yield stream.subarray(at, at + size);
}

const named = (text, index = 0) =>
  `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"text_delta","text":"${text}"}}\n\n`;
const nameless = (text) => named(text).slice(named(text).indexOf("data"));

/** Streams of about so many bytes, by their shape. None is past a limit: a line may have 1 MiB. */
const SHAPES = {
  "one long event": (size) => named("x") + named("y".repeat(size)),
  "one long event without a name": (size) => nameless("x") + nameless("y".repeat(size)),
  "one long event of escapes": (size) => named("x") + named("\\n".repeat(size / 2)),
  "one long event of another form": (size) => `data: {"type":"later","x":"${"y".repeat(size)}"}\n\n`,
  "one event of many lines": (size) => `data: [\n${"data: 123456,\n".repeat(size / 14)}data: 7]\n\n`,
  "one long comment": (size) => `:${"c".repeat(size)}\n\n`,
  "many comments": (size) => ": c\n".repeat(size / 4),
  "many deltas": (size) => named("Hello, world").repeat(size / 120),
  "many deltas of seven blocks in turn": (size) => [0, 1, 2, 3, 4, 5, 6].map((index) => named("Hello, world", index)).join("").repeat(size / 840),
  "many deltas with an escape": (size) => named("Hello\\n").repeat(size / 120),
  "many lone line ends": (size) => "\n".repeat(size),
  "nothing but brackets": (size) => `data: ${"[".repeat(100)}${"1,".repeat(size / 2)}1${"]".repeat(100)}\n\n`,
};

describe("ten times the bytes take ten times the steps", () => {
  for (const [shape, make] of Object.entries(SHAPES)) {
    for (const [pieces, size, small] of [["byte by byte", 1, 8_000], ["pieces of 1 KiB", 1024, 100_000], ["pieces of 64 KiB", 65_536, 100_000]]) {
      test(`${shape}, ${pieces}`, () => {
        for (const mode of [MODE_SSE, MODE_MESSAGE]) {
          const [few, many] = [small, 10 * small].map((length) => {
            const stream = bytes(make(length));
            return steps(mode, inPieces(stream, size)) / stream.length;
          });
          assert.ok(many <= few * LINEAR, `${few.toFixed(2)} steps a byte, then ${many.toFixed(2)}`);
        }
      });
    }
  }

  test("the counter counts: steps depend on the stream, and not on the run", () => {
    const stream = bytes(named("Hello").repeat(100));
    const first = steps(MODE_MESSAGE, [stream]);
    assert.equal(steps(MODE_MESSAGE, [stream]), first);
    assert.ok(first > 100, `${first}`);
    assert.ok(steps(MODE_MESSAGE, inPieces(stream, 1)) > 2 * first);
  });
});

/** A text that counts how many of its characters are looked at. */
function counted(text) {
  const looks = { count: 0 };
  const proxy = new Proxy(new String(text), {
    get(target, name) {
      if (name === "charCodeAt") return (at) => ((looks.count += 1), text.charCodeAt(at));
      if (name === "slice") return (from, to) => ((looks.count += text.slice(from, to).length), text.slice(from, to));
      if (typeof name === "string" && /^\d+$/.test(name)) looks.count += 1;
      return target[name];
    },
  });
  return { proxy, looks };
}

describe("a tool's input while it arrives", () => {
  const row = '{"at":1234,"text":"some \\"text\\"","more":[true,null,-1.5e3]},';

  for (const [pieces, size] of [["character by character", 1], ["in pieces", 37], ["row by row", row.length]]) {
    test(`each character is looked at a few times, ${pieces}`, () => {
      const text = `{"rows":[${row.repeat(400)}`;
      const partial = new PartialJson();
      let looked = 0;
      for (let at = 0; at < text.length; at += size) {
        const { proxy, looks } = counted(text.slice(at, at + size));
        partial.push(proxy);
        looked += looks.count;
      }
      assert.equal(partial.failed, false);
      assert.equal(partial.value.rows.length, 400);
      assert.ok(looked <= 4 * text.length, `${looked} looks at ${text.length} characters`);
    });
  }

  test("what was looked at isn't looked at again after the next delta", (context) => {
    loader.initSync(moduleBytes);
    let seen = 0;
    const { push } = PartialJson.prototype;
    context.mock.method(PartialJson.prototype, "push", function (piece) {
      seen += piece.length;
      push.call(this, piece);
    });
    const decoder = new MessageDecoder("text/event-stream");
    const take = (event) => decoder.push(bytes(`data: ${JSON.stringify(event)}\n\n`));
    take({ type: "message_start", message: { type: "message", role: "assistant", content: [] } });
    take({ type: "content_block_start", index: 0, content_block: { type: "tool_use", id: "t", name: "n", input: {} } });
    const delta = (partial_json) => take({ type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json } });
    delta('{"rows":[');
    for (let rows = 1; rows <= 400; rows += 1) {
      delta(row);
      assert.equal(decoder.snapshot().content[0].input.rows.length, rows);
    }
    decoder.free();
    assert.equal(seen, '{"rows":['.length + 400 * row.length);
  });
});
