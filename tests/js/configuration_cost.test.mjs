// What reading a configuration costs, counted and not timed: ten times the
// bytes may take ten times the steps, whatever an endpoint answers.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { counting } from "./counting.mjs";
import { bytes, moduleBytes, onDemandBytes } from "./support.mjs";

/** How much of an exactly linear cost is allowed: buffers grow in steps. */
const LINEAR = 1.3;

let count = 0;
let start;
let onDemand;
before(() => {
  start = counting(moduleBytes, () => (count += 1));
  onDemand = counting(onDemandBytes, () => (count += 1));
});

/** Calls an operation as `js/core.js` does. */
function call(core, number, operation, values, body) {
  const given = bytes(JSON.stringify([operation, ...values]));
  const text = bytes(body);
  const room = core.core_room(text.length, given.length) >>> 0;
  new Uint8Array(core.memory.buffer).set(text, room);
  new Uint8Array(core.memory.buffer).set(given, room + text.length);
  const found = core.core_call(number, 1_790_000_000_000, 0.5) >>> 0;
  const [status, address, length] = new Uint32Array(core.memory.buffer, found, 3);
  const answer = new TextDecoder().decode(new Uint8Array(core.memory.buffer, address, length));
  assert.equal(status, 1, answer.slice(0, 200));
  return JSON.parse(answer);
}

/** Steps to read an answer, to lay it over the others and to review it. */
function steps(answer) {
  const connector = call(start, 0, "open", [["gateway_url", "https://gw.example.com"], {}, true, "null", 0], "");
  count = 0;
  const headers = ["content-type", "application/json"];
  const read = call(onDemand, 0, "readBootstrap", ["https://cfg.example.com", 200, headers], answer);
  call(start, connector, "takeLayer", [true], read.values);
  const [layers, vouched] = call(start, connector, "exposeLayers", [], "");
  const { filled } = call(onDemand, 0, "review", [vouched, { bootstrap: read.names }], layers);
  call(start, connector, "takeFilled", [""], filled);
  const counted = count;
  start.core_free(connector);
  return counted;
}

const list = (entry, size) => `[${`${entry},`.repeat(size / (entry.length + 1))}5]`;

const SHAPES = {
  "one long token": (size) => `{"gateway_token":"${"x".repeat(size)}"}`,
  "many servers with templates": (size) => `{"gateway_token":"t","mcp_servers":${list('{"url":"{{gateway_token}}","headers":{"a":"{{gateway_token}}"}}', size)}}`,
  "nothing but opening braces": (size) => `{"gateway_url":"${"{{".repeat(size / 2)}"}`,
  "many templates that nobody sets": (size) => `{"gateway_url":"https://a.example/${"{{x}}".repeat(size / 5)}"}`,
  "one key again and again": (size) => `{${'"gateway_token":"a",'.repeat(size / 20)}"a":1}`,
  "many names of the prototype's": (size) => `{${'"__proto__":"{{x}}",'.repeat(size / 20)}"a":1}`,
  "many contents": (size) => `{"skills":${list('{"name":"a","content":"AAAA"}', size)}}`,
  "many statements": (size) => `{"access_policies":${list('{"effect":"deny","action":"x"}', size)}}`,
};

describe("ten times the bytes take ten times the steps", () => {
  for (const [shape, make] of Object.entries(SHAPES)) {
    test(shape, () => {
      const [few, many] = [20_000, 200_000].map((size) => steps(make(size)) / size);
      assert.ok(many <= few * LINEAR, `${few.toFixed(2)} steps a byte, then ${many.toFixed(2)}`);
    });
  }
});
