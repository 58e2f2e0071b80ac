/** Signature Version 4 for requests that the page sends by itself. */
import { isBytes, isText, optional } from "./argument.js";
import { call } from "./core.js";
import { connectorError } from "./error.js";

const NOTHING = new Uint8Array(0);

export function signAwsRequest(request, credentials, options) {
  const { method, url, headers, body } = request ?? {};
  const { accessKeyId, secretAccessKey, sessionToken } = credentials ?? {};
  const { region, service, date } = options ?? {};
  const values = [
    optional("method", method, isText, "a string") ?? "GET",
    address(url),
    required("region", region),
    required("service", service),
    required("accessKeyId", accessKeyId),
    required("secretAccessKey", secretAccessKey),
    optional("sessionToken", sessionToken, isText, "a string"),
    flat(headers),
    seconds(date),
  ];
  return call("signAwsRequest", values, bytes(body));
}

function required(name, value) {
  if (!isText(value)) throw connectorError("invalid-argument", `${name} is not a string`);
  return value;
}

/** As the browser will send it. */
function address(url) {
  try {
    return new URL(url).href;
  } catch {
    // The browser's own message quotes the address, whose query may be secret.
    throw connectorError("invalid-argument", "url is not an absolute address");
  }
}

/** Names and values in turn. */
function flat(headers) {
  if (headers === undefined || headers === null) return [];
  const pairs = Symbol.iterator in Object(headers) ? [...headers] : Object.entries(headers);
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2 || !pair.every(isText)) {
      throw connectorError("invalid-argument", "headers are not names with strings for values");
    }
  }
  return pairs.flat();
}

/** A body's bytes, for the kinds of body that fetch sends without adding to them. */
function bytes(body) {
  if (body === undefined || body === null) return NOTHING;
  if (isText(body)) return new TextEncoder().encode(body);
  if (isBytes(body)) return body;
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  if (Object.prototype.toString.call(body) === "[object ArrayBuffer]") return new Uint8Array(body);
  throw connectorError("invalid-argument", "body is neither a string nor bytes");
}

/** Since 1970, whole. */
function seconds(date = Date.now()) {
  const isDate = Object.prototype.toString.call(date) === "[object Date]";
  const time = isDate || typeof date === "number" ? Number(date) : Number.NaN;
  if (!(time >= 0)) throw connectorError("invalid-argument", "date is neither a Date nor a time in milliseconds");
  return Math.floor(time / 1_000);
}
