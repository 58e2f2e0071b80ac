/**
 * `connector.fetch`: the Messages API, served to whoever speaks it by fetch. A
 * request is made anew for the provider that is connected, and what comes back
 * is what the API would have answered.
 *
 * This file and `api_error.js` are the API's other end, so they name its
 * routes and headers. No provider's: those are the module's affair.
 */
import { apiError, errorEvent, rejectionFor } from "./api_error.js";
import { connectorError, hint, isConnectorError } from "./error.js";
import { flatHeaders, readChunks } from "./exchange.js";
import { requestOf } from "./fetch_request.js";
import { MessageDecoder } from "./message_decoder.js";
import { MessageReader } from "./message_reader.js";
import { abortError } from "./operation.js";
import { eventsOf } from "./whole_message.js";

// Why: see start.js.
export { isConnectorError } from "./start.js";

const SSE = "text/event-stream; charset=utf-8";
const JSON_TYPE = "application/json";

/** What was true of the bytes on the wire and isn't of what is handed on. */
const OF_THE_WIRE = new Set(["connection", "content-encoding", "content-length", "keep-alive", "transfer-encoding"]);

/** Pages of the list of models, as the API cuts them. */
const MODELS_A_PAGE = 20;
const MOST_MODELS_A_PAGE = 1000;

/** A path may be longer at its beginning: clients put a base address of their own there. */
const ROUTES = [
  ["POST", /\/v1\/messages$/, message],
  ["POST", /\/v1\/messages\/count_tokens$/, tokenCount],
  ["GET", /\/v1\/models$/, models],
  ["GET", /\/v1\/models\/([^/]+)$/, model],
];

const utf8 = new TextEncoder();

/** `service` is what `js/connector.js` makes calls with; `input` and `init` are fetch's. */
export async function serve(service, input, init) {
  const request = requestOf(input, init);
  const { url, signal } = request;
  if (signal?.aborted) throw reasonOf(signal);
  let response;
  try {
    service.check();
    response = await answer(service, request);
  } catch (error) {
    if (signal?.aborted) throw reasonOf(signal);
    throw rejectionFor(error);
  }
  // The one that fetch would tell.
  url.hash = "";
  Object.defineProperty(response, "url", { value: url.href });
  return response;
}

function answer(service, request) {
  const { url, method } = request;
  const onPath = ROUTES.filter(([, path]) => path.test(url.pathname));
  const route = onPath.find(([wanted]) => wanted === method);
  if (route) {
    const [, path, respond] = route;
    return respond(service, request, path.exec(url.pathname)[1]);
  }
  const what = onPath.length > 0 ? `takes ${onPath[0][0]}, not ${method}` : "is not a route of the Messages API that is served here";
  throw connectorError("unsupported", `${url.pathname} ${what}`, {
    hint: hint(
      "use-own-fetch",
      "developer",
      "Use connector.fetch for messages, their token counts and models, and the page's own fetch for all else.",
    ),
  });
}

async function message(service, { headers, signal, body }) {
  const params = await body();
  const { stream, thread } = membersOf(params);
  if (thread) return threadRefusal();
  const streamed = stream === true;
  return called(signal, () => messageCall(service, signal, streamed, betasOf(headers), params), async (call) => {
    const given = await call.begin();
    if (streamed) return [streamOf(call, given, signal), SSE];
    return [await wholeOf(call, given), JSON_TYPE];
  });
}

function messageCall(service, signal, streamed, betas, params) {
  const made = (stream) => service.made("messageCall", [stream, betas], params);
  const { firstByteMs } = service.timeouts;
  let core;
  try {
    core = made(streamed);
  } catch (error) {
    // What takes too long in one piece is streamed as far as here.
    if (error.hint?.id !== "use-stream") throw error;
    core = made(true);
  }
  return service.callFor(core, { firstByteMs, signal, once: true });
}

async function tokenCount(service, { headers, signal, body }) {
  const params = await body();
  const made = () => {
    const core = service.made("tokenCountCall", [betasOf(headers)], params);
    return service.callFor(core, { firstByteMs: service.timeouts.controlMs, signal, once: true });
  };
  return called(signal, made, async (call) => [(await call.begin()).text, JSON_TYPE]);
}

