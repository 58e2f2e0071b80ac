/**
 * Errors as the Messages API tells them, for `fetch.js`: an answer with a
 * status and a type, an event in a stream, or, where there would be no answer,
 * what fetch rejects with.
 */
import { isConnectorError } from "./error.js";

/** Status and type in the API for a code. */
const KINDS = {
  "invalid-argument": [400, "invalid_request_error"],
  "request-invalid": [400, "invalid_request_error"],
  "interaction-required": [401, "authentication_error"],
  "sign-in-required": [401, "authentication_error"],
  "sign-in-cancelled": [401, "authentication_error"],
  "popup-blocked": [401, "authentication_error"],
  "consent-required": [401, "authentication_error"],
  "credential-invalid": [401, "authentication_error"],
  "access-blocked": [403, "permission_error"],
  "account-mismatch": [403, "permission_error"],
  "tenant-mismatch": [403, "permission_error"],
  "audience-refused": [403, "permission_error"],
  "permission-denied": [403, "permission_error"],
  "policy-denied": [403, "permission_error"],
  "not-found": [404, "not_found_error"],
  "model-not-available": [404, "not_found_error"],
  unsupported: [404, "not_found_error"],
  "rate-limited": [429, "rate_limit_error"],
  "server-error": [500, "api_error"],
  "response-invalid": [502, "api_error"],
  "stream-error": [500, "api_error"],
  "stream-truncated": [502, "api_error"],
  "stream-corrupt": [502, "api_error"],
  overloaded: [529, "overloaded_error"],
};

/** The same where a server answered it: without an answer they are no answer here either. */
const ANSWERED = {
  "limit-exceeded": [413, "request_too_large"],
  timeout: [504, "timeout_error"],
};

/** Codes that stand for several statuses; the server's own says more. */
const BROAD = new Set(["request-invalid", "server-error", "limit-exceeded"]);

const PAYMENT_REQUIRED = 402;

/**
 * `{ status, body }`, or undefined where nobody has answered. `text` is what
 * the server wrote; `clean` takes secrets out of it.
 */
export function apiError(error, text, clean) {
  const kind = KINDS[error.code] ?? (error.status ? ANSWERED[error.code] : undefined);
  if (!kind) return undefined;
  let [status, type] = kind;
  if (error.status === PAYMENT_REQUIRED) [status, type] = [PAYMENT_REQUIRED, "billing_error"];
  // Gateways wrap a provider's error in a status of another class.
  else if (BROAD.has(error.code) && Math.trunc(error.status / 100) === Math.trunc(status / 100)) status = error.status;
  return { status, body: ownWords(text, clean) ?? { ...errorBody(type, error), request_id: error.requestId ?? null } };
}

/** The event that ends a stream; undefined where the server hasn't reported the error, but the stream is broken. */
export function errorEvent(error) {
  if (["stream-truncated", "stream-corrupt", "limit-exceeded"].includes(error.code)) return undefined;
  const [, type] = KINDS[error.code] ?? ANSWERED[error.code] ?? KINDS["stream-error"];
  return errorBody(type, error);
}

function errorBody(type, { code, message, hint }) {
  return { type: "error", error: { type, message, details: { error_code: code, hint: hint?.text ?? null } } };
}

/** What a server of this very API wrote, with the secrets taken out; undefined for any other. */
function ownWords(text, clean) {
  try {
    const body = JSON.parse(text, (_name, value) => (typeof value === "string" ? clean(value) : value));
    const { type, message } = body.error;
    return body.type === "error" && typeof type === "string" && typeof message === "string" ? body : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What fetch rejects with, with the error as its cause. Clients know a failed
 * connection and a wait that ran out by the words, which engines share.
 */
export function rejectionFor(error) {
  if (error instanceof TypeError) return error;
  let message = error?.message;
  if (isConnectorError(error) && error.code === "unreachable") message = "Failed to fetch";
  if (isConnectorError(error) && error.code === "timeout") message = `The request timed out: ${message}`;
  return new TypeError(message, { cause: error });
}
