/** Starting the module: early, twice, from wrong places, afresh. */
import init, { Connector, MessageDecoder, SseDecoder, initSync, isConnectorError, version } from "/pkg/index.js";
import { caught, settled } from "./describe.js";

const MODULE = "/pkg/taskpane_connector_bg.wasm";

/** Each way into the package before `init`. */
export async function tooEarly() {
  const open = await settled(Connector.open());
  return {
    version,
    open: open.error,
    sseDecoder: caught(() => new SseDecoder()),
    messageDecoder: caught(() => new MessageDecoder("text/event-stream")),
    recognises: isConnectorError(open.thrown),
    recognisesOthers: isConnectorError(new Error("other")),
  };
}

export async function startTwice() {
  const [first, second] = [init(), init()];
  const value = await first;
  await Promise.all([second, init()]);
  initSync(new Uint8Array());
  const connector = await Connector.open();
  return { one: first === second, value: value ?? null, state: connector.state };
}

const sources = {
  "wrong address": () => "/pkg/no-such.wasm",
  "web page": () => "/package.html",
  "empty bytes": () => new Uint8Array(),
  "refused connection": () => "http://127.0.0.1:9/module.wasm",
  "bytes": () => fetch(MODULE).then((response) => response.arrayBuffer()),
  "address": () => MODULE,
  "URL": () => new URL(MODULE, location.href),
  "Response": () => fetch(MODULE),
  "promised Response": async () => fetch(MODULE),
  "compiled module": async () => WebAssembly.compile(await (await fetch(MODULE)).arrayBuffer()),
};

/** Starts from a source that may be unusable, and then properly. */
export async function startFrom({ source }) {
  const given = sources[source]();
  // A promise of a Response is a source of its own.
  const first = await settled(init(source === "promised Response" ? given : await given));
  const early = await settled(Connector.open());
  const then = await settled(init());
  const connector = await Connector.open();
  return { error: first.error, earlyError: early.error, thenError: then.error, state: connector.state };
}

export async function startFromBytesAtOnce() {
  const bytes = await (await fetch(MODULE)).arrayBuffer();
  const wrong = caught(() => initSync(new Uint8Array([0, 1, 2])));
  initSync(bytes);
  return { wrong, state: (await Connector.open()).state };
}

/** What `describe` says of the arguments that nobody can make sense of. */
export async function nonsense() {
  await init();
  const connector = await Connector.open({ storage: "memory" });
  const errors = {
    notConnected: await settled(connector.messages.create({ model: "m", max_tokens: 1, messages: [] })),
    badTimeout: await settled(Connector.open({ timeouts: { idleMs: "soon" } })),
    badRetries: await settled(Connector.open({ maxRetries: -1 })),
    noUrl: await settled(connector.connect({ gateway_token: "x" })),
    noToken: await settled(connector.connect({ gateway_url: "https://gateway.example" })),
  };
  return Object.fromEntries(Object.entries(errors).map(([name, { error }]) => [name, error ?? null]));
}