/** The answer to a call; an error is one too, where the API would answer it. */
async function called(signal, made, respond) {
  let call;
  let body;
  try {
    call = made();
    const [given, type] = await respond(call);
    body = given;
    return new Response(body, { headers: headersOf(call, type) });
  } catch (cause) {
    const error = call ? call.errorFor(cause) : cause;
    if (signal?.aborted || !isConnectorError(error)) throw error;
    return refusal(error, call);
  } finally {
    // A stream closes its call itself.
    if (!(body instanceof ReadableStream)) call?.close();
  }
}

function refusal(error, call) {
  const told = apiError(error, call?.answer?.text, (text) => call.clean(text));
  if (!told) throw error;
  const headers = headersOf(call, JSON_TYPE);
  headers.set("x-should-retry", String(error.retryable));
  if (error.requestId) headers.set("request-id", error.requestId);
  if (error.retryAfterMs !== undefined) {
    headers.set("retry-after", String(Math.ceil(error.retryAfterMs / 1000)));
    headers.set("retry-after-ms", String(error.retryAfterMs));
  }
  return new Response(JSON.stringify(told.body), { status: told.status, headers });
}

/** The headers that the server sent along, as far as they hold for what is handed on. */
function headersOf(call, type) {
  const headers = new Headers();
  const response = call?.answer?.response;
  if (response) {
    for (const [name, value] of response.headers) if (!OF_THE_WIRE.has(name)) headers.append(name, value);
    const id = call.requestId(flatHeaders(response));
    if (id) headers.set("request-id", id);
  }
  headers.set("content-type", type);
  return headers;
}

/** The caller's JSON. What isn't any is refused by whoever reads all of it. */
function membersOf(params) {
  try {
    return JSON.parse(params) ?? {};
  } catch {
    return {};
  }
}

/**
 * A conversation that the server would hold: who leaves `thread` unread would
 * answer a later turn without what came before it. The code is the one on which
 * the SDK's tool runner goes on with all of the conversation in each request.
 */
function threadRefusal() {
  const text = "thread: connector.fetch holds no conversation; send all of its messages with each request";
  const details = { error_code: "thread_unsupported_request", unsupported: ["thread"] };
  const body = { type: "error", error: { type: "invalid_request_error", message: text, details }, request_id: null };
  return new Response(JSON.stringify(body), { status: 400, headers: { "content-type": JSON_TYPE, "x-should-retry": "false" } });
}

const betasOf = (headers) => (headers.get("anthropic-beta") ?? "").split(",").map((name) => name.trim()).filter(Boolean);

/** A message in one piece, as JSON. */
async function wholeOf(call, { response, text, kind }) {
  if (kind === "message") return text;
  const type = response ? response.headers.get("content-type") : SSE;
  const decoder = new MessageDecoder(type, { maxEventBytes: call.limits.maxEventBytes });
  try {
    if (response) await readChunks(response, call.operation, call.idleMs, (chunk) => void decoder.push(chunk));
    else decoder.push(utf8.encode(text));
    return JSON.stringify(decoder.finish());
  } finally {
    decoder.free();
  }
}

/** A message as server-sent events. What comes as such passes through, byte by byte. */
function streamOf(call, { response, text, kind }, signal) {
  if (kind === "message") return Array.from(eventsOf(JSON.parse(text)), written).join("");
  if (!response) return text;
  const type = response.headers.get("content-type");
  const translation = isServerSentEvents(type) ? new Passage() : new Translation(call, type);
  let proceed;
  return new ReadableStream({
    start(controller) {
      const hand = (bytes) => {
        if (bytes.length > 0) controller.enqueue(bytes);
        // Nothing more is read until the reader has room for it.
        return controller.desiredSize > 0 ? undefined : new Promise((resolve) => (proceed = resolve));
      };
      void pump(call, response, translation, hand, controller, signal);
    },
    pull: () => proceed?.(),
    cancel: (reason) => call.abort(reason),
  });
}

