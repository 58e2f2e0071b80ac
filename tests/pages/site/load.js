/** Much at once and much in a row: what it costs and what is left behind. */
import { settled } from "./describe.js";
import { counted, runningIntervals, wasmBytes } from "./instruments.js";
import { open, paramsFor } from "./talk.js";

/** One very long answer. */
export async function longAnswer({ open: options, settings, way }) {
  const connector = await open(options);
  await connector.connect(settings);
  const before = wasmBytes();
  const stream = connector.messages.stream(paramsFor());
  let deltas = 0;
  let characters = 0;
  let most = before;
  const watch = () => {
    most = Math.max(most, wasmBytes());
  };
  if (way === "iterate") {
    for await (const event of stream) {
      if (event.type !== "content_block_delta") continue;
      deltas += 1;
      characters += event.delta.text.length;
      if (deltas % 1024 === 0) watch();
    }
  } else {
    stream.on("text", (delta) => {
      deltas += 1;
      characters += delta.length;
      if (deltas % 1024 === 0) watch();
    });
  }
  const message = await stream.finalMessage();
  watch();
  return { before, most, deltas, characters, length: message.content[0].text.length, stop: message.stop_reason };
}

/** Opens answers and calls each off at a moment of its own, several at a time, all with one signal's help. */
export async function openAndAbort({ open: options, settings, cycles, lanes }) {
  const connector = await open(options);
  await connector.connect(settings);
  const shared = counted(new AbortController().signal);
  const wrong = [];
  let done = 0;
  let afterWarmUp;
  const moments = ["at once", "soon", "first event", "first text"];

  async function cycle(number) {
    const moment = moments[number % moments.length];
    const stream = connector.messages.stream(paramsFor({ say: "count to 500" }), { signal: shared });
    const reason = new Error(`cycle ${number}`);
    const stop = () => stream.abort(reason);
    if (moment === "at once") stop();
    if (moment === "soon") setTimeout(stop);
    if (moment === "first event") stream.once("streamEvent", stop);
    if (moment === "first text") stream.once("text", stop);
    const { thrown } = await settled(stream.finalMessage());
    // Called off before it began, a stream has nothing to stop but still ends.
    if (thrown !== reason) wrong.push(`${number} ${moment}: ${thrown}`);
    done += 1;
    if (done === Math.floor(cycles / 10)) afterWarmUp = wasmBytes();
  }

  let next = 0;
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      while (next < cycles) await cycle(next++);
    }),
  );
  // One more answer, whole: nothing is used up.
  const { value, error } = await settled(connector.messages.create(paramsFor({ say: "repeat after me: still here" })));
  return {
    done,
    wrong: wrong.slice(0, 10),
    afterWarmUp,
    atEnd: wasmBytes(),
    listeners: shared.listenerCount,
    intervals: runningIntervals(),
    last: value?.content[0].text ?? error,
  };
}

/** Opens and frees connectors. */
export async function openAndFree({ cycles }) {
  const listeners = [];
  const { addEventListener, removeEventListener } = globalThis;
  globalThis.addEventListener = (type, listener) => {
    if (type === "storage") listeners.push(listener);
    addEventListener.call(globalThis, type, listener);
  };
  globalThis.removeEventListener = (type, listener) => {
    if (listeners.includes(listener)) listeners.splice(listeners.indexOf(listener), 1);
    removeEventListener.call(globalThis, type, listener);
  };
  let afterWarmUp;
  for (let number = 0; number < cycles; number += 1) {
    const connector = await open({ storage: "memory", parameters: { gateway_url: "https://gateway.example" } });
    connector.onChange(() => {});
    connector.free();
    if (number === Math.floor(cycles / 10)) afterWarmUp = wasmBytes();
  }
  return { afterWarmUp, atEnd: wasmBytes(), listeners: listeners.length };
}
