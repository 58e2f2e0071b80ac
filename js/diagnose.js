/**
 * Drives a diagnosis: does what the module asks for next, and tells it what a
 * page gets to see of that. What it means is the module's to say
 * (`src/diagnosis/`).
 */
import { Call } from "./call.js";
import { CoreObject } from "./core.js";
import { connectorError, hint, isConnectorError } from "./error.js";
import { send } from "./exchange.js";
import { MessageStream } from "./message_stream.js";
import { Operation, Unanswered, abortError } from "./operation.js";

/** How long the browser may take to say that it was the page's policy, after a fetch was refused. */
const POLICY_MS = 50;

/**
 * Runs until all is known. `call` calls the connector's operations, `obtain`
 * gets what opens the provider, `firstModel` finds the models and gives the first one's id, `tell` hears of
 * each step, `about` is what else the page is told.
 */
export async function diagnose(call, { host, operation, obtain, firstModel, tell, about }) {
  for (;;) {
    const present = call("diagnosis");
    if (!present) throw abortError("The connection was changed meanwhile.");
    const { probe, obtainAccess, findModels, ask, ...found } = present;
    const diagnosis = { ...found, ...about };
    tell(diagnosis);
    if (!probe && !obtainAccess && !findModels && !ask) return diagnosis;
    const began = performance.now();
    const since = () => Math.round(performance.now() - began);
    let came;
    try {
      if (probe) came = [await see(probe, host, operation)];
      else if (ask) came = await askModel(new CoreObject(call("ask", [ask])), host, operation, about);
      else if (obtainAccess) came = await obtained(obtain, operation);
      else came = [await firstModel()];
      came = [undefined, ...came];
    } catch (error) {
      if (operation.cause) throw operation.cause;
      came = [refusalOf(error), "", about.arrival?.events];
      about.failure = error;
    }
    call("handled", [since(), ...came]);
  }
}

/** The browser's permission to reach the local network, where it has one. */
export async function localNetwork() {
  try {
    return (await navigator.permissions.query({ name: "local-network-access" })).state;
  } catch {
    return undefined;
  }
}

/** What is left of an error for the module; what isn't the package's is thrown on. */
export function refusalOf(error) {
  if (!isConnectorError(error)) throw error;
  const { code, message, status, requestId, hint } = error;
  return [code, message, status, requestId, hint?.id];
}

/** Gets what opens the provider. What the page's own `getToken` throws is not for a report. */
async function obtained(obtain, operation) {
  try {
    await obtain();
  } catch (cause) {
    if (operation.cause || isConnectorError(cause)) throw cause;
    throw connectorError("sign-in-required", "getToken failed", {
      cause,
      hint: hint("sign-in-again", "user", "Sign in again. Whether getToken can issue such a token is the developer’s to check."),
    });
  }
  return [];
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
    return response.ok && /^text\/html/i.test(response.headers.get("content-type")) ? "web-page" : "answer";
  } catch (cause) {
    if (operation.cause) throw operation.cause;
    if (!(cause instanceof Unanswered)) throw cause;
    if (cause.word === "network") await new Promise((resolve) => setTimeout(resolve, POLICY_MS));
    return policy ? "policy" : cause.word;
  } finally {
    globalThis.document?.removeEventListener("securitypolicyviolation", listener);
    own.close();
  }
}

/** Sends the one message, and measures how its answer arrives. */
async function askModel(core, host, { signal }, about) {
  let sent = 0;
  const since = () => Math.round(performance.now() - sent);
  const arrival = (about.arrival = { events: 0 });
  const { controlMs } = host.timeouts;
  const timed = {
    ...host,
    timeouts: { idleMs: controlMs },
    async fetch(...request) {
      // What opens the provider may have been renewed before; that is no wait for the answer.
      sent = performance.now();
      const response = await host.fetch(...request);
      arrival.contentType = response?.headers?.get("content-type");
      return response;
    },
  };
  // A model thinks longer than a list takes.
  const stream = new MessageStream(() => new Call(timed, core, { firstByteMs: 2 * controlMs, signal }));
  stream.on("streamEvent", ({ type }) => {
    if (type !== "content_block_delta") return;
    arrival.events += 1;
    arrival.lastMs = since();
    arrival.firstMs ??= arrival.lastMs;
  });
  await stream.finalMessage();
  return [arrival.contentType, arrival.events, arrival.firstMs, arrival.lastMs];
}
