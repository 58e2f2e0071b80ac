/**
 * Checks of what a page passes in: a mistake is told by its name, instead of
 * by what it breaks further in.
 */
import { connectorError } from "./error.js";

export const isFunction = (value) => typeof value === "function";
export const isText = (value) => typeof value === "string";
export const isTexts = (value) => Array.isArray(value) && value.every(isText);
const isSignal = (value) => typeof value.aborted === "boolean" && isFunction(value.addEventListener);

/** Whether a value is bytes, also where another realm made them: a frame, a test's simulated browser. */
export const isBytes = (value) =>
  value instanceof Uint8Array || (ArrayBuffer.isView(value) && value[Symbol.toStringTag] === "Uint8Array");

/** The value, or undefined where none was given. `wanted` says what it has to be. */
export function optional(name, value, isRight, wanted) {
  if (value === undefined || value === null) return undefined;
  if (!isRight(value)) throw connectorError("invalid-argument", `${name} is not ${wanted}`);
  return value;
}

/** The options that calls have, each checked. */
export function callOptions(options) {
  const { signal, betas, confirm, interactive, stream, settings, onProgress } = options ?? {};
  return {
    signal: optional("signal", signal, isSignal, "an AbortSignal"),
    betas: optional("betas", betas, isTexts, "a list of names") ?? [],
    confirm: optional("confirm", confirm, isText, "a string"),
    onProgress: optional("onProgress", onProgress, isFunction, "a function"),
    settings,
    interactive: Boolean(interactive),
    stream: Boolean(stream),
  };
}

const isEndpoints = (value) =>
  !isText(value) &&
  !isTexts(value) &&
  Object.entries(value).every(([host, address]) => /^(\*\.)?[a-z\d][a-z\d.-]*$/.test(host) && isText(address));

/** Where hosts are, as far as the page's code says. */
export const endpointsOf = (options) => optional("endpoints", options.endpoints, isEndpoints, "a record of addresses by hosts");

/** Whole numbers of at least `least`, each with its default. */
export function numbers(what, defaults, given, least) {
  const checked = { ...defaults };
  for (const name of Object.keys(defaults)) {
    const value = given?.[name] ?? defaults[name];
    if (!Number.isInteger(value) || value < least || value > 0x7fffffff) {
      throw connectorError("invalid-argument", `${what}: ${name} is not a whole number of at least ${least}`);
    }
    checked[name] = value;
  }
  return checked;
}

/** A value as JSON text. */
export function jsonOf(name, value) {
  let text;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw connectorError("invalid-argument", `${name}: can't be written as JSON`, { cause });
  }
  if (text === undefined) throw connectorError("invalid-argument", `${name}: not an object`);
  return text;
}