async function pump(call, response, translation, hand, controller, signal) {
  try {
    await readChunks(response, call.operation, call.idleMs, (chunk) => hand(translation.push(chunk)));
    hand(translation.finish());
    controller.close();
  } catch (cause) {
    if (cause instanceof ToldInStream) {
      hand(cause.bytes);
      controller.close();
    } else {
      const error = call.errorFor(cause);
      controller.error(signal?.aborted ? reasonOf(signal) : rejectionFor(error));
    }
  } finally {
    translation.free();
    call.close();
  }
}

const isServerSentEvents = (type) => /^\s*text\/event-stream\s*(;|$)/i.test(type);

class Passage {
  push(chunk) {
    return chunk;
  }

  finish() {
    return "";
  }

  free() {}
}

/** Frames, as the server-sent events that they hold. */
class Translation {
  #call;
  #reader;

  constructor(call, type) {
    this.#call = call;
    this.#reader = new MessageReader(type, { maxEventBytes: call.limits.maxEventBytes });
  }

  push(chunk) {
    const text = this.#reader.readInto(chunk).map(written).join("");
    const { fault } = this.#reader;
    if (fault) throw this.#ended(fault, text);
    return utf8.encode(text);
  }

  finish() {
    let text = "";
    try {
      this.#reader.finish((event) => (text += written(event)));
    } catch (fault) {
      throw this.#ended(fault, text);
    }
    return utf8.encode(text);
  }

  free() {
    this.#reader.free();
  }

  /** What the server reports is an event of the API too; what breaks the stream breaks it here as well. */
  #ended(fault, text) {
    const event = isConnectorError(fault) && errorEvent(this.#call.errorFor(fault));
    return event ? new ToldInStream(utf8.encode(text + written(event))) : fault;
  }
}

/** The stream ends with an event that says why. */
class ToldInStream {
  constructor(bytes) {
    this.bytes = bytes;
  }
}

/** An event's name comes from a server as well, and may not end its line. */
const written = (event) => `event: ${String(event.type).replace(/[\r\n]/g, "")}\ndata: ${JSON.stringify(event)}\n\n`;

function models(service, { url }) {
  const all = modelsOf(service);
  if (all.length === 0) return refusal(notConnected());
  const asked = url.searchParams;
  const limit = asked.has("limit") ? Number(asked.get("limit")) : MODELS_A_PAGE;
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_MODELS_A_PAGE) {
    return invalid(`limit: not a whole number from 1 to ${MOST_MODELS_A_PAGE}`);
  }
  const [after, before] = ["after_id", "before_id"].map((name) => asked.get(name));
  if (after !== null && before !== null) return invalid("after_id and before_id: only one of them can be given");
  const cursor = after ?? before;
  const at = all.findIndex(({ id }) => id === cursor);
  if (cursor !== null && at < 0) return invalid(`${after === null ? "before_id" : "after_id"}: there is no such model`);
  const end = before === null ? Math.min(at + 1 + limit, all.length) : at;
  const start = before === null ? at + 1 : Math.max(at - limit, 0);
  const data = all.slice(start, end);
  return jsonResponse({
    data,
    has_more: before === null ? end < all.length : start > 0,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  });
}

function model(service, request, name) {
  const id = decoded(name);
  const all = modelsOf(service);
  const found = all.find((model) => model.id === id);
  if (found) return jsonResponse(found);
  return refusal(all.length === 0 ? notConnected() : connectorError("not-found", `model: ${id}`));
}

const notConnected = () => connectorError("interaction-required", "not connected");

const decoded = (name) => {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
};

/** The connector's models as the API writes them. When they came out is not known: then it is the epoch. */
function modelsOf(service) {
  return service.models().map(({ id, displayName }) => ({
    type: "model",
    id,
    display_name: displayName,
    created_at: "1970-01-01T00:00:00Z",
  }));
}

const invalid = (text) => refusal(connectorError("invalid-argument", text));
const jsonResponse = (value) => new Response(JSON.stringify(value), { headers: { "content-type": JSON_TYPE } });

/** Older engines know no reason. */
const reasonOf = ({ reason }) => (reason === undefined ? abortError("This operation was aborted") : reason);
