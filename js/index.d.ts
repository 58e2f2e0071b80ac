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

/// <reference lib="es2018.asynciterable" />

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

// Starting

/** Where a module comes from: its address, an answer to a fetch for it, its bytes, or the compiled module. */
export type ModuleSource = string | URL | Request | Response | Promise<Response> | BufferSource | WebAssembly.Module;

/** The package has a second module, with what few sessions need (signing in, diagnosing, what the configuration is fetched by); it is loaded when that is first used. */
export interface SecondModule {
  /** Where it comes from. Without it, the second `.wasm` file that lies beside the scripts is fetched. */
  onDemand?: ModuleSource | undefined;
}

/**
 * Loads and starts the WebAssembly module. Needed once before anything else.
 *
 * Calling it again returns the same promise; after a failure, or after the
 * module trapped (`module-failed`), a new call starts afresh. Without a source
 * the `.wasm` file that lies beside this script is fetched.
 *
 * @throws {ConnectorError} `module-failed` when the module can't be fetched, compiled or started.
 */
export default function init(source?: ModuleSource, options?: SecondModule): Promise<void>;

/** The same as {@link init} from bytes or a compiled module, without waiting. Browsers refuse large modules on the main thread. Not while {@link init} is under way. */
export function initSync(source: BufferSource | WebAssembly.Module, options?: SecondModule): void;

/** The package's version, for example `"0.1.0"`. Works before {@link init}. */
export const version: string;

// Errors

/** What went wrong, as a word to branch on. */
export type ErrorCode =
  /** An argument of a call is unusable. */
  | "invalid-argument"
  /** The configuration can't be used as it is. */
  | "configuration-invalid"
  /** The package was used before `init()` had finished. */
  | "not-initialized"
  /** The WebAssembly module could not be started, or stopped on an internal error. `init()` starts afresh. */
  | "module-failed"
  /** The browser refuses to keep or to delete. */
  | "storage-unavailable"
  /** Nobody is signed in. */
  | "sign-in-required"
  /** Only the user can decide to go on. */
  | "interaction-required"
  /** The sign-in ended before it was done. */
  | "sign-in-cancelled"
  /** The browser did not let the sign-in's window open. */
  | "popup-blocked"
  /** The token is for another account than the one that was named. */
  | "account-mismatch"
  /** The account is of a tenant that isn't let in. */
  | "tenant-mismatch"
  /** Nobody has agreed to what the application asks for. */
  | "consent-required"
  /** A policy of the organisation refuses the user. */
  | "access-blocked"
  /** The Office host lacks what it would take. */
  | "host-unsupported"
  /** The server refused the credential. */
  | "credential-invalid"
  /** The credential is valid and not allowed to do this. */
  | "permission-denied"
  /** A credential would have gone to a host that it isn't meant for. */
  | "audience-refused"
  /** No answer could be read: network, DNS, TLS, firewall or CORS. `connector.diagnose()` tells which. */
  | "unreachable"
  /** No answer in time. */
  | "timeout"
  /** The server has nothing at this address. */
  | "not-found"
  /** The server has no such model, or none at all. */
  | "model-not-available"
  /** The server calls the request itself wrong. */
  | "request-invalid"
  /** Too many requests, or a quota is used up. */
  | "rate-limited"
  /** The model's service has no capacity at the moment. */
  | "overloaded"
  /** The server failed. */
  | "server-error"
  /** An answer arrived and isn't one of the API's. */
  | "response-invalid"
  /** The server reported an error inside a stream. */
  | "stream-error"
  /** A stream ended before the message did. */
  | "stream-truncated"
  /** A stream isn't what its content type says. */
  | "stream-corrupt"
  /** Something grew past its limit. */
  | "limit-exceeded"
  /** The organisation's list of models, or another rule of its own, leaves this out. */
  | "policy-denied"
  /** Asked for something that isn't supported. */
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
  /** What the Office host said, where it was asked for a token. */
  readonly bridge?: BridgeReport;
  /** How far {@link NestedAppAuth.open} got. */
  readonly availability?: NestedAppAuthAvailability;
}

/** Whether a caught value is this package's error. */
export function isConnectorError(value: unknown): value is ConnectorError;

// Configuration

/**
 * The keys of the configuration that connect a pane; named as administrators
 * know them. `gateway_url`, `google_client_id`, `aws_role_arn` or
 * `azure_resource_name` says who answers; naming another one drops what was
 * typed for the former.
 */
export interface Settings {
  /** Base address of the LLM gateway, without `/v1/messages`; in Vertex AI's format with the version of its API. */
  gateway_url?: string;
  /** The gateway's token. Secret. */
  gateway_token?: string;
  /** The header that carries the token. Default `x-api-key`. */
  gateway_auth_header?: "x-api-key" | "authorization";
  /** The format that the gateway speaks. Default `anthropic`; `vertex` needs `gcp_project_id` and `gcp_region`. */
  gateway_api_format?: "anthropic" | "bedrock" | "vertex";
  /** A token of Entra's in the place of a key, for a gateway or for Azure AI Foundry. */
  gateway_auth_source?: "entra";
  /** Further headers for inference requests: a record, or the same as JSON text. Values are secret. */
  inference_headers?: Record<string, string> | string;
  /** The OAuth client that signs in to Google: Vertex AI. */
  google_client_id?: string;
  /** Its secret. */
  google_client_secret?: string;
  /** The project's id, not its name. */
  gcp_project_id?: string;
  /** `global`, `us`, `eu` or a region such as `us-east5`. */
  gcp_region?: string;
  /** The role to act as: Amazon Bedrock. */
  aws_role_arn?: string;
  /** A region's code, such as `us-east-1`. */
  aws_region?: string;
  /** The resource's name: Azure AI Foundry. */
  azure_resource_name?: string;
  /** Its key. Secret. */
  azure_api_key?: string;
  /** A model to use where none are listed. */
  model?: string;
}

/** Where a value of the configuration came from. */
export type ConfigurationLayer = "manifest" | "attributes" | "bootstrap" | "user";

/** A value of the configuration, as it may be shown. */
export interface ConfigurationValue {
  /** The value; a secret is masked (`"••••7f3a"`, or only dots when it is short), of headers there are the names. */
  value: string;
  layer: ConfigurationLayer;
  secret: boolean;
}

