// Options that a page passes on as it was given them: undefined is as good as absent.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { hello, helloEvents } from "./hello.mjs";
import { CLIENT_ID, Host } from "./host.mjs";
import { EventStreamDecoder, MessageDecoder, SseDecoder, bytes, loader, moduleBytes, stage } from "./support.mjs";
import { MODEL, SHAPES, Upstream, json, sse, sseText } from "./upstream.mjs";

const { Connector } = await import(new URL("connector.js", stage));
const { NestedAppAuth } = await import(new URL("nested_app_auth.js", stage));
const { signAwsRequest } = await import(new URL("aws_request.js", stage));

before(() => loader.init(moduleBytes));

const undefinedBy = (...names) => Object.fromEntries(names.map((name) => [name, undefined]));

const OPEN = undefinedBy(
  ...["parameters", "partitionKey", "storage", "hostOrigins", "maxRetries", "app", "endpoints", "bridge", "redirectUri", "startUrl"],
  ...["openDialog", "clientId", "authority", "account"],
);
const TIMEOUTS = undefinedBy("firstByteMs", "idleMs", "controlMs", "storageMs");
const LIMITS = undefinedBy("maxEventBytes", "maxResponseBytes", "maxBootstrapBytes", "maxSkillBytes");
const CALL = undefinedBy("signal", "betas");

test("a connector and its calls", async () => {
  const upstream = new Upstream();
  const options = { ...OPEN, timeouts: TIMEOUTS, limits: LIMITS };
  const { connector, model } = await upstream.ready(Connector, SHAPES["a gateway"], options);
  const params = { ...undefinedBy("system", "tools", "temperature", "stop_sequences"), model, max_tokens: 10, messages: [{ role: "user", content: "Hi" }] };
  upstream.answer = () => json(hello(model));
  assert.deepEqual(await connector.messages.create(params, CALL), hello(model));
  assert.deepEqual(Object.keys(JSON.parse(upstream.sent[0].body)), ["model", "max_tokens", "messages"]);
  upstream.answer = () => sse(sseText(helloEvents(model)));
  assert.deepEqual(await connector.messages.stream(params, CALL).finalMessage(), hello(model));
  upstream.answer = () => json({ input_tokens: 3 });
  assert.deepEqual(await connector.messages.countTokens({ model, messages: params.messages }, CALL), { input_tokens: 3 });
  const { method } = await connector.messages.prepare(params, undefinedBy("stream", "betas"));
  assert.equal(method, "POST");
  assert.ok((await connector.refreshModels(undefinedBy("signal"))).some(({ id }) => id === MODEL));
  upstream.answer = () => json(hello(model));
  assert.ok((await connector.test(SHAPES["a gateway"].settings, undefinedBy("signal", "confirm"))).length > 0);
  upstream.answer = () => sse(sseText(helloEvents(model)));
  assert.equal(typeof (await connector.diagnose(undefinedBy("settings", "confirm", "signal", "onProgress"))).passed, "boolean");
  await connector.connect(undefined, undefinedBy("interactive", "confirm", "signal"));
  const response = await connector.fetch("/v1/models", undefinedBy("method", "headers", "body", "signal"));
  assert.equal(response.status, 200);
  connector.free();
});

test("settings that the user left empty", async () => {
  const upstream = new Upstream();
  const settings = { ...SHAPES["a gateway"].settings, ...undefinedBy("gateway_auth_header", "inference_headers", "model") };
  const { connector } = await upstream.ready(Connector, { settings });
  assert.equal(connector.state, "ready");
  connector.free();
});

test("decoders", () => {
  const limits = undefinedBy("maxEventBytes", "maxMessageBytes", "maxHeaderBytes");
  assert.equal(new SseDecoder(limits).push(bytes("data: 1\n\n")).length, 1);
  assert.deepEqual(new EventStreamDecoder(limits).push(new Uint8Array()), []);
  const decoder = new MessageDecoder("text/event-stream", limits);
  decoder.push(bytes(sseText(helloEvents(MODEL))));
  assert.deepEqual(decoder.finish(), hello(MODEL));
});

test("a sign-in", async () => {
  const { bridge } = new Host();
  const timeouts = undefinedBy("bridgeMs", "initMs", "silentMs", "popupMs");
  const auth = await NestedAppAuth.open({ clientId: CLIENT_ID, bridge, timeouts, ...undefinedBy("authority", "clientCapabilities", "clientLibrary", "signal") });
  const request = undefinedBy("scopes", "account", "claims", "forceRefresh", "cacheLookupPolicy", "correlationId", "authority", "resource", "state");
  const { accessToken } = await auth.acquireToken({ ...request, scopes: ["User.Read"], ...undefinedBy("loginHint", "prompt") }, undefinedBy("signal"));
  assert.equal(accessToken, "at");
  auth.free();
});

test("a request to AWS", () => {
  const request = { url: "https://example.amazonaws.com/", ...undefinedBy("method", "headers", "body") };
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: undefined };
  const headers = signAwsRequest(request, credentials, { region: "us-east-1", service: "execute-api", date: undefined });
  assert.match(headers.authorization, /^AWS4-HMAC-SHA256 /);
});
