// The benchmark itself: its streams are what they are said to be, every decoder
// finds the same in them, and one that doesn't is told. No time is looked at.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { EventStreamDecoder, MessageDecoder, SseDecoder, loader, moduleBytes } from "./support.mjs";
import { CASES, titleOf } from "../../www/bench/cases.js";
import { CHUNKINGS, cut, join } from "../../www/bench/chunks.js";
import { createContenders } from "../../www/bench/contenders/index.js";
import { CORPORA, generate } from "../../www/bench/corpora.js";
import { crc32, encodeFrame } from "../../www/bench/event_stream.js";
import { EFFORTS, measure } from "../../www/bench/measure.js";
import { engineOf } from "../../www/bench/page/engine.js";
import { markdown, summary, verdict } from "../../www/bench/report.js";
import { spread } from "../../www/bench/statistics.js";
import { TARGETS } from "../../www/bench/targets.js";
import { textTable } from "../../www/bench/text_table.js";

// The peers are tools of the build and lie with them.
const peers = await import(new URL("peers.js", new URL(`${process.env.NODE_TOOLS ?? "../../xtask/node"}/`, import.meta.url)));
const contenders = createContenders({ ours: { EventStreamDecoder, MessageDecoder, SseDecoder, version: "0.0.0" }, peers });

before(() => loader.initSync(moduleBytes));

describe("every decoder finds the same", () => {
  for (const case_ of CASES) {
    test(case_.id, async () => {
      const { rows, events } = await measure(case_, contenders, EFFORTS.trial);
      assert.ok(events > 0);
      for (const { name, status, note, nsPerEvent } of rows) {
        if (note === "not built") continue;
        assert.equal(status, "measured", `${name}: ${note}`);
        assert.ok(nsPerEvent.median >= 0, name);
      }
    });
  }
});

test("a decoder that finds otherwise, or breaks, is told and not timed", async () => {
  const parser = contenders.get("eventsource-parser");
  const wrong = (level3) => new Map(contenders).set("eventsource-parser", { ...parser, levels: { ...parser.levels, 3: level3 } });
  const case_ = { ...CASES.find(({ id }) => id === "l3-text-64k"), against: [{ contender: "eventsource-parser" }] };
  for (const [level3, status] of [
    [(input, take) => parser.levels[3](input, (text) => take(text.replace("e", "E"))), "differs"],
    [(input, take) => ({ ...parser.levels[3](input, take), stop_reason: "max_tokens" }), "differs"],
    [(input, take) => parser.levels[3]({ ...input, chunks: input.chunks.slice(0, -1) }, take), "failed"],
    [() => Promise.reject(new Error("broken")), "failed"],
  ]) {
    const { rows } = await measure(case_, wrong(level3), { ...EFFORTS.trial, deltas: 1000 });
    const row = rows.find(({ contender }) => contender === "eventsource-parser");
    if (status === "failed") assert.ok(["failed", "differs"].includes(row.status), row.status);
    else assert.equal(row.status, status);
    assert.ok(row.note);
    assert.equal(row.nsPerEvent, undefined);
    assert.match(textTable({ id: "x", level: 3, events: 1, bytes: 1, rounds: 1, rows: [row] }, "chromium"), /differs|failed/);
  }
});

test("measuring stops when it is told to", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const onRound = (done) => done === 1 && controller.abort(reason);
  await assert.rejects(measure(CASES[0], contenders, { ...EFFORTS.trial, rounds: 50 }, { onRound, signal: controller.signal }), reason);
});

describe("streams", () => {
  const utf8 = new TextDecoder();
  for (const name of Object.keys(CORPORA)) {
    test(`${name}: the same however often and however cut`, () => {
      const corpus = generate(name, 200);
      const whole = join([...corpus.head, ...corpus.body, ...corpus.tail]);
      assert.deepEqual(generate(name, 200), corpus);
      for (const chunking of Object.keys(CHUNKINGS)) {
        const { chunks, bytes, events } = cut(corpus, chunking);
        assert.deepEqual(join(chunks), whole, chunking);
        assert.equal(bytes, whole.length);
        assert.equal(events, corpus.head.length + corpus.body.length + corpus.tail.length);
      }
      const twice = cut(corpus, "16k", 2);
      assert.deepEqual(join(twice.chunks), join([...corpus.head, ...corpus.body, ...corpus.body, ...corpus.tail]));
    });
  }

  test("text is as the page says: short pieces, a tenth escaped, a sixth beyond ASCII", () => {
    const { body } = generate("text");
    const texts = body
      .map((event) => JSON.parse(utf8.decode(event).split("\ndata: ")[1]))
      .filter(({ type }) => type === "content_block_delta")
      .map(({ delta }) => delta.text);
    const share = (test) => texts.filter(test).length / texts.length;
    const mean = (lengths) => lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    assert.ok(texts.every((text) => text.length >= 2 && text.length <= 20), "a piece is too short or too long");
    assert.ok(Math.abs(share((text) => JSON.stringify(text).includes("\\")) - 0.1) < 0.01);
    assert.ok(Math.abs(share((text) => /[^\0-\x7f]/.test(text)) - 0.17) < 0.01);
    assert.ok(Math.abs(mean(body.map(({ length }) => length)) - 127) < 5, `${mean(body.map(({ length }) => length))} bytes an event`);
  });

  test("frames have the checksums that the format asks for", () => {
    assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
    const frame = encodeFrame({ ":event-type": "chunk" }, new TextEncoder().encode("{}"));
    const { headers, body } = new peers.EventStreamCodec(peers.toUtf8, peers.fromUtf8).decode(frame);
    assert.deepEqual(headers, { ":event-type": { type: "string", value: "chunk" } });
    assert.equal(utf8.decode(body), "{}");
  });
});

