/**
 * Drives a diagnosis: does what the module asks for next, and tells it what a
 * page gets to see of that. What it means is the module's to say
 * (`src/diagnosis/`).
 */
import { Call } from "./call.js";
import { CoreObject, callOnDemand } from "./core.js";
import { connectorError, hint, isConnectorError, refusalOf } from "./error.js";
import { send } from "./exchange.js";
import { onDemand } from "./loader.js";
import { MessageStream } from "./message_stream.js";
import { CalledOff, Operation, Unanswered } from "./operation.js";
import { Watch } from "./patience.js";

/** How many times as long as a list may take a message may be without content, however many pings come. */
const PATIENCE = 4;

/** How long the browser may take to say that it was the page's policy, after a fetch was refused. */
const POLICY_MS = 50;

/**
 * Runs until all is known. `call` calls the connector's operations; `plan` plans
 * the discovery of what is in force, or of what is to be; `discover` carries it
 * out; `tell` hears of each step.
 */
export async function diagnose({ host, operation, call, plan, discover, tell }) {
  const about = { ...(await operation.orStopped(localNetwork())) };
  if (operation.cause) throw operation.cause;
  let discovery;
  try {
    discovery = await plan();
  } catch (error) {
    if (operation.cause) throw operation.cause;
    // The page is to ask the user first.
    if (error.hint?.id === "confirm-host") throw error;
    about.failure = error;
  }
  const endpoint = about.failure && unreadEndpoint(about.failure, call);
  const { target = endpoint, model, vouched } = call("diagnose", [discovery?.number]);
  const page = [globalThis.location?.origin ?? "null", globalThis.crossOriginIsolated, about.localNetwork, about.loopbackNetwork];
  const refusal = about.failure && refusalOf(about.failure);
  const others = [call("allowlist"), host.tokens.isOwn, vouched, host.endpoints];
  const diagnosis = new CoreObject(callOnDemand("openDiagnosis", [target, model, ...page, refusal, ...others]), onDemand);
  const steps = {
    probe: async (probe) => [await see(probe, host, operation, about)],
    probeHosts: async (probes) => [(await Promise.all(probes.map((probe) => see(probe, host, operation, about)))).join(" ")],
    obtainAccess: () => obtained(() => host.access.obtainedFor(discovery, operation, false), operation),
    findModels: async () => {
      await discover();
      return [discovery.call("describeModels")[0].id];
    },
    ask: (asked) => askModel(new CoreObject(call("ask", [asked])), host, operation, about),
  };
  try {
    return await run(diagnosis, steps, operation, about, tell);
  } finally {
    diagnosis.free();
  }
}

/** Does one step after the other. */
async function run(core, steps, operation, about, tell) {
  for (;;) {
    const { probe, obtainAccess, findModels, ask, probeHosts, ...found } = core.call("diagnosis");
    const diagnosis = { ...found, ...about };
    tell(diagnosis);
    // Whoever was told may have changed the connection.
    if (operation.cause) throw operation.cause;
    const [name, given] = Object.entries({ probe, obtainAccess, findModels, ask, probeHosts }).find(([, value]) => value) ?? [];
    if (!name) return diagnosis;
    const began = performance.now();
    let came;
    try {
      came = [undefined, ...(await steps[name](given))];
    } catch (error) {
      if (operation.cause) throw operation.cause;
      came = [refusalOf(error), "", about.arrival?.events];
      about.failure = error;
    }
    core.call("handled", [Math.round(performance.now() - began), ...came]);
  }
}

/** The bootstrap endpoint, where it is what gave no answer that could be read. */
function unreadEndpoint({ code, hint: told }, call) {
  if (code !== "unreachable") return undefined;
  const { url, withToken } = call("renewedLayer") ?? {};
  if (!url || new URL(url).host !== told?.params?.host) return undefined;
  return callOnDemand("bootstrapTarget", [url, withToken]);
}

/**
 * The browser's permission to reach the local network, and this computer, where
 * it has one: Chromium has two since version 145, and one for both before.
 */
async function localNetwork() {
  const state = async (name) => {
    try {
      return (await navigator.permissions.query({ name })).state;
    } catch {
      return undefined;
    }
  };
  const [both, network, computer] = await Promise.all(["local-network-access", "local-network", "loopback-network"].map(state));
  return { localNetwork: network ?? both, loopbackNetwork: computer ?? both };
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
async function see(request, { fetch, timeouts }, operation, about) {
  const own = new Operation(operation.signal);
  const { origin } = new URL(request.url);
  let policy = false;
  const listener = ({ disposition, blockedURI, originalPolicy }) => {
    if (disposition === "report" || !blockedURI.startsWith(origin)) return;
    policy = true;
    about.policy = connectSources(originalPolicy);
  };
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
    // What can't be read can't be cancelled either, and may be long.
    own.stop(new CalledOff());
  }
}

/** What a policy lets a page connect to, as sources. */
function connectSources(policy) {
  const directives = policy.split(";").map((directive) => directive.trim().split(/\s+/));
  const [, ...sources] = directives.find(([name]) => name === "connect-src") ?? directives.find(([name]) => name === "default-src") ?? [];
  return sources.filter((source) => source !== "'none'").join(" ");
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
  const own = new Operation(signal);
  const watch = new Watch(own, "idle", PATIENCE * controlMs);
  // A model thinks longer than a list takes.
  const stream = new MessageStream(() => new Call(timed, core, { firstByteMs: 2 * controlMs, signal }));
  stream.on("streamEvent", ({ type }) => {
    if (type !== "content_block_delta") return;
    arrival.events += 1;
    arrival.lastMs = since();
    arrival.firstMs ??= arrival.lastMs;
    watch.heard();
  });
  try {
    await own.orStopped(stream.finalMessage());
    if (own.cause instanceof Unanswered) throw connectorError("timeout", "the answer arrives without content", { retryable: true });
    if (own.cause) throw own.cause;
  } finally {
    watch.close();
    own.close();
    stream.abort();
  }
  return [arrival.contentType, arrival.events, arrival.firstMs, arrival.lastMs];
}
