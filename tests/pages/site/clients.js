/** Clients of the Messages API on `connector.fetch`, and that by itself. */
import { describe, settled } from "./describe.js";
import { MODEL, open, paramsFor } from "./talk.js";

/** The AI SDK tries whether scripts may be made of text, which the page's policy would report. */
globalThis.__zod_globalConfig = { jitless: true };

const connected = async ({ settings }) => {
  const connector = await open({ storage: "memory" });
  await connector.connect(settings);
  return connector;
};

const tools = [{ name: "get_weather", description: "The weather", input_schema: { type: "object", properties: { city: { type: "string" } } } }];

/** What the SDK of that generation gets of everything that is served. */
export async function underSdk({ generation, ...how }) {
  const sdk = (await import("/vendor/clients.js"))[generation];
  const connector = await connected(how);
  const client = new sdk({ apiKey: "unused", fetch: connector.fetch, dangerouslyAllowBrowser: true, logLevel: "off" });
  const stream = client.messages.stream(paramsFor({ say: "count to 60" }));
  let deltas = "";
  stream.on("text", (delta) => (deltas += delta));
  const streamed = await stream.finalMessage();
  const whole = await client.messages.create(paramsFor({ say: "count to 60" }));
  const parts = [];
  const called = await client.messages
    .stream(paramsFor({ say: "get the weather", tools }))
    .on("inputJson", (part) => parts.push(part))
    .finalMessage();
  const { max_tokens: _, ...countable } = paramsFor();
  const models = [];
  for await (const { id } of client.models.list({ limit: 2 })) models.push(id);
  const refused = await settled(client.models.retrieve("nobody"));
  return {
    deltas,
    streamed,
    whole,
    input: called.content.find(({ type }) => type === "tool_use").input,
    parts,
    tokens: await client.messages.countTokens(countable),
    models,
    refused: refused.thrown instanceof sdk.NotFoundError,
  };
}

/** What it makes of a gateway that refuses; `type` is its own name for that. */
export async function refusedSdk({ generation, type, maxRetries, ...how }) {
  const sdk = (await import("/vendor/clients.js"))[generation];
  const { fetch } = await connected(how);
  const client = new sdk({ apiKey: "unused", fetch, maxRetries, dangerouslyAllowBrowser: true, logLevel: "off" });
  const { value, error, thrown } = await settled(client.messages.stream(paramsFor()).finalMessage());
  return { answered: value?.stop_reason ?? null, error, isOfType: Boolean(type) && thrown instanceof sdk[type] };
}

/** Calls an answer off in the middle of it. */
export async function abortedSdk({ generation, ...how }) {
  const sdk = (await import("/vendor/clients.js"))[generation];
  const { fetch } = await connected(how);
  const client = new sdk({ apiKey: "unused", fetch, dangerouslyAllowBrowser: true, logLevel: "off" });
  const stream = client.messages.stream(paramsFor({ say: "count to 2000" }));
  stream.on("text", () => stream.abort());
  const { thrown } = await settled(stream.finalMessage());
  return { isAbort: thrown instanceof sdk.APIUserAbortError };
}

/** What the AI SDK streams: text, and a tool's input. */
export async function underAiSdk(how) {
  const { createAnthropic, jsonSchema, streamText, tool } = await import("/vendor/clients.js");
  const { fetch } = await connected(how);
  const model = createAnthropic({ apiKey: "unused", fetch })(MODEL);
  const { text } = streamText({ model, prompt: "count to 60", maxOutputTokens: 4096, maxRetries: 0 });
  const [{ name, description, input_schema }] = tools;
  const weather = { [name]: tool({ description, inputSchema: jsonSchema(input_schema) }) };
  const { toolCalls } = streamText({ model, prompt: "get the weather", tools: weather, maxOutputTokens: 4096, maxRetries: 0 });
  const [call] = await toolCalls;
  return { text: await text, called: call.toolName, input: call.input };
}

/** The platform's own objects go in and come out. */
export async function plainFetch(how) {
  const { fetch } = await connected(how);
  const init = (say, others) => ({ method: "POST", body: JSON.stringify(paramsFor({ say, ...others })) });
  const bodies = {};
  for (const [name, body] of Object.entries({
    blob: new Blob([init("repeat after me: ö").body]),
    bytes: new TextEncoder().encode(init("repeat after me: ö").body),
    stream: new Blob([init("repeat after me: ö").body]).stream(),
  })) {
    const response = await fetch("/v1/messages", { method: "POST", body, duplex: "half" });
    bodies[name] = (await response.json()).content[0].text;
  }
  const request = new Request("/v1/messages", init("repeat after me: ö", { stream: true }));
  const response = await fetch(request);
  const { status, ok, url } = response;
  const [one, other] = [response.clone(), response];
  const texts = await Promise.all([one.text(), other.text()]);
  const controller = new AbortController();
  const endless = await fetch("/v1/messages", { ...init("count to 2000", { stream: true }), signal: controller.signal });
  const reader = endless.body.getReader();
  await reader.read();
  controller.abort("enough");
  const broken = [];
  for (const reading of [reader.read(), reader.closed]) broken.push(await reading.then(String, String));
  const refused = await settled(fetch("/v1/complete", init("")));
  return {
    bodies,
    status,
    ok,
    path: new URL(url).pathname,
    isResponse: response instanceof Response,
    alike: texts[0] === texts[1],
    events: texts[0].split("\n").filter((line) => line.startsWith("event: ")),
    broken,
    refused: describe(refused.thrown),
  };
}