test("medians and ranges", () => {
  for (const [samples, median, p10, p90] of [
    [[5], 5, 5, 5],
    [[3, 1, 2], 2, 1.2, 2.8],
    [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0], 5, 1, 9],
    [[1, 2], 1.5, 1.1, 1.9],
  ]) {
    const found = spread(samples);
    for (const [name, value] of Object.entries({ median, p10, p90 })) assert.ok(Math.abs(found[name] - value) < 1e-9, `${name} of ${samples}`);
  }
});

describe("reports", () => {
  const times = { median: 100, p10: 90, p90: 123.4 };
  const row = { contender: "ours", name: "us", version: "1.0", kind: "ours", status: "measured", nsPerEvent: times, megabytesPerSecond: 1234.5 };
  const peer = { ...row, contender: "eventsource-parser", name: "them", kind: "peer", ratio: { median: 12.34, p10: 11, p90: 13 } };
  const missing = { contender: "smithy", name: "nobody", kind: "peer", status: "missing", note: "not here" };
  const result = { id: "l3-text-16k", level: 3, events: 2, bytes: 2, rounds: 9, rows: [row, peer, missing] };
  const report = { engine: "chromium", version: "Chromium 1", rounds: 9, cases: [result] };

  test("a target is reached by the median, in engines that have one", () => {
    assert.deepEqual(verdict(result, peer, "chromium"), { least: 12, met: true });
    assert.deepEqual(verdict(result, { ...peer, ratio: { ...peer.ratio, median: 11.99 } }, "webkit"), { least: 12, met: false });
    assert.equal(verdict(result, peer, "node"), undefined);
    assert.equal(verdict(result, row, "chromium"), undefined);
  });

  test("as Markdown", () => {
    const text = markdown(report);
    assert.ok(text.includes("| l3-text-16k | them 1.0 | 12.3 (11.0–13.0) | 12.0 ✓ | 100 (90.0–123) | 1235 |"), text);
    assert.ok(text.includes("| l3-text-16k | nobody | not here |  |  |  |"), text);
  });

  test("of several engines side by side, also where one measured less", () => {
    const less = { engine: "webkit", version: "WebKit 2", rounds: 9, cases: [] };
    const text = summary([report, less], "a machine");
    assert.ok(text.includes("| case | decoder | Chromium 1 | WebKit 2 |"), text);
    assert.ok(text.includes("| l3-text-16k | them 1.0 | 12.3 (11.0–13.0), 12.0 ✓ |  |"), text);
    assert.ok(text.includes("| l3-text-16k | us 1.0 | 100 (90.0–123) |  |"), text);
  });
});

test("every target is of a case and a contender that there are", () => {
  for (const { case: id, contender } of TARGETS) {
    const case_ = CASES.find((candidate) => candidate.id === id);
    assert.ok(case_?.against.some((entry) => entry.contender === contender), `${id} ${contender}`);
  }
  for (const case_ of CASES) {
    assert.ok(titleOf(case_).length > 10);
    for (const { contender } of [{ contender: case_.ours }, ...case_.against]) {
      assert.ok(contenders.get(contender)?.levels[case_.level], `${case_.id}: ${contender} has no level ${case_.level}`);
    }
  }
});

test("engines are told from what they say of themselves", () => {
  for (const [userAgent, engine, version] of [
    ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36", "chromium", "Chromium 156"],
    ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36 Edg/150.0.0.0", "chromium", "Chromium 150"],
    ["Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", "firefox", "Firefox 153"],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15", "webkit", "WebKit (Safari 18.1)"],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)", "webkit", "WebKit 605.1.15"],
    ["", "unknown", "an unknown browser"],
  ]) {
    assert.deepEqual(engineOf({ userAgent }), { engine, version });
  }
});
