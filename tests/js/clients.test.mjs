// The official SDK in both generations, and the AI SDK, on connector.fetch: over
// each shape of a provider they get what they get from the API itself.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { frame, frames } from "./frame.mjs";
import { AnthropicNow, AnthropicBefore, ai, createAnthropic } from "./peers.mjs";
import { bytes, loader, moduleBytes, stage, streamCases } from "./support.mjs";
import { MODEL, SHAPES, Upstream, framed, json, sse, sseText, streamed } from "./upstream.mjs";

const { Connector } = await import(new URL("connector.js", stage));
const { isConnectorError } = await import(new URL("error.js", stage));

before(() => loader.init(moduleBytes));

const open = [];
afterEach(() => {
  for (const connector of open.splice(0)) connector.free();
});

const GENERATIONS = { "the SDK 1.x": AnthropicNow, "the SDK 0.x": AnthropicBefore };
const plain = (value) => JSON.parse(JSON.stringify(value));
const asked = (model = MODEL) => ({ model, max_tokens: 1024, messages: [{ role: "user", content: "Hi" }] });
/** A wait between two attempts that nobody has to sit through. */
const AT_ONCE = { "retry-after-ms": "1" };

const clientOn = (Anthropic, fetch, options = {}) =>
  new Anthropic({ apiKey: "unused", fetch, maxRetries: 0, dangerouslyAllowBrowser: true, logLevel: "off", ...options });
/** The API as its clients know it, with one answer. */
const clientOnApi = (Anthropic, answer, options) => clientOn(Anthropic, async () => answer(), options);
/** The same client on a provider of that shape, which answers so; `sent` is what reached the provider. */
const clientOnShape = async (Anthropic, shape, answer, options) => {
  const upstream = new Upstream();
  upstream.answer = answer;
  const { connector, model } = await upstream.ready(Connector, shape);
  open.push(connector);
  return { client: clientOn(Anthropic, connector.fetch, options), sent: upstream.sent, model };
};
const outcome = (promise) => promise.then((value) => ({ value: plain(value) }), (error) => ({ error: error.message }));

const cases = streamCases().filter(({ expected }) => !expected.failure);
const message = cases.find(({ name }) => name === "tools").expected.message;

