/**
 * taskpane-connector: connects an Office taskpane to Claude through the
 * organisation's own LLM gateway.
 *
 * ```js
 * import init, { Connector } from "taskpane-connector";
 * await init();
 * const connector = await Connector.open({ parameters: location.search });
 * await connector.connect();
 * const stream = connector.messages.stream({ model, max_tokens: 1024, messages });
 * stream.on("text", (delta) => answer.append(delta));
 * await stream.finalMessage();
 * ```
 */

import type {
  ContentBlock,
  CountTokensParams,
  Message,
  MessageCreateParams,
  MessageStreamEvent,
  MessageTokensCount,
} from "./messages.js";

export type * from "./messages.js";

declare global {
  // For `using`; merges with TypeScript's own declaration where that is loaded.
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
}

/** Where the module comes from: its address, an answer to a fetch for it, its bytes, or the compiled module. */
export type ModuleSource = string | URL | Request | Response | Promise<Response> | BufferSource | WebAssembly.Module;

/**
 * Loads and starts the WebAssembly module. Needed once before anything else.
 *
 * Calling it again returns the same promise; after a failure, or after the
 * module trapped (`module-failed`), a new call starts afresh. Without a source
 * the `.wasm` file that lies beside this script is fetched.
 *
 * @throws {ConnectorError} `module-failed` when the module can't be fetched, compiled or started.
 */
export default function init(source?: ModuleSource): Promise<void>;

/** The same as {@link init} from bytes or a compiled module, without waiting. Browsers refuse large modules on the main thread. Not while {@link init} is under way. */
export function initSync(source: BufferSource | WebAssembly.Module): void;

/** The package's version, for example `"0.1.0"`. Works before {@link init}. */
export const version: string;

/** What went wrong, as a word to branch on. */
export type ErrorCode =
  | "invalid-argument"
  | "configuration-invalid"
  | "not-initialized"
  | "module-failed"
  | "storage-unavailable"
  | "interaction-required"
  | "credential-invalid"
  | "permission-denied"
  | "audience-refused"
  | "unreachable"
  | "timeout"
  | "not-found"
  | "model-not-available"
  | "request-invalid"
  | "rate-limited"
  | "overloaded"
  | "server-error"
  | "response-invalid"
  | "stream-error"
  | "stream-truncated"
  | "stream-corrupt"
  | "limit-exceeded"
  | "unsupported";

/** The next step, and who takes it. `id` and `params` are stable, so that a page can translate `text`. */
export interface Hint {
  id: string;
  params: Record<string, string>;
  text: string;
  audience: "user" | "admin" | "developer";
}

/** The one error shape: a real `Error` with a code. Recognise it with {@link isConnectorError}. */
export interface ConnectorError extends Error {
  readonly name: "ConnectorError";
  readonly code: ErrorCode;
  /** Whether the same call may succeed later without anything being changed. */
  readonly retryable: boolean;
  /** HTTP status of the answer, where there was one. */
  readonly status?: number;
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** The server's identifier of the request, where the browser may read it. */
  readonly requestId?: string;
  readonly hint?: Hint;
  /** What had arrived of the answer when a stream failed. */
  readonly partialMessage?: Message;
}

/** Whether a caught value is this package's error. */
export function isConnectorError(value: unknown): value is ConnectorError;

/** The keys of the configuration that connect a pane; named as administrators know them. */
export interface Settings {
  /** Base address of the LLM gateway, without `/v1/messages`. */
  gateway_url?: string;
  /** The gateway's token. Secret. */
  gateway_token?: string;
  /** The header that carries the token. Default `x-api-key`. */
  gateway_auth_header?: "x-api-key" | "authorization";
  /** The dialect that the gateway speaks. Only `anthropic` so far. */
  gateway_api_format?: "anthropic";
  /** Further headers for inference requests: a record, or the same as JSON text. Values are secret. */
  inference_headers?: Record<string, string> | string;
  /** A model to use where the gateway lists none. */
  model?: string;
}

