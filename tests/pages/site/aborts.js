/** Calls things off at every moment. */
import { settled } from "./describe.js";
import { counted, runningIntervals } from "./instruments.js";
import { listen, open, paramsFor } from "./talk.js";

const reasons = {
  default: undefined,
  text: "the user left",
  object: { why: "the user left" },
  error: new RangeError("the user left"),
  nothing: null,
};

/** Whether what was thrown is what the page gave as its reason. */
function isReason(thrown, given, signal) {
  if (given === undefined) return thrown === signal.reason || (thrown?.name === "AbortError" && thrown instanceof DOMException);
  return Object.is(thrown, given);
}

/**
 * Calls an answer off: `at` is `before`, `start` (at once), `text`, `retry`
 * (while it waits to be sent again), or `later`: `callOff` does it then.
 */
export async function abortAnswer({ at, reason = "default", through = "signal", call = "stream", params, open: options, settings }) {
  const connector = await open(options);
  await connector.connect(settings);
  const controller = new AbortController();
  const signal = counted(controller.signal);
  const given = reasons[reason];
  const stop = () => (through === "signal" ? controller.abort(given) : stream.abort(given));
  if (at === "before") stop();
  const stream = call === "stream" ? connector.messages.stream(paramsFor(params), { signal }) : undefined;
  const whole = stream
    ? undefined
    : settled(call === "create" ? connector.messages.create(paramsFor(params), { signal }) : connector.messages.countTokens(countable(params), { signal }));
  let text = "";
  stream?.on("text", (delta) => {
    text += delta;
    if (at === "text") stop();
  });
  stream?.on("retry", () => {
    if (at === "retry") setTimeout(stop);
  });
  if (at === "start") stop();
  const told = async () => {
    const { thrown, value } = stream ? await settled(stream.finalMessage()) : await whole;
    if (stream) await new Promise((resolve) => setTimeout(resolve));
    return {
      answered: value !== undefined,
      isReason: isReason(thrown, given, controller.signal),
      thrown: String(thrown),
      text,
      current: stream?.currentMessage ?? null,
      aborted: stream?.aborted ?? null,
      ended: stream?.ended ?? null,
      listeners: signal.listenerCount,
      intervals: runningIntervals(),
      // The connector goes on.
      state: connector.state,
    };
  };
  if (at !== "later") return told();
  globalThis.underWay = { stop, told: told() };
}

/** Calls off what `abortAnswer` left under way. */
export function callOff() {
  const { stop, told } = globalThis.underWay;
  stop();
  return told;
}

function countable(params) {
  const { max_tokens: _, ...rest } = paramsFor(params);
  return rest;
}

/** Calls `connect` off while the gateway is silent. */
export async function abortConnect({ open: options, settings, reason = "text" }) {
  const connector = await open(options);
  const controller = new AbortController();
  const signal = counted(controller.signal);
  const connecting = settled(connector.connect(settings, { signal }));
  const during = connector.state;
  setTimeout(() => controller.abort(reasons[reason]));
  const { thrown } = await connecting;
  return {
    during,
    isReason: isReason(thrown, reasons[reason], signal),
    thrown: String(thrown),
    state: connector.state,
    listeners: signal.listenerCount,
    intervals: runningIntervals(),
  };
}

/** A second `connect` takes over from the first. */
export async function connectTwice({ open: options, first, second }) {
  const connector = await open(options);
  const one = settled(connector.connect(first));
  const two = settled(connector.connect(second));
  const [former, latter] = [await one, await two];
  return { former: former.thrown?.name, latter: latter.error ?? null, state: connector.state, url: connector.configuration.values.gateway_url.value };
}

/** Stops by `stream.abort`, by freeing or by signing out while the first words are there. */
export async function stopBy({ how, params, open: options, settings }) {
  const connector = await open(options);
  await connector.connect(settings);
  const stream = connector.messages.stream(paramsFor(params));
  const heard = listen(stream);
  await new Promise((resolve) => stream.once("text", resolve));
  if (how === "signOut") await connector.signOut();
  if (how === "stream.abort") stream.abort();
  if (how === "free") connector.free();
  return { ...(await heard), intervals: runningIntervals() };
}
