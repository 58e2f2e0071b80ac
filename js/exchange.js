/**
 * One request over the page's fetch: without cookies, referrer or redirects,
 * waited for with patience, read up to a limit.
 *
 * What goes wrong is thrown as an `Unanswered`, or as `CalledOff` when the
 * page did that.
 */
import { isBytes } from "./argument.js";
import { connectorError, hint } from "./error.js";
import { Unanswered } from "./operation.js";
import { Watch } from "./patience.js";

/** An error's body is read up to here, in bytes. */
const LARGEST_ERROR = 256 * 1024;

/** Nobody learns from a request who or where the user is, and nothing of an answer is kept. */
export const ANONYMOUS = { credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" };

/** Sends a request as the module tells it and waits for the head of the answer. */
export async function send(fetch, { url, ...init }, operation, firstByteMs) {
  if (operation.cause) throw operation.cause;
  const watch = new Watch(operation, "first-byte", firstByteMs);
  // In a function, so that a fetch of the page's own may throw as well.
  const ask = async () =>
    fetch(url, { mode: "cors", redirect: "manual", ...init, ...ANONYMOUS, signal: operation.signal });
  const answer = ask();
  let response;
  try {
    response = await operation.orStopped(answer);
  } catch {
    throw operation.cause ?? noAnswer();
  } finally {
    watch.close();
  }
  if (operation.cause) {
    // A fetch that doesn't heed the signal may still answer.
    answer.then(({ body }) => letGo(body)).catch(() => {});
    throw operation.cause;
  }
  if (!isAnswer(response)) throw notAnAnswer();
  // With `redirect: "manual"` a redirect is an answer without contents.
  if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)) {
    letGo(response.body);
    throw new Unanswered("redirected");
  }
  if (response.status === 0 && response.type !== "opaque") throw noAnswer();
  return response;
}

function noAnswer() {
  return new Unanswered(globalThis.navigator?.onLine === false ? "offline" : "network");
}

/** What is needed of a `Response`; a fetch of the page's own may give anything. */
function isAnswer(response) {
  const { status, headers } = response ?? {};
  return typeof status === "number" && typeof headers?.get === "function" && Symbol.iterator in headers;
}

function notAnAnswer(cause) {
  return connectorError("invalid-argument", "the fetch that was passed to Connector.open doesn't answer as fetch does", {
    cause,
    hint: hint("return-response", "developer", "Let it return the Response of the platform's fetch, with its body unread."),
  });
}

/** Names and values in turn, as the module takes them. */
export function flatHeaders(response) {
  return [...response.headers].flat();
}

/** Reads a body as text. Past the limit, in bytes, it throws. */
export async function readText(response, operation, idleMs, limit) {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  await readChunks(response, operation, idleMs, (chunk) => {
    size += chunk.byteLength;
    if (size > limit) throw new Unanswered("too-large", limit);
    text += decoder.decode(chunk, { stream: true });
  });
  return text + decoder.decode();
}

/**
 * Reads an answer whole, within a time that no trickle of bytes extends. An
 * error's status says enough without its body.
 */
export async function readAnswer(response, operation, { idleMs, wholeMs }, limit) {
  const isError = response.status < 200 || response.status >= 300;
  const watch = new Watch(operation, "whole", wholeMs);
  try {
    return await readText(response, operation, idleMs, isError ? LARGEST_ERROR : limit);
  } catch (cause) {
    if (isError && cause instanceof Unanswered) return "";
    throw cause;
  } finally {
    watch.close();
  }
}

/**
 * Sends a request and reads its answer whole: `{ status, headers, text }`, as
 * the module takes them. The head may take as long as all of it.
 */
export async function exchange(fetch, request, operation, waits, limit) {
  const response = await send(fetch, request, operation, waits.wholeMs);
  const text = await readAnswer(response, operation, waits, limit);
  return { status: response.status, headers: flatHeaders(response), text };
}

/** Hands over each chunk of a body as it arrives. Where `take` gives a promise, nothing is read until it settles. */
export async function readChunks(response, operation, idleMs, take) {
  const reader = readerOf(response, operation);
  let watch = new Watch(operation, "idle", idleMs);
  // Cancelling settles a read that is waiting, even where the host's fetch
  // does not heed the signal.
  let wake;
  const cancel = () => {
    void letGo(reader);
    wake?.();
  };
  operation.signal.addEventListener("abort", cancel);
  let whole = false;
  try {
    if (operation.cause) throw operation.cause;
    for (;;) {
      let piece;
      try {
        piece = await reader.read();
      } catch {
        throw operation.cause ?? new Unanswered("interrupted");
      }
      if (operation.cause) throw operation.cause;
      if (piece?.done) break;
      if (!isBytes(piece?.value)) throw notAnAnswer();
      watch.heard();
      const room = take(piece.value);
      if (!room) continue;
      // It is not the server who keeps everybody waiting.
      watch.close();
      // Not by `orStopped`, which would hold on to each of them until the end.
      await new Promise((resolve) => {
        wake = resolve;
        room.then(resolve);
      });
      watch = new Watch(operation, "idle", idleMs);
    }
    whole = true;
  } finally {
    watch.close();
    operation.signal.removeEventListener("abort", cancel);
    if (!whole) cancel();
  }
}

/** What reads a body. A fetch of the page's own may be without streams: all comes at once then. */
function readerOf(response, operation) {
  try {
    if (response.body) return response.body.getReader();
  } catch (cause) {
    throw notAnAnswer(cause);
  }
  let read = false;
  return {
    async read() {
      if (read) return { done: true };
      read = true;
      const text = typeof response.text === "function" ? await operation.orStopped(response.text()) : "";
      return { done: false, value: new TextEncoder().encode(text) };
    },
    cancel() {},
  };
}

/** Waits, unless the operation is stopped meanwhile. */
export async function pause(operation, delayMs) {
  let timer;
  await operation.orStopped(new Promise((resolve) => (timer = setTimeout(resolve, delayMs))));
  clearTimeout(timer);
  if (operation.cause) throw operation.cause;
}

/** Lets go of a body that nobody will read on, which closes the connection. What it says to that is nobody's concern. */
async function letGo(body) {
  try {
    await body?.cancel();
  } catch {
    // It was closed already, or can't be.
  }
}
