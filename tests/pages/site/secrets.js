/** All of a page that another script of it, a screenshot or a log could find. */
import { everythingKept } from "./storage.js";

/** What of a value can be told. The platform's own objects have nothing of the page's, and reading them does things. */
function told(value, depth = 0) {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || depth > 4) return undefined;
  if (value instanceof Map || value instanceof Set) return told([...value], depth);
  const isPlain = Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value));
  return isPlain ? Object.values(value).map((member) => told(member, depth + 1)) : undefined;
}

async function cached() {
  const found = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) found.push(name, request.url, await (await cache.match(request)).text());
  }
  return found;
}

/** As text, since it is only to be searched. */
export async function everythingOfThisPage() {
  const orBlocked = (read) => (async () => read())().catch(String);
  return {
    // A page of no origin keeps nothing, and Chromium lets a rejection of its own go unheard where it is asked.
    kept: self.origin === "null" ? null : await orBlocked(everythingKept),
    cached: await orBlocked(cached),
    html: document.documentElement.outerHTML,
    fields: [...document.querySelectorAll("input, textarea")].map(({ value }) => value),
    address: location.href,
    referrer: document.referrer,
    window: globalThis.name,
    history: JSON.stringify(history.state),
    printed: globalThis.watched,
    requested: performance.getEntries().map(({ name }) => name),
    globals: Object.keys(globalThis).map((name) => orNothing(() => told(globalThis[name]))),
  };
}

function orNothing(read) {
  try {
    return read() ?? null;
  } catch {
    return null;
  }
}
