/**
 * The bridge of nested app authentication, as office.js would put it on the
 * window of a page in the simulated Office application: it passes messages to
 * the application and back. How and when it is offered is the application's to
 * say; a page without such an application around it gets none.
 */
const listeners = new Set();
const ask = (message) => window.parent.postMessage({ nestedAppAuth: message }, "*");

const bridge = {
  addEventListener(type, listener) {
    if (type === "message") listeners.add(listener);
  },
  removeEventListener(type, listener) {
    listeners.delete(listener);
  },
  postMessage(text) {
    ask({ text });
  },
};

/** What real hosts hand to a listener differs. */
const deliveries = {
  event: (text) => ({ data: text }),
  text: (text) => text,
  object: (text) => ({ data: JSON.parse(text) }),
  quoted: (text) => JSON.stringify(text),
};

const install = () => {
  globalThis.nestedAppAuthBridge = bridge;
};

/** Each way of offering the bridge. */
const offers = {
  none() {},
  now: install,
  late: (ms) => setTimeout(install, ms),
  hook(ms) {
    globalThis.__initializeNestedAppAuth = () => new Promise((resolve) => setTimeout(resolve, ms)).then(install);
  },
  broken() {
    globalThis.__initializeNestedAppAuth = () => Promise.reject(new Error("no broker on this computer"));
  },
};

window.addEventListener("message", ({ source, data }) => {
  if (source !== window.parent || !data?.nestedAppAuth) return;
  const { offer, ms, text, delivery } = data.nestedAppAuth;
  if (offer) offers[offer]?.(ms);
  if (text) for (const listener of listeners) listener(deliveries[delivery](text));
});

if (window.parent !== window) ask({ loaded: true });
