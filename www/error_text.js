/** Says what went wrong, and who can do something about it, in words. */

import { isConnectorError } from "/pkg/index.js";
import { PROVIDERS } from "./providers.js";

/** @typedef {import("/pkg/index.js").ConnectorError} ConnectorError */

/** @type {Record<string, string>} */
const TITLES = {
  "invalid-argument": "That can’t be used",
  "configuration-invalid": "The settings can’t be used as they are",
  "not-initialized": "The connector isn’t started",
  "module-failed": "The connector stopped working",
  "credential-invalid": "The gateway did not accept the opener",
  "permission-denied": "The gateway does not allow this",
  "sign-in-required": "Nobody is signed in",
  "interaction-required": "You have to sign in or confirm something",
  "sign-in-cancelled": "The sign-in was not finished",
  "popup-blocked": "The sign-in’s window was blocked",
  "consent-required": "Nobody has agreed to what this add-in asks for",
  "access-blocked": "A policy of your organisation does not let you in",
  "account-mismatch": "Another account is signed in",
  "tenant-mismatch": "The account is of another organisation",
  "host-unsupported": "This application can’t sign you in",
  "credential-expired": "The sign-in has run out",
  "audience-refused": "The token is meant for another host",
  unreachable: "The gateway could not be reached",
  timeout: "The gateway did not answer in time",
  "not-found": "The gateway has nothing at this address",
  "model-not-available": "The gateway does not have this model",
  "request-invalid": "The gateway called the request invalid",
  "rate-limited": "Too many requests at the moment",
  overloaded: "The model is overloaded at the moment",
  "server-error": "The gateway reported an error of its own",
  "response-invalid": "Something other than the gateway answered",
  "stream-error": "The answer broke off with an error",
  "stream-truncated": "The answer broke off",
  "stream-corrupt": "The answer arrived damaged",
  "limit-exceeded": "This is larger than what is accepted",
  "policy-denied": "Your organisation does not offer this",
  unsupported: "The gateway does not support this",
  "storage-unavailable": "The browser’s storage does not take changes",
};

let subject = "The gateway";
let opener = "token";

/**
 * Who the titles are about, and what it may refuse.
 *
 * @param {import("./providers.js").ProviderName} provider
 * @param {boolean} byWorkAccount whether Microsoft Entra's tokens open it
 */
export function speakOf(provider, byWorkAccount) {
  subject = PROVIDERS[provider].subject;
  opener = byWorkAccount ? "sign-in" : PROVIDERS[provider].opener;
}

const WHO = { user: "What you can do", admin: "For your IT administrator", developer: "For the developer of this add-in" };

/**
 * Hints that say more in a form with labels than the package can without one.
 *
 * @type {Record<string, (params: Record<string, string>) => string | undefined>}
 */
const HINTS = {
  "enter-value": ({ key }) => ({ gateway_url: "Type the gateway’s URL.", gateway_token: "Type the token." })[key],
};

/**
 * @param {unknown} error
 * @returns {string}
 */
export function errorTitle(error) {
  if (!isConnectorError(error)) return "Something went wrong in this pane";
  // A gateway that has begun to answer was reached.
  if (error.code === "unreachable" && error.partialMessage) return TITLES["stream-truncated"];
  // A provider's own has a status; without one it was who issues the tokens.
  if (error.code === "server-error" && error.status === undefined) return "The sign-in did not work this time";
  const inside = subject.replace(/^The /, "the ");
  const title = TITLES[error.code] || "Something went wrong";
  return title.replace("The gateway", subject).replace("the gateway", inside).replace("opener", opener);
}

/**
 * @param {unknown} error
 * @returns {string}
 */
export function errorMessage(error) {
  if (!(error instanceof Error)) return String(error);
  return error.message ? sentence(error.message) : "";
}

/**
 * @param {unknown} error
 * @returns {{ who: string, text: string } | undefined}
 */
export function errorHint(error) {
  if (!isConnectorError(error) || !error.hint) return undefined;
  const { id, params, text, audience } = error.hint;
  return { who: WHO[audience] || WHO.developer, text: HINTS[id]?.(params) || text };
}

/**
 * Status and request identifier, which a gateway's log is searched by.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function errorFacts(error) {
  if (!isConnectorError(error)) return "";
  const facts = [];
  if (error.status !== undefined) facts.push(`HTTP ${error.status}`);
  facts.push(error.code);
  if (error.requestId) facts.push(`request ${error.requestId}`);
  return facts.join(" · ");
}

/**
 * The package's messages begin in lower case and end without a full stop, so
 * that they fit into other sentences.
 *
 * @param {string} text
 */
export function sentence(text) {
  // A key of the configuration or an address keeps its spelling.
  const isWord = /^[a-z][a-z’'-]*[,;]?(?:\s|$)/.test(text);
  const first = isWord ? text.slice(0, 1).toUpperCase() + text.slice(1) : text;
  return /[.!?…:]$/.test(first) ? first : `${first}.`;
}

/**
 * What to say beside the field that an error is about, whose label names the
 * key already.
 *
 * @param {unknown} error
 * @param {string} key
 * @returns {string}
 */
export function fieldMessage(error, key) {
  const hint = errorHint(error)?.text || "";
  if (isConnectorError(error) && error.hint?.id === "enter-value") return hint;
  const message = error instanceof Error ? error.message : String(error);
  const bare = message.startsWith(`${key}: `) ? message.slice(key.length + 2) : message;
  return [sentence(bare), hint].filter(Boolean).join(" ");
}

/** @type {[string, RegExp][]} */
const FIELD_WORDS = [
  ["gateway_auth_header", /gateway_auth_header|\bauth(?:entication)? header\b/i],
  ["gateway_token", /gateway_token|\btoken\b|\bkey\b/i],
  ["gateway_url", /gateway_url|\burl\b|\baddress\b/i],
  ["model", /\bmodel\b/i],
];

/** @type {Partial<Record<import("/pkg/index.js").ErrorCode, string>>} */
const FIELD_CODES = {
  "credential-invalid": "gateway_token",
  "audience-refused": "gateway_token",
  "not-found": "gateway_url",
  unreachable: "gateway_url",
  "response-invalid": "gateway_url",
  "model-not-available": "model",
};

/** @type {Record<import("./providers.js").ProviderName, Record<string, string>>} */
const KEYS_OF = {
  gateway: {},
  vertex: { gateway_token: "", gateway_url: "gcp_region" },
  bedrock: { gateway_token: "aws_role_arn", gateway_url: "aws_region" },
  foundry: { gateway_token: "azure_api_key", gateway_url: "azure_resource_name" },
};

/**
 * The configuration key that an error is about, so that a form can show it at
 * the field.
 *
 * @param {unknown} error
 * @param {import("./providers.js").ProviderName} provider
 * @returns {string | undefined}
 */
export function errorKey(error, provider) {
  if (!isConnectorError(error)) return undefined;
  const named = error.hint?.params.key;
  if (named) return named;
  const key = gatewayKey(error);
  return key ? (KEYS_OF[provider][key] ?? key) : undefined;
}

/**
 * @param {ConnectorError} error
 * @returns {string | undefined}
 */
function gatewayKey(error) {
  if (error.code in FIELD_CODES) return FIELD_CODES[error.code];
  if (error.code !== "configuration-invalid" && error.code !== "invalid-argument") return undefined;
  return FIELD_WORDS.find(([, words]) => words.test(error.message))?.[0];
}