/** What is odd or wrong about the configuration. */
export interface ConfigurationProblem {
  /** A stable word, for example `"duplicate-parameter"`. */
  id: string;
  severity: "error" | "warning" | "notice";
  /** The keys concerned: two where they contradict each other, or one lacks or displaces the other. */
  keys: string[];
  /** Of the first key. */
  layer?: ConfigurationLayer;
  /** Of the second key, where it is set. */
  otherLayer?: ConfigurationLayer;
  message: string;
}

/** All layers laid over each other: what holds, each value with its layer, and what is wrong. */
export interface Configuration {
  values: Record<string, ConfigurationValue>;
  problems: ConfigurationProblem[];
}

// Connector

/**
 * How far a connector is:
 *
 * - `needs-settings`: nothing to connect with, or the user must act first
 * - `not-assigned`: the organisation configures its users one by one, and this
 *   one has nothing; `connector.error` says what an administrator has to do
 * - `needs-sign-in`: all is configured, and only the user can sign in: see `connector.error`, and call
 *   `connect(undefined, { interactive: true })` when they click
 * - `connecting`
 * - `ready`: messages can be sent
 * - `failed`: the last attempt failed, and no connection worked before it; see `connector.error`
 */
export type ConnectorState = "needs-settings" | "not-assigned" | "needs-sign-in" | "connecting" | "ready" | "failed";

/** Who is signed in. */
export interface ConnectorAccount {
  /** The name that they sign in with. */
  username: string;
  /** As it is shown; absent where the identity provider doesn't say. */
  name?: string;
  /** The ID of the organisation at Microsoft; absent for others. */
  tenantId?: string;
  /** `<object ID>.<home tenant>`; absent where `getToken` named the account. */
  homeAccountId?: string;
}

/** A model that the pane can offer, and whether it can be used. */
export interface Model {
  id: string;
  displayName: string;
  /** Who named the model: the gateway's list, the settings, or this package, which tried it. */
  source: "listed" | "configured" | "probed";
  /**
   * - `usable`: listed, or it answered
   * - `no-quota`: it is there, and its quota is used up or was never granted
   * - `unknown`: it had no capacity when it was tried
   * - `no-access`: the credential may not use it
   * - `not-routed`: the provider has nothing under its name
   */
  verdict: "usable" | "no-quota" | "unknown" | "no-access" | "not-routed";
  /** Set where the products don't support it: it is older than Claude Sonnet 4.5, or the pane is Outlook's, which has Claude Opus 4.7 alone. */
  unsupported?: "too-old" | "not-in-outlook";
  /** When it ends, in ms since 1970, where that is known. */
  retiresAt?: number;
}

/** Who answers. */
export type ProviderName = "gateway" | "vertex" | "bedrock" | "foundry";

/** The shape of requests and answers that a server speaks. */
export type ApiFormat = "anthropic" | "bedrock" | "vertex";

/** What a provider can do, by the product documentation's feature table. */
export interface Capabilities {
  provider: ProviderName;
  format: ApiFormat;
  streaming: boolean;
  /** `messages.countTokens` works. */
  countTokens: boolean;
  /** It lists its models; else the ones that this package knows are tried. */
  listsModels: boolean;
  /** The products support it in Outlook. */
  outlook: boolean;
  /**
   * Whether the server tools `web_search_…` run. `unavailable` ones are left out
   * of requests. `unknown` is a gateway's: it becomes `unavailable` when the
   * gateway has refused the tool and taken the request without it.
   */
  webSearch: "available" | "unavailable" | "unknown";
  /** The same of `code_execution_…`. */
  codeExecution: "available" | "unavailable" | "unknown";
  /** What the user has to know before writing to it. */
  notices: { id: string; text: string }[];
}

/** Where what is kept lies, how it is protected, and why not better. */
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
  firstByteMs?: number | undefined;
  /** Between two pieces of any answer; a stream has no other limit. Default 90,000 ms. */
  idleMs?: number | undefined;
  /** The same as `firstByteMs` for model lists and other short calls. Default 15,000 ms. */
  controlMs?: number | undefined;
  /** For the key that seals what is kept. Passing it is no error; `connector.storage` tells of it. Default 2,000 ms. */
  storageMs?: number | undefined;
}

/** How much is taken in before the error `limit-exceeded`, in bytes. */
export interface Limits {
  /** One event of a stream. Default 16 MiB. */
  maxEventBytes?: number | undefined;
  /** An answer that is not a stream. Default 64 MiB. */
  maxResponseBytes?: number | undefined;
  /** The answer of the bootstrap endpoint. Default 16 MiB. */
  maxBootstrapBytes?: number | undefined;
  /** One skill. Default 16 MiB. */
  maxSkillBytes?: number | undefined;
}

