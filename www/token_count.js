/** Counts a message's tokens before it is sent, where the gateway can. */

import { isConnectorError } from "/pkg/index.js";
import { byId } from "./element.js";

/** Counting while somebody types would send a request for each letter. */
const PAUSE_MS = 600;

/** These stay as they are however often one asks; the others may pass. */
const NEVER = ["unsupported", "not-found", "request-invalid", "permission-denied", "response-invalid", "server-error"];

/**
 * @param {{ count: (draft: string, signal: AbortSignal) => Promise<number> }} options
 */
export function createTokenCount({ count }) {
  const output = byId("token-count");
  let supported = true;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let current = new AbortController();

  /** @param {string} text */
  function show(text) {
    output.textContent = text;
    output.title = text ? "Counted by the gateway, with the conversation so far" : "";
  }

  return {
    /** @param {string} draft */
    update(draft) {
      clearTimeout(timer);
      current.abort();
      if (!supported || !draft.trim()) {
        show("");
        return;
      }
      timer = setTimeout(async () => {
        current = new AbortController();
        const { signal } = current;
        try {
          const tokens = await count(draft, signal);
          if (!signal.aborted) show(`${tokens.toLocaleString("en")} tokens`);
        } catch (error) {
          if (signal.aborted) return;
          show("");
          if (isConnectorError(error) && NEVER.includes(error.code)) supported = false;
        }
      }, PAUSE_MS);
    },
    /** Another gateway may support it. */
    reset() {
      supported = true;
    },
  };
}