/** Where a value of the configuration came from. */
export type ConfigurationLayer = "manifest" | "user";

export interface ConfigurationValue {
  /** The value; a secret is masked (`"••••7f3a"`, or only dots when it is short), of headers there are the names. */
  value: string;
  layer: ConfigurationLayer;
  secret: boolean;
}

export interface ConfigurationProblem {
  /** A stable word, for example `"duplicate-parameter"`. */
  id: string;
  severity: "error" | "warning" | "notice";
  /** The keys concerned. */
  keys: string[];
  layer?: ConfigurationLayer;
  message: string;
}

export interface Configuration {
  values: Record<string, ConfigurationValue>;
  problems: ConfigurationProblem[];
}

/**
 * - `needs-settings`: nothing to connect with, or the user must act first
 * - `connecting`
 * - `ready`: messages can be sent
 * - `failed`: the last attempt failed, and no connection worked before it; see `connector.error`
 */
export type ConnectorState = "needs-settings" | "connecting" | "ready" | "failed";

export interface Model {
  id: string;
  displayName: string;
  /** Who named the model: the gateway's list, or the settings. */
  source: "listed" | "configured";
  verdict: "usable" | "unknown";
}

export interface StorageStatus {
  /** Where records are kept now. */
  kind: "local" | "session" | "memory" | "custom";
  /** Whether they outlive the pane. */
  persistent: boolean;
  /**
   * How they are protected there. `encrypted`: sealed with AES-GCM, by a key
   * in IndexedDB that the browser uses and doesn't hand out. Script that runs
   * in this page's origin can use it too.
   */
  protection: "encrypted" | "none";
  /**
   * Why they are not where they should be. `asynchronous`: the methods of the
   * object that was passed return promises. `locked`: the key has not come in
   * time; what is kept stays sealed, and what is new is in memory until the key
   * comes. Listen for the change `"storage"`.
   */
  reason?: "blocked" | "quota" | "absent" | "asynchronous" | "locked";
  /**
   * Why they lie in the clear. `custom-storage`: a storage that the page passed
   * is the page's to protect.
   */
  protectionReason?:
    | "insecure-context"
    | "crypto-absent"
    | "crypto-failed"
    | "indexeddb-absent"
    | "indexeddb-blocked"
    | "custom-storage";
}