/** What {@link Connector.open} takes. All of it has defaults. */
export interface OpenOptions {
  /** The manifest layer: usually `location.search`, or a record of the same keys. */
  parameters?: string | URLSearchParams | Record<string, string> | undefined;
  /** Separates what several hosts keep. Default: `Office.context.partitionKey`. */
  partitionKey?: string | undefined;
  /** Default `"local"`, which falls back to the session and then to memory, and says so. What an object of the page's own is given is not encrypted. */
  storage?: "local" | "session" | "memory" | StorageLike | undefined;
  /** Origins of pages that may frame this one as its Office host, besides Microsoft's own. Elsewhere, or outside Office, what only the page's address says is asked about first. */
  hostOrigins?: string[] | undefined;
  fetch?: typeof fetch | undefined;
  timeouts?: Timeouts | undefined;
  limits?: Limits | undefined;
  /** How often a request is sent again before any content arrived. Default 2. */
  maxRetries?: number | undefined;
  /**
   * The application that the pane belongs to, such as `"excel"`, and the pane's version, `"1.4.2"`. Default: what
   * Office says, and this package's version. A bootstrap endpoint is told, in `X-Claude-User-Agent`.
   * In `"outlook"` the products' rules for Outlook hold: no Amazon Bedrock, and Claude Opus 4.7 alone.
   */
  app?: { name?: string | undefined; version?: string | undefined } | undefined;
  /**
   * Where hosts are, if not where their names lead: a private endpoint, a
   * proxy, a simulator. Hosts, or `*.` and what several end with; addresses
   * with `https:`, or of this computer, to which paths are joined. Credentials
   * are for a host by its name and go where this says, so it is the page's own
   * code's to say: no configuration can, and nothing of it is kept. The
   * connector's own sign-in and {@link Connector.graphFetch} heed it too:
   * `login.microsoftonline.com` and `graph.microsoft.com`, or those of
   * `graph_cloud`, `accounts.google.com` and `oauth2.googleapis.com`.
   *
   * ```js
   * await Connector.open({ endpoints: { "sts.amazonaws.com": "https://egress.contoso.example/sts" } });
   * ```
   */
  endpoints?: Record<string, string> | undefined;
  /**
   * Issues the tokens that the configuration is fetched with where `entra_sso=1`,
   * and those that open Amazon Bedrock, Vertex AI, Azure AI Foundry
   * without a key, and gateways with `gateway_auth_source=entra`. Asked when one
   * is needed, once for all calls that need it.
   *
   * Without it the connector signs the user in itself: through the Office host
   * where that has a bridge ({@link NestedAppAuth}), else in a window
   * ({@link StandardSignIn}), which needs `redirectUri`.
   */
  getToken?(wanted: WantedToken): Promise<IssuedToken>;
  /** The Office host's bridge. Default: the one on the page's global object, waited for inside Office. */
  bridge?: NestedAppAuthBridge | undefined;
  /**
   * The page of this origin that a sign-in's window comes back to: see
   * {@link StandardSignInOptions.redirectUri}. Without it only the Office host can sign in.
   */
  redirectUri?: string | undefined;
  /** The page of this origin where Office's dialogs begin. Default: `redirectUri`. */
  startUrl?: string | undefined;
  /** Default: Office's dialog where there is one, else a pop-up. */
  openDialog?: OpenSignInWindow | undefined;
  /** The registration at Entra that is signed in with where `graph_client_id` names none. */
  clientId?: string | undefined;
  /**
   * Whose accounts are let in: the cloud's address and a tenant, for example
   * `https://login.microsoftonline.com/<tenant ID>`. Needed where the
   * registration is for one tenant. Default: in a window of Office's, the
   * organisation that Office says (`getAuthContext`); else all organisations of
   * the cloud that `graph_cloud` names. A personal account, or one of another tenant, is
   * the error `tenant-mismatch`.
   */
  authority?: string | undefined;
  /** Who has to sign in, by `homeAccountId`, `localAccountId` or `username`. Another account is the error `account-mismatch`. */
  account?: Partial<AccountInfo> | undefined;
}

// Tokens

/** A token that somebody has to issue. */
export interface WantedToken {
  /** An access token of Entra or Google for `scope`, or the user's ID token of Entra. */
  kind: "entra" | "google" | "entra-id";
  /** Empty for an ID token. */
  scope: string;
  /** The last one was refused: it must not come out of a cache. */
  fresh: boolean;
  /** What the server demands that refused it, as JSON; absent where it demands nothing. */
  claims?: string;
  /** The user has just clicked: a window may open, if that is done before anything is awaited. */
  interactive: boolean;
  /** Aborts when nobody waits for the answer any more. */
  signal: AbortSignal;
}

/** A token and what is known of it. Secret. */
export interface IssuedToken {
  token: string;
  /** In ms since 1970. Without it, the token serves until it is refused. */
  expiresAt?: number | undefined;
  /** Whose it is: the name of the session in AWS's logs. */
  account?: string | undefined;
}

/** An access token of Entra's, for the page's own use. */
export interface TokenOptions {
  /** Of one resource, for example `["https://graph.microsoft.com/Mail.Read"]`. */
  scopes: readonly string[];
  /** What the resource demands, from {@link claimsFromChallenge}. Pass on only what the host has sent that the token is for. */
  claims?: string | undefined;
  /** The resource refused the last one. */
  fresh?: boolean | undefined;
  /** The user has just clicked: a window may open. Otherwise `interaction-required`, `consent-required` or `sign-in-required` says that only the user can help. */
  interactive?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** What {@link Connector.graphFetch} takes besides fetch's own options, of which `mode`, `credentials`, `cache`, `redirect`, `referrer` and the like are not the page's to set. */
export interface GraphRequest extends Pick<RequestInit, "method" | "headers" | "body" | "signal"> {
  /** Default: `.default` of Graph, all that is granted to the application. */
  scopes?: readonly string[] | undefined;
  /** As in {@link TokenOptions}. */
  interactive?: boolean | undefined;
}

// Connector

/** What {@link Connector.connect} takes besides settings. */
export interface ConnectOptions {
  /**
   * The user asked for it: connects even where `auto_connect` is off or the
   * user signed out, and lets them sign in where that takes a window. Call it
   * at once when they click: the window opens before anything is awaited.
   */
  interactive?: boolean | undefined;
  /** The origin that the user agreed to connect to, from {@link Connector.confirmation}. */
  confirm?: string | undefined;
  signal?: AbortSignal | undefined;
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
  changed: Partial<
    Record<
      | "bootstrap_url"
      | "gateway_url"
      | "gateway_token"
      | "inference_headers"
      | "gcp_project_id"
      | "google_client_id"
      | "google_client_secret"
      | "aws_role_arn"
      | "azure_resource_name"
      | "azure_api_key",
      string
    >
  >;
}

// Diagnosis

/** What a diagnosis looks at, in this order. `models` obtains what opens the provider, where that is no key; it and `answer` present it, to the provider alone. `hosts` is there only where the configuration names other hosts. */
export type DiagnosisStepId = "configuration" | "network" | "origin" | "headers" | "models" | "answer" | "stream" | "hosts";

/** What a step came to. What an engine can't tell apart is one verdict; `explain` says so. */
export type DiagnosisVerdict =
  | "configured"
  | "reachable"
  | "origin-allowed"
  | "headers-allowed"
  | "model-found"
  | "answered"
  | "streams"
  | "hosts-reachable"
  | "not-assigned"
  | "not-configured"
  | "not-fetched"
  | "offline"
  | "policy-refused"
  | "mixed-content"
  | "local-network-refused"
  | "isolated-page"
  | "unreachable"
  | "silent"
  | "redirected"
  | "web-page"
  | "not-signed-in"
  | "token-service-unreachable"
  | "access-not-obtained"
  | "unprobed"
  | "origin-refused"
  | "errors-unreadable"
  | "preflight-refused"
  | "header-refused"
  | "any-header-allowed"
  | "answer-unreadable"
  | "connection-broken"
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
  | "slow"
  | "hosts-unreachable"
  | "hosts-unreadable";

/** One step of a diagnosis. */
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
  /** This page's origin, which the provider has to allow. */
  page: string;
  /** Who is asked; `"bootstrap"` where the endpoint that configures the user can't be; missing where nothing is configured. */
  provider?: ProviderName | "bootstrap";
  /** What opens it: a configured key, a token of Entra's or Google's, or a role that an Entra token lets the user act as. */
  access?: "key" | "entra" | "google" | "aws-role";
  /** Host, and port where it isn't the scheme's own; missing where nothing is configured. */
  host?: string;
  origin?: string;
  /** The names of the headers that requests carry. */
  headers?: string[];
  /** Those of them that the preflight refuses. */
  refused: string[];
  /** The path of the route of messages, where that was probed by itself because its answer could not be read although others can. A verdict of `answer` is about it then, and so is `refused`. */
  route?: string;
  /** The other hosts that the configuration names, at most eight, each asked once and without a secret. */
  hosts?: DiagnosedHost[];
  /** The model that was asked; empty if it came to none. */
  model: string;
  /** The browser's permission to reach the local network, where it has one: `granted`, `prompt` or `denied`. */
  localNetwork?: string;
  /** The same for this computer. */
  loopbackNetwork?: string;
  /** The sources of `connect-src` in the page's own policy, where that refused a host. */
  policy?: string;
  /** What the step that failed threw, with its hint. */
  failure?: ConnectorError;
  /** How the answer arrived; times since the request. */
  arrival?: { contentType?: string | null; events: number; firstMs?: number; lastMs?: number };
}

