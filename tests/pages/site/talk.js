/** Connects, asks, and tells everything that a page could learn from it. */
import init, { Connector } from "/pkg/index.js";
import { describe, settled } from "./describe.js";

export const MODEL = "claude-haiku-5-5";

/** Parameters for the Messages API that say one thing, with whatever else is given. */
export function paramsFor({ say = "hello", ...others } = {}) {
  return { model: MODEL, max_tokens: 4096, messages: [{ role: "user", content: say }], ...others };
}

/** A fetch that never hears of being called off. */
export const deafFetch = (address, { signal: _, ...rest }) => fetch(address, rest);

/** Opens a connector; `deaf` gives it a fetch that ignores its signal. */
export async function open({ deaf, ...options } = {}) {
  await init();
  return Connector.open(deaf ? { ...options, fetch: deafFetch } : options);
}

/** What a connector shows of itself. */
export function visible(connector) {
  const { state, error, configuration, storage, models, confirmation } = connector;
  return { state, lastError: error && describe(error), configuration, storage, models, confirmation };
}

/** Opens a connector and connects it, and shows it after each step. */
export async function connect({ open: options, settings, connect: how }) {
  const connector = await open(options);
  const changes = [];
  connector.onChange((change) => changes.push(`${change} ${connector.state}`));
  const opened = visible(connector);
  const { error } = await settled(connector.connect(settings, how));
  return { opened, error, changes, ...visible(connector) };
}

/** `connect`, `refreshModels` and `test` on one connector. */
export async function testSettings({ open: options, settings, test }) {
  const connector = await open(options);
  if (settings) await connector.connect(settings);
  const { value: models, error } = await settled(connector.test(test));
  return { found: models ?? null, error, ...visible(connector) };
}

async function ready({ open: options, settings }) {
  const connector = await open(options);
  await connector.connect(settings);
  return connector;
}

/** A request's whole life: `call` is `stream`, `iterate`, `create`, `countTokens` or `prepare`. */
export async function ask({ call = "stream", params, request = {}, ...how }) {
  const connector = await ready(how);
  const asked = paramsFor(params);
  switch (call) {
    case "stream":
      return listen(connector.messages.stream(asked, request));
    case "iterate":
      return iterate(connector.messages.stream(asked, request));
    case "create":
      return outcome(settled(connector.messages.create(asked, request)));
    case "countTokens": {
      const { max_tokens: _, ...countable } = asked;
      return outcome(settled(connector.messages.countTokens(countable, request)));
    }
    case "prepare":
      return outcome(settled(connector.messages.prepare(asked, request)));
  }
}

async function outcome(promise) {
  const { value, error } = await promise;
  return { value: value ?? null, error };
}

/** What a stream tells its listeners, in order and added up. */
export async function listen(stream) {
  const told = [];
  const heard = { text: "", thinking: "", inputJson: "", retries: [], blocks: [], events: [], deltas: 0 };
  let consistent = true;
  const note = (name) => {
    if (told.at(-1) !== name) told.push(name);
  };
  stream
    .on("text", (delta, snapshot) => {
      note("text");
      heard.deltas += 1;
      heard.text += delta;
      consistent &&= snapshot.endsWith(delta);
    })
    .on("thinking", (delta, snapshot) => {
      note("thinking");
      heard.thinking += delta;
      consistent &&= snapshot.endsWith(delta);
    })
    .on("inputJson", (delta, snapshot) => {
      note("inputJson");
      heard.inputJson += delta;
      consistent &&= typeof snapshot === "object";
    })
    .on("streamEvent", (event) => heard.events.push(event.type))
    .on("contentBlock", (block) => {
      note("contentBlock");
      heard.blocks.push(block.type);
    })
    .on("message", () => note("message"))
    .on("retry", ({ attempt, delayMs, error }) => {
      note("retry");
      heard.retries.push({ attempt, delayMs, code: error.code, status: error.status ?? null });
    })
    .on("error", () => note("error"))
    .on("abort", () => note("abort"))
    .on("end", () => note("end"));
  const { value, error } = await settled(stream.finalMessage());
  const finalText = await settled(stream.finalText());
  // "end" is told after the promise has settled.
  await new Promise((resolve) => setTimeout(resolve));
  const { ended, aborted } = stream;
  // There is nothing left to stop.
  stream.abort();
  return {
    message: value ?? null,
    error,
    abortedLate: stream.aborted !== aborted,
    inputWhole: heard.inputJson === "" ? null : JSON.parse(heard.inputJson),
    finalText: finalText.value ?? null,
    current: stream.currentMessage ?? null,
    heard: { ...heard, told, consistent },
    ended,
    aborted,
  };
}

async function iterate(stream) {
  const events = [];
  let error;
  try {
    for await (const event of stream) events.push(event);
  } catch (thrown) {
    error = describe(thrown);
  }
  const final = await settled(stream.finalMessage());
  return { events, error, message: final.value ?? null, finalError: final.error, again: await late(stream) };
}

/** What a loop over a stream that has ended gets: no event, and the error if there was one. */
async function late(stream) {
  const events = [];
  try {
    for await (const event of stream) events.push(event);
    return { events };
  } catch (error) {
    return { events, error: describe(error) };
  }
}

/** Leaves the loop over a stream's events after the first that brings text. */
export async function leaveEarly({ params, ...how }) {
  const connector = await ready(how);
  const stream = connector.messages.stream(paramsFor(params));
  let seen = 0;
  for await (const event of stream) {
    seen += 1;
    if (event.type === "content_block_delta") break;
  }
  const { error } = await settled(stream.finalMessage());
  return { seen, error, aborted: stream.aborted, ended: stream.ended };
}

/** Two answers at once over one connector. */
export async function askTwice({ first, second, ...how }) {
  const connector = await ready(how);
  const [one, two] = await Promise.all(
    [first, second].map((params) => listen(connector.messages.stream(paramsFor(params)))),
  );
  return { one, two };
}

/** Frees the connector while an answer arrives. */
export async function freeWhileAnswering({ params, ...how }) {
  const connector = await ready(how);
  const stream = connector.messages.stream(paramsFor(params));
  await new Promise((resolve) => stream.once("text", resolve));
  connector.free();
  connector.free();
  const { error } = await settled(stream.finalMessage());
  const after = await settled((async () => connector.state)());
  return { error, after: after.error, intervals: globalThis.instruments.runningIntervals() };
}

/** The models after a list was read anew. */
export async function refresh(how) {
  const connector = await ready(how);
  const before = connector.models;
  const { value, error } = await settled(connector.refreshModels());
  return { before, after: value ?? null, error };
}

/** A plain request of the page's own, with everything that the package leaves out. */
export async function careless({ address }) {
  await fetch(address, { credentials: "include", mode: "no-cors" }).catch(() => {});
}
