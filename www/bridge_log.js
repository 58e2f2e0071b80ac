/**
 * Listens in on the Office host's bridge, for the developer panel: what was
 * asked, what came back and when, with every secret masked before it is noted.
 * Passes everything on as it is, and notes nothing while nobody wants it.
 */

/** Older entries go. */
const MOST = 100;

/** Members that hold a token, whatever it looks like. */
const SECRET = /token$|secret|assertion|password|^shr$/i;

/** Texts that are one all the same. */
const JWT = /eyJ[\w-]{8,}\.[\w-]*\.?[\w-]*/g;
const OPAQUE = /[\w+/=.~-]{48,}/g;

/**
 * @typedef {object} Entry
 * @property {number} at epoch ms
 * @property {"request" | "reply" | "other"} kind
 * @property {string} title
 * @property {number} [tookMs] for replies
 * @property {string} text masked
 */

/** `<object ID>.<tenant ID>`, which is long and no secret. */
const ACCOUNT = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\.[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** @param {string} text */
const kindOf = (text) => (/^[\w-]+\.[\w-]+\.[\w-]*$/.test(text) ? "JWT" : "opaque");

/**
 * A copy with its secrets told by kind and length alone.
 *
 * @param {unknown} value
 * @param {string} [name] of the member
 * @returns {unknown}
 */
export function masked(value, name = "") {
  if (typeof value === "string") {
    if (SECRET.test(name) && value) return `•••• (${kindOf(value)}, ${value.length} characters)`;
    const withoutJwts = value.replace(JWT, (found) => `•••• (JWT, ${found.length} characters)`);
    return withoutJwts.replace(OPAQUE, (found) => (ACCOUNT.test(found) ? found : `•••• (${found.length} characters)`));
  }
  if (Array.isArray(value)) return value.map((member) => masked(member, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, masked(member, name)]));
}

export function createBridgeLog() {
  /** @type {Entry[]} */
  const entries = [];
  /** @type {Map<string, { method: string, at: number }>} */
  const asked = new Map();
  let listening = false;
  let changed = () => {};

  /** @param {Entry} entry */
  function note(entry) {
    if (!listening) return;
    entries.push(entry);
    entries.splice(0, entries.length - MOST);
    changed();
  }

  /** @param {unknown} text */
  function noteRequest(text) {
    const message = parsed(text);
    const method = String(message?.method || "a message");
    if (message?.requestId) asked.set(message.requestId, { method, at: performance.now() });
    note({ at: Date.now(), kind: "request", title: method, text: written(message, text) });
  }

  /** @param {unknown} event */
  function noteReply(event) {
    const given = typeof event === "object" && event !== null && "data" in event ? event.data : event;
    const message = parsed(given);
    const request = asked.get(message?.requestId);
    if (!request) {
      note({ at: Date.now(), kind: "other", title: "not an answer to anything", text: written(message, given) });
      return;
    }
    const tookMs = Math.round(performance.now() - request.at);
    const end = message.error ? message.error.status || "error" : "success";
    note({ at: Date.now(), kind: "reply", title: `${request.method}: ${end}`, tookMs, text: written(message, given) });
  }

  /** @param {any} bridge */
  function wrapped(bridge) {
    if (!bridge || typeof bridge.postMessage !== "function" || typeof bridge.addEventListener !== "function") return bridge;
    bridge.addEventListener("message", noteReply);
    return {
      addEventListener: (/** @type {any[]} */ ...given) => bridge.addEventListener(...given),
      removeEventListener: (/** @type {any[]} */ ...given) => bridge.removeEventListener?.(...given),
      postMessage(/** @type {unknown} */ message) {
        noteRequest(message);
        return bridge.postMessage(message);
      },
    };
  }

  return {
    entries,
    /** Wraps the bridge of this window, also one that comes later. */
    attach() {
      let found = wrapped(/** @type {any} */ (globalThis).nestedAppAuthBridge);
      Object.defineProperty(globalThis, "nestedAppAuthBridge", {
        configurable: true,
        get: () => found,
        set: (bridge) => void (found = wrapped(bridge)),
      });
    },
    /** @param {boolean} wanted @param {() => void} onChange */
    listen(wanted, onChange) {
      listening = wanted;
      changed = onChange;
      if (!wanted) entries.length = 0;
    },
  };
}

/** What a message stands for; hosts quote JSON once more. @param {unknown} text @returns {any} */
function parsed(text) {
  let value = text;
  for (let time = 0; time < 3 && typeof value === "string"; time += 1) {
    try {
      value = JSON.parse(value);
    } catch {
      return undefined;
    }
  }
  return typeof value === "object" ? value : undefined;
}

/** @param {any} message @param {unknown} given */
function written(message, given) {
  return message ? JSON.stringify(masked(message), undefined, 2) : String(masked(String(given)));
}