/** Another host that the configuration names. */
export interface DiagnosedHost {
  /** As in the allowlist. */
  address: string;
  purpose: AllowlistEntry["purpose"];
  /** Empty until it is known. `reachable`; `unprobed` where the page's policy keeps it from whoever signs in, which was done otherwise; `origin-refused` where a skill's file can't be read. */
  verdict: DiagnosisVerdict | "";
}

/** What {@link Connector.diagnose} takes. */
export interface DiagnoseOptions {
  /** What the user typed, as for {@link Connector.connect}; without it, what is connected or configured. */
  settings?: Settings | undefined;
  /** The origin that the user agreed to connect to, from {@link Connector.confirmation}. */
  confirm?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Hears of each step when it begins, and of the end. */
  onProgress?(diagnosis: Diagnosis): void;
}

/** A host that has to be let through. */
export interface AllowlistEntry {
  /** Scheme, host, and the port where it isn't the scheme's own. */
  address: string;
  purpose: "pane" | "office-js" | "bootstrap" | "inference" | "entra" | "google-sign-in" | "google-tokens" | "aws-sts" | "graph" | "mcp" | "skill" | "traces";
  /** The request headers that it has to let through by CORS; of the organisation's own hosts. */
  headers: string[];
  /** What is asked there, where the configuration names an address and not only a host; without its query. */
  url?: string;
}

// Policies and skills

/** A document that something is to be done with, as far as the page knows it. */
export interface PolicyResource {
  type: "open_file" | "uploaded_file";
  /** Its sensitivity label; `null` for a document without one. Missing, it could not be read, and counts as denied. */
  label?: { guid?: string; name?: string } | null;
  /** Its path or address, as Office tells it. */
  path?: string;
}

/** A skill that the organisation hands this user. */
export interface Skill {
  name: string;
  description?: string;
  /** Whether it came with the bootstrap answer or is downloaded. */
  source: "content" | "url";
}

/** A skill's content. */
export interface LoadedSkill {
  name: string;
  /** A zip file with a `SKILL.md` in it, or the text of one. */
  format: "zip" | "text";
  bytes: Uint8Array;
}

// Connector

/** What of a connector has changed. */
export type ConnectorChange = "state" | "models" | "configuration" | "storage" | "account";

/**
 * A pane's connection to the model: reads the configuration, signs in, finds the models, sends and streams.
 *
 * ```js
 * const connector = await Connector.open({ parameters: location.search });
 * await connector.connect();
 * const message = await connector.messages.create({ model: connector.models[0].id, max_tokens: 1024, messages });
 * ```
 */
export class Connector {
  private constructor();
  /**
   * Reads configuration and storage. Talks to no server, but for the package's
   * own files: where the configuration has templates, lists or a bootstrap
   * endpoint, or needs a sign-in, the code for that is loaded, so that a window
   * can open at the user's click.
   */
  static open(options?: OpenOptions): Promise<Connector>;

  /** How far it is. */
  readonly state: ConnectorState;
  /** Why there is no connection: what the last attempt failed with, or why only the user or an administrator can go on. */
  readonly error: ConnectorError | undefined;
  /** What it is configured with, secrets masked. */
  readonly configuration: Configuration;
  /**
   * Who is signed in, once a token came for them. When another account takes
   * over, what was kept for the former one is deleted, and the connection ends
   * that was made with it.
   */
  readonly account: ConnectorAccount | undefined;
  /** Where credentials are kept, and how they are protected. */
  readonly storage: StorageStatus;
  /**
   * Those that a pane can begin with come first, in the order of `available_models` where that is configured, and else
   * the one that the user typed before them; then those that can't be used, with their `verdict`, or that the products
   * don't support. What trying them came to is kept for a day: until then `connect()` asks one of them. Of a longer list
   * the first 1,000 that may be Claude are here.
   */
  readonly models: readonly Model[];
  /** What the provider that is connected can do; undefined while none is. */
  readonly capabilities: Capabilities | undefined;
  /** What any provider can do, without one being configured. `format` is a gateway's. */
  capabilitiesOf(provider: ProviderName, format?: ApiFormat): Capabilities;
  /** Set while `connect` would only ask: show it and connect with `confirm` when the user agrees. */
  readonly confirmation: Confirmation | undefined;

  /** What the organisation hands this user, once it is connected. */
  readonly skills: readonly Skill[];
  /** Loads a skill: out of the bootstrap answer, or from its address, without any credential. */
  skill(name: string, options?: { signal?: AbortSignal | undefined }): Promise<LoadedSkill>;
  /**
   * Whether the organisation allows an action (`disabled_features`,
   * `access_policies`), such as `"addin.access"`, `"file.upload"`,
   * `"skills.authoring"`, `"thumbs"`. Statements about documents count where one
   * is passed. Ask again after the change `"configuration"`.
   */
  allows(action: string, resource?: PolicyResource): boolean;