for (const [generation, Anthropic] of Object.entries(GENERATIONS)) {
  describe(`${generation}, streaming`, () => {
    for (const [name, shape] of Object.entries(SHAPES)) {
      test(`${name}: the same final message as from the API`, async () => {
        let events;
        const { client, model } = await clientOnShape(Anthropic, shape, () => streamed(shape, events));
        assert.ok(cases.length > 30);
        for (const one of cases) {
          events = one.expected.events;
          const api = clientOnApi(Anthropic, () => sse(sseText(events)));
          const expected = await outcome(api.messages.stream(asked()).finalMessage());
          const given = await outcome(client.messages.stream(asked(model)).finalMessage());
          assert.deepEqual(given, expected, one.name);
        }
      });

      test(`${name}: the same events, the beta half too`, async () => {
        let events;
        const { client, model } = await clientOnShape(Anthropic, shape, () => streamed(shape, events));
        for (const one of cases) {
          events = one.expected.events;
          for (const half of ["messages", "beta"]) {
            const of = async (client, model) => {
              const resource = half === "beta" ? client.beta.messages : client.messages;
              const seen = [];
              for await (const event of await resource.create({ ...asked(model), stream: true })) seen.push(event);
              return seen;
            };
            const api = clientOnApi(Anthropic, () => sse(sseText(events)));
            assert.deepEqual(await outcome(of(client, model)), await outcome(of(api, MODEL)), `${one.name} ${half}`);
          }
        }
      });

      test(`${name}: in one piece`, async () => {
        const { client, model, sent } = await clientOnShape(Anthropic, shape, () => json(message));
        assert.deepEqual(plain(await client.messages.create(asked(model))), message);
        assert.equal("stream" in JSON.parse(sent[0].body), false);
      });
    }

    test("a tool's input grows as it does from the API", async () => {
      const { events } = cases.find(({ name }) => name === "tools").expected;
      const grown = async (client, model) => {
        const seen = [];
        const stream = client.messages.stream(asked(model));
        stream.on("inputJson", (part, snapshot) => seen.push([part, plain(snapshot ?? null)]));
        await stream.finalMessage();
        return seen;
      };
      const expected = await grown(clientOnApi(Anthropic, () => sse(sseText(events))), MODEL);
      assert.ok(expected.length > 3);
      for (const shape of Object.values(SHAPES)) {
        const { client, model } = await clientOnShape(Anthropic, shape, () => streamed(shape, events));
        assert.deepEqual(await grown(client, model), expected);
      }
    });

    for (const [name, shape] of Object.entries(SHAPES)) {
      test(`${name}: the tool runner sends all of the conversation with each turn`, async () => {
        const call = { type: "tool_use", id: "toolu_1", name: "look", input: { at: "A1" } };
        const turns = [{ ...message, content: [call], stop_reason: "tool_use" }, { ...message, content: [{ type: "text", text: "7" }], stop_reason: "end_turn" }];
        const { client, model, sent } = await clientOnShape(Anthropic, shape, () => json(turns.shift()));
        const runs = [];
        const input_schema = { type: "object", properties: { at: { type: "string" } } };
        const look = { name: "look", description: "Reads a cell", input_schema, parse: (input) => input, run: ({ at }) => (runs.push(at), "7") };
        const answer = await client.beta.messages.toolRunner({ ...asked(model), tools: [look] });
        assert.equal(answer.content[0].text, "7");
        assert.deepEqual(runs, ["A1"]);
        const bodies = sent.map((request) => JSON.parse(request.body));
        assert.deepEqual(bodies.map(({ messages }) => messages.map(({ role }) => role)), [["user"], ["user", "assistant", "user"]]);
        assert.ok(bodies.every((body) => !("thread" in body)));
      });
    }

    test("the request's id is the message's", async () => {
      const shape = SHAPES["a gateway"];
      const { client, model } = await clientOnShape(Anthropic, shape, () => json(message, { headers: { "request-id": "req_7" } }));
      assert.equal((await client.messages.create(asked(model)))._request_id, "req_7");
    });
  });

  describe(`${generation}, beside messages`, () => {
    test("tokens are counted", async () => {
      for (const name of ["a gateway", "Vertex AI", "Foundry"]) {
        const { client, model } = await clientOnShape(Anthropic, SHAPES[name], () => json({ input_tokens: 7 }));
        const { messages } = asked(model);
        assert.deepEqual(plain(await client.messages.countTokens({ model, messages })), { input_tokens: 7 }, name);
      }
      const { client, model, sent } = await clientOnShape(Anthropic, SHAPES.Bedrock, () => json({}));
      await assert.rejects(client.messages.countTokens(asked(model)), (error) => error instanceof Anthropic.NotFoundError);
      assert.equal(sent.length, 0);
    });

    test("models are listed page by page, and got by name", async () => {
      for (const [name, shape] of Object.entries(SHAPES)) {
        const { client, model } = await clientOnShape(Anthropic, shape, () => json({}));
        const ids = [];
        for await (const { id, type } of client.models.list({ limit: 1 })) {
          assert.equal(type, "model");
          ids.push(id);
        }
        assert.ok(ids.length > 1 && ids.includes(model), name);
        assert.equal(new Set(ids).size, ids.length);
        assert.equal((await client.models.retrieve(model)).id, model);
      }
      const { client } = await clientOnShape(Anthropic, SHAPES["a gateway"], () => json({}));
      await assert.rejects(client.models.retrieve("nobody"), Anthropic.NotFoundError);
      await assert.rejects(client.messages.batches.list(), (error) => {
        assert.ok(error instanceof Anthropic.APIConnectionError);
        assert.equal(error.cause.cause.code, "unsupported");
        return true;
      });
    });

    test("betas go on", async () => {
      const betas = ["one-2025-01-01", "two-2025-01-01"];
      for (const [name, { settings }] of Object.entries(SHAPES)) {
        const { client, model, sent } = await clientOnShape(Anthropic, { settings }, () => json(message));
        await client.beta.messages.create({ ...asked(model), betas });
        const { anthropic_beta } = JSON.parse(sent[0].body);
        assert.deepEqual(anthropic_beta ?? sent[0].headers["anthropic-beta"].split(","), betas, name);
      }
    });
  });

  describe(`${generation}, errors`, () => {
    const refusals = {
      "a gateway": [
        [400, { type: "error", error: { type: "invalid_request_error", message: "max_tokens: required" } }, "BadRequestError"],
        [401, { type: "error", error: { type: "authentication_error", message: "no" } }, "AuthenticationError"],
        [403, { type: "error", error: { type: "permission_error", message: "no" } }, "PermissionDeniedError"],
        [404, { type: "error", error: { type: "not_found_error", message: "model: x" } }, "NotFoundError"],
        [429, { type: "error", error: { type: "rate_limit_error", message: "no" } }, "RateLimitError"],
        [529, { type: "error", error: { type: "overloaded_error", message: "no" } }, "OverloadedError"],
        [400, { error: { message: "No connected db.", type: "no_db_connection" } }, "AuthenticationError"],
      ],
      Bedrock: [
        [400, { message: "max_tokens: required" }, "BadRequestError"],
        [403, { message: "The security token included in the request is invalid." }, "AuthenticationError"],
        [403, { message: "User is not authorized to perform: bedrock:InvokeModel" }, "PermissionDeniedError"],
        [404, { message: "no such model" }, "NotFoundError"],
        [429, { message: "Too many tokens" }, "RateLimitError"],
        [503, { message: "unavailable" }, "ServiceUnavailableError"],
      ],
      "Vertex AI": [
        [401, [{ error: { code: 401, status: "UNAUTHENTICATED", message: "no" } }], "AuthenticationError"],
        [403, { error: { code: 403, status: "PERMISSION_DENIED", message: "no" } }, "PermissionDeniedError"],
        [429, [{ error: { code: 429, status: "RESOURCE_EXHAUSTED", message: "Quota" } }], "RateLimitError"],
      ],
      Foundry: [
        [401, { error: { code: "401", message: "Access denied" } }, "AuthenticationError"],
        [404, { error: { code: "DeploymentNotFound", message: "none" } }, "NotFoundError"],
      ],
    };
    for (const [name, answers] of Object.entries(refusals)) {
      test(`${name}: the SDK's own classes`, async () => {
        for (const [status, body, type] of answers) {
          const { client, model } = await clientOnShape(Anthropic, SHAPES[name], () => json(body, { status, headers: { "x-request-id": "req_3" } }));
          for (const call of [client.messages.create(asked(model)), client.messages.stream(asked(model)).finalMessage()]) {
            await assert.rejects(call, (error) => {
              // The older SDK has no class of its own for some.
              assert.equal(error.constructor, Anthropic[type] ?? Anthropic.InternalServerError, `${status} ${JSON.stringify(body)}: ${error}`);
              assert.equal(error.requestID, "req_3");
              assert.equal(error.error.type, "error");
              return true;
            });
          }
        }
      });
    }

    test("what the API says is said in its words", async () => {
      const body = { type: "error", error: { type: "invalid_request_error", message: "max_tokens: required" } };
      const api = clientOnApi(Anthropic, () => json(body, { status: 400 }));
      const expected = await outcome(api.messages.create(asked()));
      const { client, model } = await clientOnShape(Anthropic, SHAPES["a gateway"], () => json(body, { status: 400 }));
      assert.deepEqual(await outcome(client.messages.create(asked(model))), expected);
    });

    test("the client's retries are the only ones", async () => {
      const overloaded = () => json({ message: "slow down" }, { status: 429, headers: AT_ONCE });
      for (const maxRetries of [0, 2]) {
        const { client, model, sent } = await clientOnShape(Anthropic, SHAPES.Bedrock, overloaded, { maxRetries });
        await assert.rejects(client.messages.create(asked(model)), Anthropic.RateLimitError);
        assert.equal(sent.length, 1 + maxRetries);
      }
      const twice = (_request, count) => (count < 3 ? overloaded() : json(message));
      const { client, model, sent } = await clientOnShape(Anthropic, SHAPES.Bedrock, twice, { maxRetries: 2 });
      assert.deepEqual(plain(await client.messages.create(asked(model))), message);
      assert.equal(sent.length, 3);
    });

    test("what can't get better isn't asked for again, whatever its status", async () => {
      // A status that the SDK would ask for again, and a refusal.
      const refusal = () => json({ error: { message: "No connected db.", type: "no_db_connection" } }, { status: 500 });
      const { client, model, sent } = await clientOnShape(Anthropic, SHAPES["a gateway"], refusal, { maxRetries: 2 });
      await assert.rejects(client.messages.create(asked(model)), Anthropic.AuthenticationError);
      assert.equal(sent.length, 1);
    });

    test("no network, and no answer in time", async () => {
      const gone = () => Promise.reject(new TypeError("refused"));
      const { client, model } = await clientOnShape(Anthropic, SHAPES["a gateway"], gone);
      await assert.rejects(client.messages.create(asked(model)), (error) => {
        assert.equal(error.constructor, Anthropic.APIConnectionError);
        assert.ok(isConnectorError(error.cause.cause));
        return true;
      });
      const never = await clientOnShape(Anthropic, SHAPES["a gateway"], () => new Promise(() => {}), { timeout: 20 });
      await assert.rejects(never.client.messages.create(asked(never.model)), Anthropic.APIConnectionTimeoutError);
    });

    test("an error in the middle of a stream", async () => {
      const events = cases.find(({ name }) => name === "text").expected.events.slice(0, 3);
      const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
      const exception = frame({ ":message-type": "exception", ":exception-type": "serviceUnavailableException" }, bytes('{"message":"Overloaded"}'));
      const answers = {
        "a gateway": () => sse(sseText([...events, error])),
        Bedrock: () => framed(Buffer.concat([frames(events), exception])),
      };
      for (const [name, answer] of Object.entries(answers)) {
        const { client, model } = await clientOnShape(Anthropic, SHAPES[name], answer);
        const stream = client.messages.stream(asked(model));
        await assert.rejects(stream.finalMessage(), (error) => {
          assert.ok(error instanceof Anthropic.APIError, String(error));
          assert.equal(error.error.error.type, "overloaded_error");
          return true;
        });
      }
    });

    test("a stream that is cut short", async () => {
      const all = frames(cases.find(({ name }) => name === "text").expected.events);
      const { client, model } = await clientOnShape(Anthropic, SHAPES.Bedrock, () => framed(all.subarray(0, all.length - 9)));
      await assert.rejects(client.messages.stream(asked(model)).finalMessage(), (error) => {
        assert.ok(error instanceof Anthropic.AnthropicError);
        return true;
      });
    });
  });

  describe(`${generation}, calling off`, () => {
    for (const name of ["a gateway", "Bedrock"]) {
      test(`${name}: a stream, and what has not come yet`, async () => {
        const { events } = cases.find(({ name }) => name === "text").expected;
        let cancelled = 0;
        const body = () => {
          const beginning = name === "Bedrock" ? frames(events.slice(0, 3)) : bytes(sseText(events.slice(0, 3)));
          const stream = new ReadableStream({ start: (one) => one.enqueue(beginning), cancel: () => void (cancelled += 1) });
          return name === "Bedrock" ? framed(stream) : sse(stream);
        };
        const { client, model } = await clientOnShape(Anthropic, SHAPES[name], body);
        const stream = client.messages.stream(asked(model));
        stream.on("streamEvent", () => stream.abort());
        await assert.rejects(stream.finalMessage(), Anthropic.APIUserAbortError);
        await new Promise((resolve) => setTimeout(resolve));
        assert.equal(cancelled, 1);

        for await (const event of await client.messages.create({ ...asked(model), stream: true })) {
          assert.equal(event.type, "message_start");
          break;
        }
        await new Promise((resolve) => setTimeout(resolve));
        assert.equal(cancelled, 2);

        const never = await clientOnShape(Anthropic, SHAPES[name], ({ signal }) => {
          setTimeout(() => controller.abort());
          return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        });
        const controller = new AbortController();
        const call = never.client.messages.create(asked(never.model), { signal: controller.signal });
        await assert.rejects(call, Anthropic.APIUserAbortError);
      });
    }
  });
}

