/** What a caller of fetch asks for: a `Request`, or an address and a record, as the standard reads them. */
import { connectorError, hint } from "./error.js";
import { rejectionFor } from "./api_error.js";

/** What a relative address is relative to: the API itself. */
const BASE = "https://api.anthropic.com/";

/** Methods that are written in capitals, whatever the caller writes. */
const METHODS = /^(delete|get|head|options|post|put)$/i;

/**
 * `{ url, method, headers, signal, body }`; `body` reads all of it, as text.
 * Throws a `TypeError` for what fetch would refuse too.
 */
export function requestOf(input, init) {
  const given = isRequest(input) ? input : undefined;
  const { method = given?.method ?? "GET", signal = given?.signal, headers = given?.headers, body } = init ?? {};
  const url = new URL(given ? given.url : String(input), BASE);
  if (!/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw refused(`an address of https, without credentials, is needed instead of ${url.protocol}…`);
  }
  const inCapitals = METHODS.test(method) ? String(method).toUpperCase() : String(method);
  const hasBody = body !== undefined && body !== null;
  if (hasBody && /^(GET|HEAD)$/.test(inCapitals)) throw refused(`${inCapitals} has no body`);
  return {
    url,
    method: inCapitals,
    headers: new Headers(headers),
    signal: signal ?? undefined,
    body: async () => {
      if (typeof body === "string") return body;
      return hasBody || !given ? new Response(body).text() : given.text();
    },
  };
}

/** Also one of another realm. */
const isRequest = (input) => typeof input?.url === "string" && typeof input.text === "function";

function refused(message) {
  return rejectionFor(
    connectorError("invalid-argument", message, {
      hint: hint("call-as-fetch", "developer", "Call connector.fetch as you would call fetch."),
    }),
  );
}