  /** Calls the listener after every change until the returned function is called. */
  onChange(listener: (change: ConnectorChange) => void): () => void;

  /**
   * Connects with the configuration, or with what the user typed laid over it.
   * What of the configuration has to be fetched is fetched first: the user's
   * attributes in the directory, the bootstrap answer. Then the models are
   * listed, or tried where there is no list, and the first of a list streams
   * one token: `"ready"` says that a model answered, or would but for its
   * quota or capacity at the moment.
   * Settings are kept only when the gateway answered; until then a connection
   * that works goes on working, and an attempt that fails leaves it as it was.
   * Without settings and `interactive` it honours `auto_connect` and a
   * sign-out: it then returns with the state unchanged.
   */
  connect(settings?: Settings, options?: ConnectOptions): Promise<void>;
  /**
   * The checks of {@link connect}, each model tried where there is no list.
   * Nothing is kept and the state stays.
   */
  test(settings: Settings, options?: { signal?: AbortSignal | undefined; confirm?: string | undefined }): Promise<Model[]>;
  /** Asks the provider for its models again, or tries all that are known again. @throws {ConnectorError} what {@link connect} throws. */
  refreshModels(options?: { signal?: AbortSignal | undefined }): Promise<readonly Model[]>;
  /** Questions to the model, in the shapes of Anthropic's Messages API. */
  readonly messages: Messages;
  /**
   * The Messages API as a `fetch`, over the provider that is connected, for
   * clients that speak it: `new Anthropic({ apiKey: "unused", fetch: connector.fetch, dangerouslyAllowBrowser: true })`.
   *
   * Takes what `fetch` takes and serves `POST /v1/messages` and
   * `/v1/messages/count_tokens`, `GET /v1/models` and `/v1/models/{id}`, of
   * whichever origin and whatever stands before them in the path; relative
   * addresses too. Of the caller's headers only `anthropic-beta` is passed on.
   * Errors are the API's own answers, with their status. What can't be
   * answered rejects as `fetch` does: with the signal's reason, or a
   * `TypeError` whose `cause` is a {@link ConnectorError}. A refused credential
   * is renewed once; nothing else is sent again, as clients do that themselves.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /**
   * An access token of Entra's for the page's own use, from the sign-in that
   * the connector uses, or from `getToken`. Whom it may be shown to is the
   * page's affair; the connector's own requests with tokens of Microsoft's
   * resources go to those alone.
   *
   * @throws {ConnectorError} what {@link NestedAppAuth.acquireToken} throws; `sign-in-required` after a sign-out until the
   *   user acts; `configuration-invalid` where no application is configured.
   */
  token(options: TokenOptions): Promise<IssuedToken>;
  /**
   * A request to Microsoft Graph of the cloud that `graph_cloud` names, with a
   * token that goes there alone. `path` begins with the version,
   * `/v1.0/me/messages`, or is a whole address of that host (`@odata.nextLink`).
   *
   * A 401 is answered once with a newer token, and with the claims that Graph
   * demands. A download that Graph redirects goes on without the token; in
   * browsers that would take the token along (Chromium before 119) it is
   * `unsupported`. WebKit asks the download's host beforehand whether it takes
   * `authorization`, which it then leaves out: a host that doesn't answer that
   * is out of reach there. Other answers are the page's to judge.
   *
   * @throws {ConnectorError} `audience-refused` for another host, `invalid-argument` for an `Authorization` of the
   *   page's own or a body that can't be sent twice, and what {@link token} throws; else as fetch rejects.
   */
  graphFetch(path: string | URL, init?: GraphRequest): Promise<Response>;
  /**
   * Finds out why a connection doesn't work. First probes without a credential,
   * then what opens the provider is obtained, by `getToken` or the connector's
   * own sign-in where it is a token, and one fixed, tiny, streamed message is sent (and before that its list of
   * models, where no model is known yet; without a list the known ones are
   * tried). Changes nothing.
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
  /**
   * Aborts what is under way and forgets what was kept, here and in other open
   * panes: credentials, tokens in memory, and the sign-in's refresh token.
   * `connect` and silent sign-ins then wait for the user. The Office host, and
   * the identity provider's own session in the browser, stay signed in.
   *
   * @throws {ConnectorError} `storage-unavailable` where the browser refuses to delete it; this pane has forgotten it.
   */
  signOut(): Promise<void>;
  /** Aborts what is under way (it rejects with an `AbortError`) and frees the memory. May be called twice. */
  free(): void;
  /** {@link free}, for `using`. */
  [Symbol.dispose](): void;
}

// Messages

/** What calls to a model take besides their params. */
export interface RequestOptions {
  signal?: AbortSignal | undefined;
  /**
   * Names of beta features, sent where the format has them, together with those in the params' `anthropic_beta` and, as
   * in the SDK's `client.beta`, `betas`. Those that a cloud is known to refuse are left out there: one of them would
   * cost the whole answer.
   */
  betas?: string[] | undefined;
}

/** A request as it would be sent, secrets masked. */
export interface PreparedRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/**
 * Asks the model; it is {@link Connector.messages}. Unknown params, events and blocks pass through as they are.
 *
 * Each call rejects with a {@link ConnectorError}, or with the reason of your own signal, as it is.
 */
export interface Messages {
  /**
   * Server tools that the provider can't run are left out of `tools`; see {@link Connector.capabilities}. A gateway that
   * refuses them is asked again without them.
   */
  create(params: MessageCreateParams & { stream?: false }, options?: RequestOptions): Promise<Message>;
  /** Starts at once. */
  stream(params: Omit<MessageCreateParams, "stream">, options?: RequestOptions): MessageStream;
  /** How many tokens a prompt has. @throws {ConnectorError} `unsupported` on Amazon Bedrock, which counts none. */
  countTokens(params: CountTokensParams, options?: RequestOptions): Promise<MessageTokensCount>;
  /** The HTTP request that would be sent. */
  prepare(params: MessageCreateParams, options?: { stream?: boolean | undefined; betas?: string[] | undefined }): Promise<PreparedRequest>;
}