describe("the AI SDK", () => {
  const warnings = globalThis.AI_SDK_LOG_WARNINGS;
  before(() => (globalThis.AI_SDK_LOG_WARNINGS = false));
  after(() => (globalThis.AI_SDK_LOG_WARNINGS = warnings));

  const tools = { get_weather: ai.tool({ inputSchema: ai.jsonSchema({ type: "object" }) }) };
  const modelOn = (fetch, model) => createAnthropic({ apiKey: "unused", fetch })(model);
  /** What a stream comes to: its text, reasoning and tool calls. */
  const told = async (fetch, model) => {
    const errors = [];
    const options = { model: modelOn(fetch, model), prompt: "Hi", tools, maxRetries: 0, onError: ({ error }) => errors.push(error) };
    const result = ai.streamText(options);
    const parts = [];
    for await (const { type, text, delta } of result.fullStream) parts.push([type, text ?? delta ?? ""]);
    assert.deepEqual(errors, []);
    const [said, calls, reason, usage] = await Promise.all([result.text, result.toolCalls, result.finishReason, result.usage]);
    return plain({ parts, said, calls: calls.map(({ toolName, input }) => [toolName, input]), reason, usage });
  };
  const NAMES = ["text", "thinking", "tools"];

  for (const [name, shape] of Object.entries(SHAPES)) {
    test(`${name}: streams as from the API`, async () => {
      let events;
      const upstream = new Upstream();
      upstream.answer = () => streamed(shape, events);
      const { connector, model } = await upstream.ready(Connector, shape);
      open.push(connector);
      for (const one of cases.filter(({ name }) => NAMES.includes(name))) {
        events = one.expected.events;
        const expected = await told(async () => sse(sseText(events)), model);
        assert.deepEqual(await told(connector.fetch, model), expected, one.name);
      }
      upstream.answer = () => json(message);
      const { text, toolCalls } = await ai.generateText({ model: modelOn(connector.fetch, model), prompt: "Hi", tools, maxRetries: 0 });
      const texts = message.content.filter(({ type }) => type === "text").map(({ text }) => text);
      assert.equal(text, texts.join(""));
      assert.equal(toolCalls.length, message.content.filter(({ type }) => type === "tool_use").length);
    });
  }

  test("errors are its own, and its retries the only ones", async () => {
    const upstream = new Upstream();
    upstream.answer = () => json({ message: "slow down" }, { status: 429, headers: AT_ONCE });
    const { connector, model } = await upstream.ready(Connector, SHAPES.Bedrock);
    open.push(connector);
    const asking = ai.generateText({ model: modelOn(connector.fetch, model), prompt: "Hi", maxRetries: 1 });
    await assert.rejects(asking, (error) => {
      assert.ok(ai.RetryError.isInstance(error), String(error));
      assert.equal(error.lastError.statusCode, 429);
      return true;
    });
    assert.equal(upstream.sent.length, 2);

    upstream.answer = () => Promise.reject(new TypeError("refused"));
    const gone = ai.generateText({ model: modelOn(connector.fetch, model), prompt: "Hi", maxRetries: 0 });
    await assert.rejects(gone, (error) => ai.APICallError.isInstance(error) && error.isRetryable && isConnectorError(error.cause));
  });

  test("calling off", async () => {
    const upstream = new Upstream();
    const { connector, model } = await upstream.ready(Connector, SHAPES["a gateway"]);
    open.push(connector);
    const controller = new AbortController();
    let heard = false;
    upstream.answer = ({ signal }) => {
      signal.addEventListener("abort", () => (heard = true));
      setTimeout(() => controller.abort());
      return new Promise(() => {});
    };
    const asking = ai.generateText({ model: modelOn(connector.fetch, model), prompt: "Hi", abortSignal: controller.signal });
    await assert.rejects(asking, { name: "AbortError" });
    assert.ok(heard);
  });
});