/** The part of the Web Storage interface that the connector uses. Its methods answer at once, not with promises. */
export interface StorageLike {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Waits that end in the error `timeout`. Time in which the machine slept or the host slowed the pane's timers doesn't count. */
export interface Timeouts {
  /** For messages: until the answer's headers arrive, and then as long again for all of an answer that is not a stream. Default 600,000 ms. */
  firstByteMs?: number;
  /** Between two pieces of any answer; a stream has no other limit. Default 90,000 ms. */
  idleMs?: number;
  /** The same as `firstByteMs` for model lists and other short calls. Default 15,000 ms. */
  controlMs?: number;
  /** For the key that seals what is kept. Passing it is no error; `connector.storage` tells of it. Default 2,000 ms. */
  storageMs?: number;
}

export interface Limits {
  /** One event of a stream. Default 16 MiB. */
  maxEventBytes?: number;
  /** An answer that is not a stream. Default 64 MiB. */
  maxResponseBytes?: number;
}

export interface OpenOptions {
  /** The manifest layer: usually `location.search`, or a record of the same keys. */
  parameters?: string | URLSearchParams | Record<string, string>;
  /** Separates what several hosts keep. Default: `Office.context.partitionKey`. */
  partitionKey?: string;
  /** Default `"local"`, which falls back to the session and then to memory, and says so. What an object of the page's own is given is not encrypted. */
  storage?: "local" | "session" | "memory" | StorageLike;
  /** Origins of pages that may frame this one as its Office host, besides Microsoft's own. Elsewhere, or outside Office, what only the page's address says is asked about first. */
  hostOrigins?: string[];
  fetch?: typeof fetch;
  timeouts?: Timeouts;
  limits?: Limits;
  /** How often a request is sent again before any content arrived. Default 2. */
  maxRetries?: number;
}

export interface ConnectOptions {
  /** The user asked for it: connects even where `auto_connect` is off or the user signed out. */
  interactive?: boolean;
  /** The origin that the user agreed to connect to, from {@link Connector.confirmation}. */
  confirm?: string;
  signal?: AbortSignal;
}

/**
 * A question for the user before anything is sent: the address of this page
 * names a host, or brings a token or headers for it, that nobody vouches for.
 * An attempt that acts without the answer fails with the same in the `params`
 * of its hint `confirm-host`.
 */
export interface Confirmation {
  /** Pass it back as `confirm`. */
  origin: string;
  host: string;
  /** Where messages would go: the base address with its path. */
  address: string;
  /**
   * What only this page's address says and the user has not agreed to: the
   * address, the token masked, the headers by their names. Without
   * `gateway_url` the user has agreed to the address before.
   */
  changed: { gateway_url?: string; gateway_token?: string; inference_headers?: string };
}

/** What a diagnosis looks at, in this order. `models` and `answer` present the credential, to the gateway alone. */
export type DiagnosisStepId = "configuration" | "network" | "origin" | "headers" | "models" | "answer" | "stream";

/** What a step came to. What an engine can't tell apart is one verdict; `explain` says so. */
export type DiagnosisVerdict =
  | "configured"
  | "reachable"
  | "origin-allowed"
  | "headers-allowed"
  | "model-found"
  | "answered"
  | "streams"
  | "not-configured"
  | "offline"
  | "policy-refused"
  | "mixed-content"
  | "local-network-refused"
  | "isolated-page"
  | "unreachable"
  | "silent"
  | "redirected"
  | "web-page"
  | "origin-refused"
  | "errors-unreadable"
  | "preflight-refused"
  | "header-refused"
  | "any-header-allowed"
  | "answer-unreadable"
  | "key-refused"
  | "other-auth-header"
  | "access-refused"
  | "wrong-path"
  | "no-model"
  | "not-the-api"
  | "request-refused"
  | "rate-limited"
  | "overloaded"
  | "server-error"
  | "failed"
  | "stream-broken"
  | "stream-stalled"
  | "stream-invalid"
  | "stream-failed"
  | "not-streamed"
  | "buffered"
  | "slow";

export interface DiagnosisStep {
  id: DiagnosisStepId;
  /** `warned`: it works, and not as it should. `skipped`: an earlier step decides it. */
  status: "pending" | "running" | "passed" | "warned" | "failed" | "skipped";
  /** Empty until the step has ended, and of one that is skipped. */
  verdict: DiagnosisVerdict | "";
  elapsedMs: number;
}

/** What `connector.diagnose()` found. Holds no secret. */
export interface Diagnosis {
  /** A message was answered: the next one will be too, as far as anybody can say. */
  passed: boolean;
  steps: DiagnosisStep[];
  /** This page's origin, which the gateway has to allow. */
  page: string;
  /** Host, and port where it isn't the scheme's own; missing where nothing is configured. */
  host?: string;
  origin?: string;
  /** The names of the headers that requests carry. */
  headers?: string[];
  /** Those of them that the preflight refuses. */
  refused: string[];
  /** The model that was asked; empty if it came to none. */
  model: string;
  /** The browser's permission to reach the local network, where it has one. */
  localNetwork?: string;
  /** What the step that failed threw, with its hint. */
  failure?: ConnectorError;
  /** How the answer arrived; times since the request. */
  arrival?: { contentType?: string | null; events: number; firstMs?: number; lastMs?: number };
}

export interface DiagnoseOptions {
  /** What the user typed, as for {@link Connector.connect}; without it, what is connected or configured. */
  settings?: Settings;
  /** The origin that the user agreed to connect to, from {@link Connector.confirmation}. */
  confirm?: string;
  signal?: AbortSignal;
  /** Hears of each step when it begins, and of the end. */
  onProgress?(diagnosis: Diagnosis): void;
}

/** A host that has to be let through. */
export interface AllowlistEntry {
  /** Scheme, host, and the port where it isn't the scheme's own. */
  address: string;
  purpose: "pane" | "office-js" | "inference";
  /** The request headers that it has to let through by CORS; of the organisation's own hosts. */
  headers: string[];
}

export type ConnectorChange = "state" | "models" | "configuration" | "storage";

export class Connector {
  private constructor();
  /** Reads configuration and storage. Touches no network. */
  static open(options?: OpenOptions): Promise<Connector>;