/** A wait before a request is sent again. */
export interface RetryNotice {
  /** 1 for the first time. */
  attempt: number;
  delayMs: number;
  error: ConnectorError;
}

/** What can be listened to, by the name that {@link MessageStream} has for it. `snapshot` is what has arrived so far. */
export interface MessageStreamListeners {
  /** The answer's text grows. */
  text(delta: string, snapshot: string): void;
  /** What the model tells of its thinking grows. */
  thinking(delta: string, snapshot: string): void;
  /** A tool's input grows; the snapshot is what of it is certain. */
  inputJson(partialJson: string, snapshot: unknown): void;
  /** Every event, as it came. */
  streamEvent(event: MessageStreamEvent, snapshot: Message): void;
  /** A block is whole. */
  contentBlock(block: ContentBlock): void;
  /** The answer is whole. */
  message(message: Message): void;
  /** The request is sent again after a wait; nothing had been delivered. */
  retry(notice: RetryNotice): void;
  /** The answer failed. */
  error(error: unknown): void;
  /** It was called off. */
  abort(reason: unknown): void;
  /** Nothing more comes, however it ended. */
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
  /** Listens until {@link off}. */
  on<K extends keyof MessageStreamListeners>(name: K, listener: MessageStreamListeners[K]): this;
  /** Listens for the first one. */
  once<K extends keyof MessageStreamListeners>(name: K, listener: MessageStreamListeners[K]): this;
  /** Stops listening. */
  off<K extends keyof MessageStreamListeners>(name: K, listener: MessageStreamListeners[K]): this;
  /** Resolves when the answer is whole, also where that was before. */
  finalMessage(): Promise<Message>;
  /** The text of the answer when it is whole: its text blocks, joined. */
  finalText(): Promise<string>;
  /** What has arrived so far. */
  readonly currentMessage: Message | undefined;
  /** Whether it was called off, by {@link abort} or the signal. */
  readonly aborted: boolean;
  /** Whether nothing more comes: the answer is whole, failed or called off. */
  readonly ended: boolean;
  /** Stops the answer and closes the connection. What arrived stays in `currentMessage`. */
  abort(reason?: unknown): void;
}

// Decoders

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
  /** `maxEventBytes` limits an event's data: 16 MiB by default. */
  constructor(options?: { maxEventBytes?: number | undefined });
  /** The events that this chunk ended. */
  push(chunk: Uint8Array): ServerSentEvent[];
  /** Ends the stream; an event without its blank line is dropped, as the standard says. Frees the decoder. */
  finish(): ServerSentEvent[];
  /** The reconnection time that the stream asked for, in milliseconds. */
  readonly retryMs: number | undefined;
  /** The last event id that the stream gave; empty while it gave none. */
  readonly lastEventId: string;
  /** Frees the memory, also in the middle of a stream. May be called twice. */
  free(): void;
  /** {@link free}, for `using`. */
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
 * `maxMessageBytes` (16 MiB by default) or with more than `maxHeaderBytes` of
 * headers (128 KiB by default), both whole numbers of bytes from 1 on.
 */
export class EventStreamDecoder {
  /** The limits are in bytes. */
  constructor(options?: { maxMessageBytes?: number | undefined; maxHeaderBytes?: number | undefined });
  /** The frames that this chunk ended. */
  push(chunk: Uint8Array): EventStreamMessage[];
  /** Ends the stream and frees the decoder. @throws {ConnectorError} `stream-truncated` inside a frame. */
  finish(): EventStreamMessage[];
  /** Frees the memory, also in the middle of a stream. May be called twice. */
  free(): void;
  /** {@link free}, for `using`. */
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

/** What a {@link MessageDecoder} has counted. */
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
  /**
   * `maxEventBytes` limits an event's data, or a whole frame: 16 MiB by default.
   * `maxHeaderBytes` limits a frame's headers: 128 KiB by default.
   */
  constructor(contentType: string, options?: { maxEventBytes?: number | undefined; maxHeaderBytes?: number | undefined });
  /** The answer text that this chunk added. */
  push(chunk: Uint8Array): string;
  /** The same bytes as typed events. */
  pushEvents(chunk: Uint8Array): MessageStreamEvent[];
  /** The message so far. */
  snapshot(): Message | undefined;
  /** The whole message. @throws {ConnectorError} `stream-truncated`, with `partialMessage`. */
  finish(): Message;
  /** What it has counted so far. */
  readonly metrics: DecoderMetrics;
  /** Frees the memory, also in the middle of a stream. May be called twice. */
  free(): void;
  /** {@link free}, for `using`. */
  [Symbol.dispose](): void;
}

// Signing in

/** The bridge that an Office host offers on the page's global object, `nestedAppAuthBridge`. */
export interface NestedAppAuthBridge {
  addEventListener(type: "message", listener: (response: string | { data: string }) => void): void;
  removeEventListener(type: "message", listener: (response: string | { data: string }) => void): void;
  postMessage(message: string): void;
}

/** Waits of {@link NestedAppAuth} that end in the error `timeout`. */
export interface NestedAppAuthTimeouts {
  /** Until office.js offers its bridge. Default 2,000 ms; await `Office.onReady()` before, which takes longer. */
  bridgeMs?: number | undefined;
  /** For the host's preparation and for its first answer, each. Default 5,000 ms. */
  initMs?: number | undefined;
  /** For a token that needs no user. Default 30,000 ms. */
  silentMs?: number | undefined;
  /** For the user. Default 600,000 ms. */
  popupMs?: number | undefined;
}

/** What {@link NestedAppAuth.open} takes. */
export interface NestedAppAuthOptions {
  /** The ID of the app registration. Its redirect URI is `brk-multihub://` and this page's host and port. */
  clientId: string;
  /**
   * Which accounts are let in: `https://login.microsoftonline.com/` and a tenant's ID, `organizations`,
   * `consumers` or `common` (the default). It is checked on each token; the host isn't told, as MSAL doesn't
   * tell it: put it into the request for that.
   */
  authority?: string | undefined;
  /** For example `["CP1"]`: the page answers claims challenges. */
  clientCapabilities?: readonly string[] | undefined;
  /** How the host is told who asks. Default: this package's name and version. */
  clientLibrary?: { name: string; version: string } | undefined;
  /** A bridge of the page's own. Default: the host's, waited for. */
  bridge?: NestedAppAuthBridge | undefined;
  timeouts?: NestedAppAuthTimeouts | undefined;
  signal?: AbortSignal | undefined;
}

