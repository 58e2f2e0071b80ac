// The staged package and the fixtures, for the tests beside this file.

import { readFileSync, readdirSync } from "node:fs";

/** Where the build laid the module and its scripts together. */
export const stage = new URL(`${process.env.STAGE ?? "../../target/stage"}/`, import.meta.url);
const fixtures = new URL("../fixtures/", import.meta.url);

export const loader = await import(new URL("loader.js", stage));
export const { SseDecoder } = await import(new URL("sse_decoder.js", stage));
export const { MessageDecoder } = await import(new URL("message_decoder.js", stage));
export const { EventStreamDecoder } = await import(new URL("event_stream_decoder.js", stage));
export const { PartialJson } = await import(new URL("partial_json.js", stage));
export const moduleBytes = readFileSync(process.env.MODULE ?? new URL("taskpane_connector_bg.wasm", stage));

export const onDemandBytes = readFileSync(new URL("taskpane_connector_on_demand_bg.wasm", stage));

export const bytes = (text) => new TextEncoder().encode(text);

/** A folder's streams, each with what its `.json` expects. */
function cases(folder) {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".sse"))
    .map((file) => ({
      name: file.slice(0, -4),
      stream: new Uint8Array(readFileSync(new URL(file, folder))),
      expected: JSON.parse(readFileSync(new URL(`${file.slice(0, -4)}.json`, folder))),
    }));
}

/** Frames by file, and the answers in frames. */
export function frameCases() {
  const folder = new URL("event-stream/", fixtures);
  return Object.entries(JSON.parse(readFileSync(new URL("frames.json", folder)))).map(([name, expected]) => ({
    name,
    stream: new Uint8Array(readFileSync(new URL(name, folder))),
    expected,
  }));
}

export function framedMessageCases() {
  const folder = new URL("event-stream/messages/", fixtures);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".bin"))
    .map((file) => ({
      name: file.slice(0, -4),
      stream: new Uint8Array(readFileSync(new URL(file, folder))),
      expected: JSON.parse(readFileSync(new URL(`${file.slice(0, -4)}.json`, folder))),
    }));
}

export const eventSourceCases = () =>
  ["wpt", "eventsource-parser", "own"].flatMap((origin) =>
    cases(new URL(`event-source/${origin}/`, fixtures)).map((one) => ({ ...one, name: `${origin}/${one.name}` })),
  );

export const streamCases = () => cases(new URL("streams/", fixtures));

export const partialJsonCases = () => JSON.parse(readFileSync(new URL("json/partial.json", fixtures))).cases;

export function pieces(stream, size) {
  const all = [];
  for (let at = 0; at < stream.length; at += size) all.push(stream.subarray(at, at + size));
  return all;
}

/** Whole, byte by byte, some sizes, and every way to cut it once. */
export function* splits(stream) {
  yield [stream];
  for (const size of [1, 2, 3, 7, 64, 500]) yield pieces(stream, size);
  yield pieces(stream, 5).flatMap((piece) => [new Uint8Array(0), piece]);
  for (let at = 1; at < stream.length; at += 1) yield [stream.subarray(0, at), stream.subarray(at)];
}

/** What was thrown. */
export function thrown(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
