/** How much a decoder holds of a stream at the most, in bytes. */
import { connectorError } from "./error.js";

const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;
const DEFAULT_MAX_HEADER_BYTES = 128 * 1024;
const MAX_BYTES = 0x7fffffff;

/** A limit in bytes out of the options. */
export function limitOf(options, name, byDefault = DEFAULT_MAX_BYTES) {
  const limit = options?.[name] ?? byDefault;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_BYTES) {
    throw connectorError("invalid-argument", `${name} must be a whole number from 1 to ${MAX_BYTES}`);
  }
  return limit;
}

/** The limit of a frame's headers. */
export const headerLimitOf = (options) => limitOf(options, "maxHeaderBytes", DEFAULT_MAX_HEADER_BYTES);
