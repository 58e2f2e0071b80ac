/** Where records are kept, what happens when that is refused, and how panes hear of each other. */
import init, { Connector } from "/pkg/index.js";
import { settled } from "./describe.js";
import { open, visible } from "./talk.js";

/** Makes a storage, or what seals, unusable in one of the ways that browsers have. */
export function breakStorage({ which, how }) {
  const owner = which === "subtle" ? crypto : globalThis;
  if (how === "silent") {
    IDBFactory.prototype.open = () => ({});
  } else if (how === "blocked") {
    Object.defineProperty(owner, which, {
      configurable: true,
      get() {
        throw new DOMException("The operation is insecure.", "SecurityError");
      },
    });
  } else if (how === "absent") {
    Object.defineProperty(owner, which, { configurable: true, value: null });
  } else if (how === "full") {
    fill(globalThis[which]);
  }
}

/** Takes all the room there is, down to the last character. */
function fill(storage) {
  let size = 4 * 1024 * 1024;
  let number = 0;
  while (size > 0) {
    try {
      storage.setItem(`filler-${number}`, "x".repeat(size));
      number += 1;
    } catch {
      size = Math.floor(size / 2);
    }
  }
}

/** Lets writes of some size through and refuses larger ones, as a storage with little room does. */
export function leaveRoomFor({ characters }) {
  const { setItem } = Storage.prototype;
  Storage.prototype.setItem = function (name, value) {
    if (String(value).length > characters) throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
    return setItem.call(this, name, value);
  };
}

export function put(records) {
  for (const [name, value] of Object.entries(records)) localStorage.setItem(name, value);
}

/** Takes the sealing keys away, with all else in their database. */
export async function deleteDatabase() {
  await asked(indexedDB.deleteDatabase("taskpane-connector"));
}

/** Deletes what this origin keeps, of whomever. */
export async function forgetAll() {
  localStorage.clear();
  sessionStorage.clear();
  await deleteDatabase();
}

export function kept() {
  return { local: { ...localStorage }, session: { ...sessionStorage } };
}

/** All that this origin keeps, as far as a page can find it. */
export async function everythingKept() {
  const databases = [];
  for (const { name } of (await indexedDB.databases?.()) ?? [{ name: "taskpane-connector" }]) {
    const database = await asked(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const objects = database.transaction(store).objectStore(store);
      const [names, values] = await Promise.all([asked(objects.getAllKeys()), asked(objects.getAll())]);
      for (const [at, value] of values.entries()) {
        const isKey = value instanceof CryptoKey;
        databases.push({ name, store, key: names[at], value: isKey ? { algorithm: value.algorithm.name, extractable: value.extractable } : String(value) });
      }
    }
    database.close();
  }
  return { ...kept(), cookies: document.cookie, databases };
}

function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Opens and shows, without connecting. */
export async function look({ open: options }) {
  return visible(await open(options));
}

/** Connects with what is kept. */
export async function reconnect({ open: options, connect: how }) {
  const connector = await open(options);
  const { error } = await settled(connector.connect(undefined, how));
  return { error, ...visible(connector) };
}

export async function connectAndSignOut({ open: options, settings }) {
  const connector = await open(options);
  await connector.connect(settings);
  const before = { ...localStorage };
  const { error } = await settled(connector.signOut());
  return { before, error, after: { ...localStorage }, ...visible(connector) };
}

/** A storage of the page's own. */
export async function ownStorage({ settings }) {
  const records = new Map();
  const storage = {
    get length() {
      return records.size;
    },
    key: (index) => [...records.keys()][index] ?? null,
    getItem: (name) => records.get(name) ?? null,
    setItem: (name, value) => void records.set(name, String(value)),
    removeItem: (name) => void records.delete(name),
  };
  const connector = await open({ storage });
  await connector.connect(settings);
  return { names: [...records.keys()], ...visible(connector) };
}

/** A pane in a frame of its own, on this origin. */
async function pane() {
  const frame = document.createElement("iframe");
  frame.src = "/package.html";
  const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
  document.body.append(frame);
  await loaded;
  return frame.contentWindow;
}

/** Opens a connector that stays, in this window. */
export async function stay({ open: options, settings }) {
  await init();
  const connector = await Connector.open(options);
  const changes = [];
  connector.onChange((change) => changes.push(`${change} ${connector.state}`));
  globalThis.staying = { connector, changes };
  if (settings) await connector.connect(settings);
  return visible(connector);
}

/** Signs the connector of this window out. */
export async function leave() {
  await globalThis.staying.connector.signOut();
}

/** What the connector of this window is now, once it is in a state. */
export async function waitFor({ state, changes: least = 0 }) {
  const { connector, changes } = globalThis.staying;
  while (connector.state !== state || changes.length < least) {
    await new Promise((resolve) => {
      const stop = connector.onChange(() => {
        stop();
        resolve();
      });
    });
  }
  return { changes, ...visible(connector) };
}

/** Two panes that connect for the first time at the same moment. */
export async function connectAtOnce({ settings }) {
  const panes = [await pane(), await pane()];
  const argument = JSON.stringify({ settings });
  return Promise.all(panes.map(async (where) => JSON.parse(await where.run("connect", argument))));
}

/** How long opening takes, in milliseconds. */
export async function timeOpening({ open: options, settings }) {
  await init();
  const start = performance.now();
  const connector = await open(options);
  const opened = performance.now() - start;
  if (settings) await connector.connect(settings);
  return { opened, ...visible(connector) };
}

/** Two panes, of which one does something and the other hears of it. */
export async function twoPanes({ settings, options = [{}, {}], state }) {
  const [one, two] = [await pane(), await pane()];
  const run = async (where, name, argument = {}) => JSON.parse(await where.run(name, JSON.stringify(argument)));
  await run(one, "stay", { open: options[0], settings });
  // The second finds what the first has kept.
  const found = await run(two, "stay", { open: options[1] });
  const connected = await settled(two.staying.connector.connect());
  const answering = two.staying.connector.state === "ready" ? two.staying.connector.messages.stream({ model: "claude-haiku-5-5", max_tokens: 4096, messages: [{ role: "user", content: "count to 500" }] }) : undefined;
  const stopped = answering && settled(answering.finalMessage());
  await run(one, "leave");
  if (!state) return { found, two: await run(two, "look", { open: options[1] }), staying: visible(two.staying.connector) };
  const after = await run(two, "waitFor", { state });
  const { thrown } = (await stopped) ?? {};
  return { found, connected: connected.error ?? null, after, stopped: thrown && { name: thrown.name, message: thrown.message } };
}
