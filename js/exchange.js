/**
 * One request over the page's fetch: without cookies, referrer or redirects,
 * waited for with patience, read up to a limit.
 *
 * What goes wrong is thrown as an `Unanswered`, or as `CalledOff` when the
 * page did that.
 */
import { Unanswered } from "./operation.js";
import { Watch } from "./patience.js";

/** Sends a request in the module's JSON and waits for the head of the answer. */
export async function send(fetch, requestJson, operation, firstByteMs) {
  if (operation.cause) throw operation.cause;
  const { url, ...init } = JSON.parse(requestJson);
  const watch = new Watch(operation, "first-byte", firstByteMs);
  let response;
  try {
    response = await operation.orStopped(
      fetch(url, {
        ...init,
        mode: "cors",
        credentials: "omit",
        cache: "no-store",
        redirect: "manual",
        referrerPolicy: "no-referrer",
        signal: operation.signal,
      }),
    );
  } catch {
    throw operation.cause ?? new Unanswered(globalThis.navigator?.onLine === false ? "offline" : "network");
  } finally {
    watch.close();
  }
  if (operation.cause) {
    discard(response);
    throw operation.cause;
  }
  // With `redirect: "manual"` a redirect is an answer without contents.
  if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)) {
    discard(response);
    throw new Unanswered("redirected");
  }
  return response;
}

/** Names and values in turn, as the module takes them. */
export function flatHeaders(response) {
  return JSON.stringify([...response.headers].flat());
}

/** Reads a body as text. Past the limit, in bytes, it throws. */
export async function readText(response, operation, idleMs, limit) {
  if (!response.body) return "";
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
 * Hands over each chunk of a body as it arrives. When `take` returns a
 * promise, the next chunk waits for it.
 */
export async function readChunks(response, operation, idleMs, take) {
  const reader = response.body.getReader();
  const watch = new Watch(operation, "idle", idleMs);
  // Cancelling settles a read that is waiting, even where the host's fetch
  // does not heed the signal.
  const cancel = () => void reader.cancel().catch(() => {});
  operation.signal.addEventListener("abort", cancel);
  let whole = false;
  try {
    for (;;) {
      let piece;
      try {
        piece = await reader.read();
      } catch {
        throw operation.cause ?? new Unanswered("interrupted");
      }
      if (operation.cause) throw operation.cause;
      if (piece.done) break;
      watch.heard();
      const taken = take(piece.value);
      if (taken) {
        await operation.orStopped(taken);
        watch.heard();
      }
    }
    whole = true;
  } finally {
    watch.close();
    operation.signal.removeEventListener("abort", cancel);
    if (!whole) cancel();
  }
}

/** Waits, unless the operation is stopped meanwhile. */
export async function pause(operation, delayMs) {
  let timer;
  await operation.orStopped(new Promise((resolve) => (timer = setTimeout(resolve, delayMs))));
  clearTimeout(timer);
  if (operation.cause) throw operation.cause;
}

/** Lets go of a body that nobody will read, which closes the connection. */
function discard(response) {
  response?.body?.cancel().catch(() => {});
}