/** How far the way to the host's broker leads. Office versions claim the feature and lack it, so each step is told apart. */
export interface NestedAppAuthAvailability {
  /** What `isSetSupported("NestedAppAuth", "1.1")` says; undefined without Office. */
  claimed: boolean | undefined;
  /** `__initializeNestedAppAuth`, which a host may have prepared. */
  hook: "absent" | "called" | "failed" | "silent";
  bridge: "absent" | "unusable" | "found" | "given";
  /** The host's answer to the first message. */
  init: "not-sent" | "silent" | "refused" | "answered";
  /** What the host calls itself. */
  sdkName?: string;
  sdkVersion?: string;
}

/** What an Office host said when it gave no token, word for word but for secrets. */
export interface BridgeReport {
  method: "GetInitContext" | "GetToken" | "GetTokenPopup";
  /** Finds the request in Entra's sign-in log. Empty for the first message. */
  correlationId: string;
  elapsedMs: number;
  /** The protocol's word, for example `"USER_INTERACTION_REQUIRED"`, as the host spelled it. */
  status?: string;
  /** For example `"invalid_grant"`. */
  code?: string;
  /** For example `"consent_required"`. */
  subError?: string;
  description?: string;
  /** The number of Entra's error, `65001` of `AADSTS65001`. */
  aadsts?: number;
  /** The whole error. */
  raw?: unknown;
}

/** An account, with the names of MSAL's `AccountInfo`. */
export interface AccountInfo {
  /** `<object ID>.<home tenant>` */
  homeAccountId: string;
  /** For example `"login.microsoftonline.com"`. */
  environment: string;
  tenantId: string;
  username: string;
  localAccountId: string;
  name?: string;
  loginHint?: string;
  nativeAccountId?: string;
  /** Secret. Only in an answer. */
  idToken?: string;
  idTokenClaims?: { [claim: string]: unknown };
}

/** The part of MSAL's requests that reaches an Office host. Others of their members may be there and are ignored. */
export interface TokenRequest {
  /** Of one resource. Default: `openid profile offline_access`. */
  scopes?: string[] | undefined;
  /** Who the token is for, by `homeAccountId`, else `localAccountId`, else `username`. A token for another is an error. */
  account?: Partial<AccountInfo> | null | undefined;
  /** What a resource demands, from {@link claimsFromChallenge}. */
  claims?: string | undefined;
  /** Passes over the caches, this package's and the host's. */
  forceRefresh?: boolean | undefined;
  /** MSAL's `CacheLookupPolicy`; from 3 on the cache is passed over. */
  cacheLookupPolicy?: number | undefined;
  /** Default: a new UUID. */
  correlationId?: string | undefined;
  authority?: string | undefined;
  resource?: string | undefined;
  /** Given back with the answer. */
  state?: string | undefined;
  authenticationScheme?: string | undefined;
  attributeTokens?: string[] | undefined;
  /** Who is suggested on the sign-in page, of which tenant, and how it asks. Office hosts don't take these three. */
  loginHint?: string | undefined;
  domainHint?: string | undefined;
  prompt?: string | undefined;
}

/** A token, with the names of MSAL's `AuthenticationResult`. */
export interface AuthenticationResult {
  authority: string;
  uniqueId: string;
  tenantId: string;
  /** What was granted. */
  scopes: string[];
  account: AccountInfo;
  /** Secret. */
  idToken: string;
  idTokenClaims: { [claim: string]: unknown };
  /** Secret. */
  accessToken: string;
  fromCache: boolean;
  expiresOn: Date;
  extExpiresOn: Date;
  tokenType: string;
  /** Of the message to the host; empty from the cache, unless the request had one. */
  correlationId: string;
  state?: string;
}

/**
 * Signs the user in through the Office host (nested app authentication), with
 * no prompt where the host can do without.
 *
 * ```js
 * await Office.onReady();
 * const auth = await NestedAppAuth.open({ clientId });
 * const { accessToken } = await auth.acquireToken({ scopes: ["api://gateway/.default"] });
 * ```
 *
 * Tokens are kept in memory only, by account and scopes, until five minutes
 * before they expire. Equal requests that are under way share one message to
 * the host; one that is aborted takes the others nothing away.
 */
export class NestedAppAuth {
  private constructor();
  /**
   * Finds the host's bridge and greets the host.
   *
   * @throws {ConnectorError} `host-unsupported`, with `availability`, where there is no host that signs in;
   *   `timeout` where it doesn't answer: another `open` takes the answer that comes late.
   */
  static open(options: NestedAppAuthOptions): Promise<NestedAppAuth>;
  /** How far the way to the host's broker leads. */
  readonly availability: NestedAppAuthAvailability;

  /**
   * A token from the cache, or from the host without the user.
   *
   * @throws {ConnectorError} `interaction-required`, `consent-required` or `sign-in-required` where only the user can
   *   help; `account-mismatch`, `tenant-mismatch`, `access-blocked`, `configuration-invalid`, `host-unsupported`,
   *   `unreachable`, `rate-limited`, `server-error`, `response-invalid`, `timeout`, `invalid-argument`.
   */
  acquireTokenSilent(request?: TokenRequest, options?: { signal?: AbortSignal | undefined }): Promise<AuthenticationResult>;
  /**
   * A token from the host, which may ask the user: call it from a click.
   *
   * @throws {ConnectorError} the same, and `sign-in-cancelled`.
   */
  acquireTokenPopup(request?: TokenRequest, options?: { signal?: AbortSignal | undefined }): Promise<AuthenticationResult>;
  /**
   * Silently, and where only the user can help, with the user.
   *
   * A resource that demands the same `claims` again gets a token that the user
   * had to confirm; after that, for five minutes, `access-blocked`.
   */
  acquireToken(request?: TokenRequest, options?: { signal?: AbortSignal | undefined }): Promise<AuthenticationResult>;

