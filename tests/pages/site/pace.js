/**
 * What a pane's user notices: how long the page takes until messages can be
 * sent, and how long an answer keeps it from anything else.
 *
 * Times are in ms since the navigation began.
 */
import init, { Connector } from "/pkg/index.js";
import { settled } from "./describe.js";
import { paramsFor } from "./talk.js";

const asked = new URLSearchParams(location.search);
const settings = { gateway_url: asked.get("gateway"), gateway_token: asked.get("token") };

async function start() {
  const script = performance.now();
  await init();
  const started = performance.now();
  const connector = await Connector.open({ storage: "memory" });
  const opened = performance.now();
  await connector.connect(settings);
  const ready = performance.now();
  connector.free();
  const files = performance.getEntriesByType("resource").filter(({ name }) => name.includes("/pkg/"));
  // What came out of the cache was only asked after: a head, no body.
  const transferred = files.map(({ transferSize }) => transferSize);
  return { script, started, opened, ready, transferred };
}

/** The longest time in which the page's thread took no other task, and the engine's own long tasks where it tells them. */
function watch() {
  const longTasks = [];
  // Those of connecting are told late: this gateway's answers have their length whatever is asked for.
  const from = performance.now();
  const tells = PerformanceObserver.supportedEntryTypes.includes("longtask");
  const observer = new PerformanceObserver((list) => {
    const since = list.getEntries().filter(({ startTime }) => startTime >= from);
    longTasks.push(...since.map(({ duration }) => duration));
  });
  if (tells) observer.observe({ type: "longtask" });
  const { port1, port2 } = new MessageChannel();
  let gap = 0;
  let last = performance.now();
  let tasks = 0;
  let on = true;
  port1.onmessage = () => {
    const now = performance.now();
    gap = Math.max(gap, now - last);
    last = now;
    tasks += 1;
    if (on) port2.postMessage(null);
  };
  port2.postMessage(null);
  return async () => {
    // What has ended is told a little later.
    await new Promise((resolve) => setTimeout(resolve, 200));
    on = false;
    observer.disconnect();
    port1.close();
    return { gapMs: gap, tasks, longTasks: tells ? longTasks : null };
  };
}

/** Nothing but watching, for as long: what the machine does to a page that does nothing. */
async function idle(ms) {
  const stop = watch();
  await new Promise((resolve) => setTimeout(resolve, ms));
  return stop();
}

/** An answer as fast as it comes. Showing it is another matter, and the page's own. */
async function stream() {
  const connector = await Connector.open({ storage: "memory" });
  await connector.connect({ ...settings, gateway_url: asked.get("long") });
  const stop = watch();
  const began = performance.now();
  let pieces = 0;
  const listened = connector.messages.stream(paramsFor()).on("text", () => (pieces += 1));
  const { value, error } = await settled(listened.finalMessage());
  const tookMs = performance.now() - began;
  const busy = await stop();
  if (error) throw new Error(error.message);
  connector.free();
  return { ...busy, tookMs, pieces, characters: value.content[0].text.length };
}

globalThis.pace = { start: start().then(JSON.stringify), stream: () => stream().then(JSON.stringify), idle: (ms) => idle(ms).then(JSON.stringify) };