  readonly state: ConnectorState;
  /** What the last attempt to connect failed with; nothing while a connection works. */
  readonly error: ConnectorError | undefined;
  readonly configuration: Configuration;
  readonly storage: StorageStatus;
  readonly models: readonly Model[];
  /** Set while `connect` would only ask: show it and connect with `confirm` when the user agrees. */
  readonly confirmation: Confirmation | undefined;

  /** Calls the listener after every change until the returned function is called. */
  onChange(listener: (change: ConnectorChange) => void): () => void;

  /**
   * Connects with the configuration, or with what the user typed laid over it.
   * Settings are kept only when the gateway answered; until then a connection
   * that works goes on working, and an attempt that fails leaves it as it was.
   * Without settings and
   * `interactive` it honours `auto_connect` and a sign-out: it then returns
   * with the state unchanged.
   */
  connect(settings?: Settings, options?: ConnectOptions): Promise<void>;
  /** The same checks as {@link connect}; nothing is kept and the state stays. */
  test(settings: Settings, options?: { signal?: AbortSignal; confirm?: string }): Promise<Model[]>;
  refreshModels(options?: { signal?: AbortSignal }): Promise<readonly Model[]>;
  readonly messages: Messages;
  /**
   * Finds out why a connection doesn't work. First probes without a credential,
   * then one fixed, tiny, streamed message to the gateway (and its list of
   * models before that, where no model is known yet). Changes nothing.
   *
   * @throws {ConnectorError} `interaction-required` where the user has to agree to the host first, as {@link connect} does.
   */
  diagnose(options?: DiagnoseOptions): Promise<Diagnosis>;
  /** The hosts that have to be reachable, derived from the configuration. `taskpane-connector/explain` has the words, the table and the CSV. */
  allowlist(): AllowlistEntry[];
  /**
   * A text for a ticket, safe to post in public: the configuration with the layer of each key, what the last
   * diagnosis found, the last error, engine and host. Of a secret it has the length and, from 20 characters on,
   * the first eight hexadecimal digits of its SHA-256. `explain` puts the steps into words:
   * `sentence` of `taskpane-connector/explain`.
   */
  report(options?: { explain?(step: DiagnosisStep, diagnosis: Diagnosis): string }): string;
  /** Aborts what is under way and forgets what was kept, here and in other open panes; `connect` then waits for the user. */
  signOut(): Promise<void>;
  /** Aborts what is under way (it rejects with an `AbortError`) and frees the memory. May be called twice. */
  free(): void;
  [Symbol.dispose](): void;
}

export interface RequestOptions {
  signal?: AbortSignal;
  /** Names of beta features, sent in `anthropic-beta`. */
  betas?: string[];
}

/** A request as it would be sent, secrets masked. */
export interface PreparedRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

export interface Messages {
  create(params: MessageCreateParams & { stream?: false }, options?: RequestOptions): Promise<Message>;
  /** Starts at once. */
  stream(params: Omit<MessageCreateParams, "stream">, options?: RequestOptions): MessageStream;
  countTokens(params: CountTokensParams, options?: RequestOptions): Promise<MessageTokensCount>;
  /** The HTTP request that would be sent. */
  prepare(params: MessageCreateParams, options?: { stream?: boolean; betas?: string[] }): Promise<PreparedRequest>;
}

/** A wait before a request is sent again. */
export interface RetryNotice {
  /** 1 for the first time. */
  attempt: number;
  delayMs: number;
  error: ConnectorError;
}

export interface MessageStreamListeners {
  text(delta: string, snapshot: string): void;
  thinking(delta: string, snapshot: string): void;
  inputJson(partialJson: string, snapshot: unknown): void;
  streamEvent(event: MessageStreamEvent, snapshot: Message): void;
  contentBlock(block: ContentBlock): void;
  message(message: Message): void;
  /** The request is sent again after a wait; nothing had been delivered. */
  retry(notice: RetryNotice): void;
  error(error: unknown): void;
  abort(reason: unknown): void;
  end(): void;
}

/**
 * An answer while it arrives. Iterate over its events, or listen.
 *
 * Reading never waits for an iterator. One that is more than 1,024 events
 * behind gets further deltas put together with those that wait, so that what
 * waits is no more than the message itself; one that is 16,384 others behind
 * is given up with `limit-exceeded`, and the answer goes on without it.
 */
export interface MessageStream extends AsyncIterable<MessageStreamEvent> {
  on<K extends keyof MessageStreamListeners>(name: K, listener: MessageStreamListeners[K]): this;
  once<K extends keyof MessageStreamListeners>(name: K, listener: MessageStreamListeners[K]): this;
  off<K extends keyof MessageStreamListeners>(name: K, listener: MessageStreamListeners[K]): this;
  /** Resolves when the answer is whole. */
  finalMessage(): Promise<Message>;
  finalText(): Promise<string>;
  /** What has arrived so far. */
  readonly currentMessage: Message | undefined;
  readonly aborted: boolean;
  readonly ended: boolean;
  /** Stops the answer and closes the connection. What arrived stays in `currentMessage`. */
  abort(reason?: unknown): void;
}

/** One event of an event stream, as the HTML standard dispatches it. */
export interface ServerSentEvent {
  /** `"message"` when the stream names none. */
  event: string;
  data: string;
  /** The last event id so far. */
  id: string;
}

/** Decodes `text/event-stream` to the letter of the HTML standard, whatever the chunks. */
export class SseDecoder {
  constructor(options?: { maxEventBytes?: number });
  push(chunk: Uint8Array): ServerSentEvent[];
  /** Ends the stream; an event without its blank line is dropped, as the standard says. Frees the decoder. */
  finish(): ServerSentEvent[];
  /** The reconnection time that the stream asked for, in milliseconds. */
  readonly retryMs: number | undefined;
  readonly lastEventId: string;
  free(): void;
  [Symbol.dispose](): void;
}

/** A value in a frame's headers. Numbers have their sign; the name of the type says their size. */
export type EventStreamHeaderValue =
  | { type: "boolean"; value: boolean }
  | { type: "byte" | "short" | "integer"; value: number }
  | { type: "long"; value: bigint }
  | { type: "binary"; value: Uint8Array }
  | { type: "string"; value: string }
  /** Milliseconds; an invalid `Date` where they are more than a `Date` can hold. */
  | { type: "timestamp"; value: Date }
  /** With hyphens, in lower case. */
  | { type: "uuid"; value: string };

/** One frame of an event stream. Headers and payload are copies. */
export interface EventStreamMessage {
  /** By name; the last one where a name is repeated. */
  headers: Record<string, EventStreamHeaderValue>;
  payload: Uint8Array;
}

/**
 * Decodes `application/vnd.amazon.eventstream`, whatever the chunks. Both
 * checksums of each frame are verified, and its lengths before any memory is
 * taken for it.
 *
 * After a fault `push` returns what came before it; the next call throws:
 * `stream-corrupt`, or `limit-exceeded` for a frame longer than
 * `maxMessageBytes` (16 MiB by default) or headers longer than 128 KiB.
 */
export class EventStreamDecoder {
  constructor(options?: { maxMessageBytes?: number });
  push(chunk: Uint8Array): EventStreamMessage[];
  /** Ends the stream and frees the decoder. @throws {ConnectorError} `stream-truncated` inside a frame. */
  finish(): EventStreamMessage[];
  free(): void;
  [Symbol.dispose](): void;
}

/** What Amazon Bedrock says of a call in its last event; times in milliseconds. */
export interface InvocationMetrics {
  inputTokenCount?: number;
  outputTokenCount?: number;
  invocationLatency?: number;
  firstByteLatency?: number;
  cacheReadInputTokenCount?: number;
  cacheWriteInputTokenCount?: number;
  [name: string]: unknown;
}

export interface DecoderMetrics {
  bytes: number;
  /** Server-sent events, or frames. */
  events: number;
  /** Lines that the standard says to ignore. Comments are not counted. */
  ignoredLines: number;
  /** Events that no accumulation rule knows; they are kept and passed on. Frames of an unknown kind, which are passed over. */
  unknownEvents: number;
  /** U+FFFD put in the place of bytes that are not UTF-8. */
  replacementCharacters: number;
  /** From `amazon-bedrock-invocationMetrics`, which stays in its event too. */
  invocationMetrics?: InvocationMetrics;
}

/**
 * Decodes a streamed answer into its text and its message. The content type is
 * that of the answer: `text/event-stream`, or `application/vnd.amazon.eventstream`
 * as Amazon Bedrock sends it (each frame's `bytes` in padded base64 of the
 * standard alphabet, without whitespace).
 *
 * One style per decoder: `push` or `pushEvents`. After a fault the call returns
 * what came before it, the next call throws, and `snapshot` still works.
 */
export class MessageDecoder {
  /** `maxEventBytes` limits an event's data, or a whole frame. 16 MiB by default. */
  constructor(contentType: string, options?: { maxEventBytes?: number });
  /** The answer text that this chunk added. */
  push(chunk: Uint8Array): string;
  /** The same bytes as typed events. */
  pushEvents(chunk: Uint8Array): MessageStreamEvent[];
  /** The message so far. */
  snapshot(): Message | undefined;
  /** The whole message. @throws {ConnectorError} `stream-truncated`, with `partialMessage`. */
  finish(): Message;
  readonly metrics: DecoderMetrics;
  free(): void;
  [Symbol.dispose](): void;
}

/** A request to sign, in the shapes that `fetch` takes. */
export interface AwsRequest {
  /** Default `"GET"`. */
  method?: string;
  /** Absolute. It is signed as the browser will send it: resolved and percent-encoded by the URL standard. */
  url: string | URL;
  /** A `Headers` object, pairs, or a record. */
  headers?: Headers | Iterable<readonly [string, string]> | Readonly<Record<string, string>>;
  body?: string | ArrayBuffer | ArrayBufferView | null;
}

/** An access key; with a session's token when it is temporary. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

export interface AwsSigningOptions {
  /** For example `"us-east-1"`. */
  region: string;
  /** The service's signing name, for example `"execute-api"`. S3's are signed by S3's rules. */
  service: string;
  /** When it is signed, as a `Date` or in milliseconds since 1970. Default: now. */
  date?: Date | number;
}

/**
 * Signs a request to an AWS service (Signature Version 4) and returns the
 * headers to send it with: its own and the signature's, names in lower case.
 *
 * ```js
 * const request = { method: "POST", url, headers: { "content-type": "application/json" }, body };
 * const headers = signAwsRequest(request, credentials, { region: "us-east-1", service: "execute-api" });
 * await fetch(url, { ...request, headers });
 * ```
 *
 * It signs what the browser will send: headers that a page may not set
 * (`host`, `date`, `cookie`, …) are left out, the method is spelled as fetch
 * spells it. Headers that change on the way (`user-agent`, …) are sent
 * unsigned. A former signature among the headers is replaced. Nothing is sent.
 *
 * @throws {ConnectorError} `invalid-argument` for what can't be signed or sent: a relative address, one with a
 * password, plain http to another machine, a body on a GET, a key with a blank in it.
 */
export function signAwsRequest(request: AwsRequest, credentials: AwsCredentials, options: AwsSigningOptions): Record<string, string>;