  /** The accounts that tokens came for, the latest first. */
  accounts(): AccountInfo[];
  /** A resource refused this token: it is not given out again, and the host is told to get another. Returns whether it was known. */
  invalidate(accessToken: string): boolean;
  /** Forgets tokens and accounts. Whoever waits for one gets an `AbortError`. The host stays signed in. */
  clear(): void;
  /** Stops listening to the host and frees the memory. Whoever waits gets an `AbortError`. May be called twice. */
  free(): void;
  /** {@link free}, for `using`. */
  [Symbol.dispose](): void;
}

/** Waits of {@link StandardSignIn}. */
export interface StandardSignInTimeouts {
  /** For a token that needs no user. Default 30,000 ms. */
  silentMs?: number | undefined;
  /** For the user. Default 600,000 ms. */
  popupMs?: number | undefined;
  /** For one answer of the token endpoint. Default 15,000 ms. */
  requestMs?: number | undefined;
  /** How long a pop-up has to look closed, while the pane has the focus, until it counts as closed. Default 2,000 ms. */
  closedMs?: number | undefined;
  /** For the key that seals what is kept. Default 2,000 ms. */
  storageMs?: number | undefined;
}

/** A window of the page's own for signing in. */
export interface OpenSignInWindow {
  /**
   * Resolves to the address that the window came back to, query and fragment
   * included, or to undefined when it was closed. `signal` ends it.
   */
  (url: string, options: { startUrl: string; signal: AbortSignal }): Promise<string | undefined>;
}

/** What {@link StandardSignIn.open} takes. */
export interface StandardSignInOptions {
  /** The ID of the app registration. */
  clientId: string;
  /**
   * A page of this origin that loads `taskpane-connector/auth-page`, registered to the letter: at Entra for the platform
   * "Single-page application". Relative to this page.
   */
  redirectUri: string;
  /** The page of this origin where Office's dialogs begin. Default: `redirectUri`. */
  startUrl?: string | undefined;
  /**
   * `https://login.microsoftonline.com/` and the tenant, which is needed where the registration is for one tenant only.
   * Default: all organisations of the cloud.
   */
  authority?: string | undefined;
  /** Which of Microsoft's clouds, in the words of `graph_cloud`, or Google's. Default `"global"`. */
  cloud?: "global" | "us-gov-high" | "us-gov-dod" | "china" | "google" | undefined;
  /** What Google gives to web applications besides. */
  clientSecret?: string | undefined;
  /** Where the identity provider's hosts are, if not where their names lead: see {@link OpenOptions.endpoints}. */
  endpoints?: Record<string, string> | undefined;
  /** For example `["CP1"]`: the page answers claims challenges. */
  clientCapabilities?: readonly string[] | undefined;
  /** Default: Office's dialog where there is one, else a pop-up. */
  openDialog?: OpenSignInWindow | undefined;
  /** Where the refresh token is kept, sealed where the host can do that. Default `"local"`. */
  storage?: "local" | "session" | "memory" | Pick<StorageLike, "getItem" | "setItem" | "removeItem"> | undefined;
  /** Separates what several hosts keep on one origin. Default: `Office.context.partitionKey`. */
  partitionKey?: string | undefined;
  fetch?: typeof fetch | undefined;
  timeouts?: StandardSignInTimeouts | undefined;
  signal?: AbortSignal | undefined;
}

/** A message that came to a sign-in's window and was not its answer. */
export interface IgnoredSignInMessage {
  /** It came from another origin, or without the `state` of the window that was open. */
  readonly reason: "origin" | "state";
  readonly origin: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * Signs the user in where no Office host does it: in a window, by the
 * authorization code flow with PKCE. Requests, results and failures are those
 * of {@link NestedAppAuth}; `loginHint`, `domainHint` and `prompt` of a request
 * reach the sign-in page.
 *
 * A refresh token is kept for the next time, of the account that signed in
 * last; tokens themselves are not. Entra's is good for 24 hours: then the user
 * is asked again.
 *
 * ```js
 * const auth = await StandardSignIn.open({ clientId, authority, redirectUri: "/auth.html" });
 * button.onclick = async () => {
 *   const { accessToken } = await auth.acquireToken({ scopes: ["User.Read"] });
 * };
 * ```
 */
export interface StandardSignIn extends Omit<NestedAppAuth, "availability"> {}
export class StandardSignIn {
  private constructor();
  /** Reads what is kept; opens no window and asks nobody. */
  static open(options: StandardSignInOptions): Promise<StandardSignIn>;
  /**
   * @throws {ConnectorError} besides what the host's sign-in throws, `popup-blocked` where it isn't called at once when
   *   the user clicks, `sign-in-cancelled` when the window closes or a newer one takes over.
   */
  acquireTokenPopup(request?: TokenRequest, options?: { signal?: AbortSignal | undefined }): Promise<AuthenticationResult>;
  /** Where the refresh token is kept, and how it is protected. */
  readonly storage: StorageStatus;
  /** Messages that were ignored, forged ones among them; the last sixteen. */
  readonly ignored: readonly IgnoredSignInMessage[];
  /**
   * Forgets the user and what is kept, and revokes it at Google. Whoever waits gets an `AbortError`. Other panes forget
   * their tokens, too.
   *
   * @throws {ConnectorError} `storage-unavailable` where the browser refuses to delete it.
   */
  signOut(): Promise<void>;
}

/**
 * The claims that a resource demands in the `WWW-Authenticate` header of a 401, for `claims` of a request; undefined
 * where it demands none. Pass on only what the host that the token is for has sent.
 */
export function claimsFromChallenge(header: string | null | undefined): string | undefined;

// Requests to AWS

/** A request to sign, in the shapes that `fetch` takes. */
export interface AwsRequest {
  /** Default `"GET"`. */
  method?: string | undefined;
  /** Absolute. It is signed as the browser will send it: resolved and percent-encoded by the URL standard. */
  url: string | URL;
  /** A `Headers` object, pairs, or a record. */
  headers?: Headers | Iterable<readonly [string, string]> | Readonly<Record<string, string>> | undefined;
  body?: string | ArrayBuffer | ArrayBufferView | null | undefined;
}

/** An access key; with a session's token when it is temporary. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

/** Whom and when {@link signAwsRequest} signs for. */
export interface AwsSigningOptions {
  /** For example `"us-east-1"`. */
  region: string;
  /** The service's signing name, for example `"execute-api"`. S3's are signed by S3's rules. */
  service: string;
  /** When it is signed, as a `Date` or in milliseconds since 1970. Default: now. */
  date?: Date | number | undefined;
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
