/**
 * Drives a diagnosis: does what the module asks for next, and tells it what a
 * page gets to see of that. What it means is the module's to say
 * (`src/diagnosis/`).
 */
import { Call } from "./call.js";
import { CoreObject } from "./core.js";
import { isConnectorError } from "./error.js";
import { send } from "./exchange.js";
import { MessageStream } from "./message_stream.js";
import { Operation, Unanswered } from "./operation.js";

/** How long the browser may take to say that it was the page's policy, after a fetch was refused. */
const POLICY_MS = 50;

/**
 * Runs until all is known. `core` calls the connector's operations, `findModel`
 * gives the first model's id, `tell` hears of each step.
 */
export async function diagnose(core, { host, operation, findModel, tell }) {
  let next;
  while ((next = core("next")) !== undefined) {
    tell(core("diagnosis"));
    const began = performance.now();
    const done = (word, ...found) => core(word, [Math.round(performance.now() - began), ...found]);
    if (next.probe) {
      done("probed", ...(await see(next.probe, host, operation)));
    } else if (next.ask) {
      done("answered", ...(await ask(core, next.ask, host, operation)));
    } else {
      done("found", ...(await refusedOr(operation, findModel)));
    }
  }
  const diagnosis = core("diagnosis");
  tell(diagnosis);
  return diagnosis;
}

/** What makes a difference and only the page can look up: `[isolated, localNetwork]`. */
export async function environment() {
  let state;
  try {
    ({ state } = await navigator.permissions.query({ name: "local-network-access" }));
  } catch {
    // The engine has no such permission.
  }
  return [globalThis.crossOriginIsolated === true, state];
}

/** What is left of an error for the module; what isn't the package's is thrown on. */
export function refusalOf(error) {
  if (!isConnectorError(error)) throw error;
  const { code, message, status, requestId, hint } = error;
  return [code, message, status, requestId, hint?.id, hint?.params.url];
}

/** Sends a probe. Each has an operation of its own, which a wait that runs out uses up. */
async function see(request, { fetch, timeouts }, operation) {
  const own = new Operation(operation.signal);
  const { origin } = new URL(request.url);
  let policy = false;
  const listener = (event) => (policy ||= event.disposition !== "report" && event.blockedURI.startsWith(origin));
  globalThis.document?.addEventListener("securitypolicyviolation", listener);
  try {
    const response = await send(fetch, request, own, timeouts.controlMs);
    response.body?.cancel().catch(() => {});
    return ["answer", response.status, response.headers.get("content-type")];
  } catch (cause) {
    if (operation.cause) throw operation.cause;
    if (!(cause instanceof Unanswered)) throw cause;
    if (cause.word === "network") await new Promise((resolve) => setTimeout(resolve, POLICY_MS));
    return [policy ? "policy" : cause.word];
  } finally {
    globalThis.document?.removeEventListener("securitypolicyviolation", listener);
    own.close();
  }
}

/** Sends the one message, and measures how its answer arrives. */
async function ask(core, model, host, operation) {
  let [contentType, events, firstMs, lastMs] = ["", 0, 0, 0];
  const began = performance.now();
  const { controlMs } = host.timeouts;
  const timed = {
    ...host,
    timeouts: { idleMs: controlMs },
    async fetch(...request) {
      const response = await host.fetch(...request);
      contentType = response?.headers?.get("content-type");
      return response;
    },
  };
  // A model thinks longer than a list takes.
  const call = new Call(timed, new CoreObject(core("ask", [model])), { firstByteMs: 2 * controlMs, signal: operation.signal });
  const stream = new MessageStream(() => call);
  stream.on("streamEvent", ({ type }) => {
    if (type !== "content_block_delta") return;
    lastMs = Math.round(performance.now() - began);
    firstMs ||= lastMs;
    events += 1;
  });
  const [refusal] = await refusedOr(operation, () => stream.finalMessage());
  return [refusal, contentType, events, firstMs, lastMs];
}

/** `[refusal]` or `[undefined, value]`; the page's own reason where it called the diagnosis off. */
async function refusedOr(operation, attempt) {
  try {
    return [undefined, await attempt()];
  } catch (error) {
    if (operation.cause) throw operation.cause;
    return [refusalOf(error)];
  }
}
