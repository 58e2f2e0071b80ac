/**
 * The key that seals records: AES-GCM with 256 bits, not extractable, in
 * IndexedDB. One for each name; whoever asks first makes it.
 *
 * Nothing is held open: another pane's upgrade never has to wait, and each
 * answer is as the database is now. An answer may never come.
 */
const DATABASE = "taskpane-connector";
const KEYS = "keys";
const ALGORITHM = "AES-GCM";
const USAGES = ["encrypt", "decrypt"];

/** Why this page can't have such a key, as far as can be told without asking. */
export function obstacle() {
  if (!globalThis.crypto?.subtle) return globalThis.isSecureContext === false ? "insecure-context" : "crypto-absent";
  try {
    return globalThis.indexedDB ? undefined : "indexeddb-absent";
  } catch {
    return "indexeddb-blocked";
  }
}

export function findKey(name) {
  return transact("readonly", (keys, found) => {
    const request = keys.get(name);
    request.onsuccess = () => found(usable(request.result));
  });
}

/** The key of that name. Of two panes that make it at once, the first one's counts. */
export async function createKey(name) {
  // Before the transaction, which ends as soon as it has nothing to do.
  const made = await crypto.subtle.generateKey({ name: ALGORITHM, length: 256 }, false, USAGES);
  return transact("readwrite", (keys, found) => {
    const request = keys.get(name);
    request.onsuccess = () => {
      const present = usable(request.result);
      found(present ?? made);
      if (!present) keys.put(made, name);
    };
  });
}

export function removeKey(name) {
  return transact("readwrite", (keys) => void keys.delete(name));
}

export function removeKeysUnder(prefix) {
  return transact("readwrite", (keys) => {
    const request = keys.getAllKeys();
    request.onsuccess = () => {
      for (const name of request.result) if (`${name}`.startsWith(prefix)) keys.delete(name);
    };
  });
}

/** What lies there may be another version's, or somebody else's. */
function usable(key) {
  const { algorithm, extractable, usages } = key ?? {};
  const seals = algorithm?.name === ALGORITHM && extractable === false && USAGES.every((usage) => usages?.includes(usage));
  return seals ? key : undefined;
}

async function transact(mode, work) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      let result;
      const transaction = database.transaction(KEYS, mode);
      // Only then is it really kept.
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = () => reject(transaction.error);
      work(transaction.objectStore(KEYS), (found) => (result = found));
    });
  } finally {
    database.close();
  }
}

async function open() {
  // Whatever version there is: a later one may have added to it.
  const database = await openAs();
  if (database.objectStoreNames.contains(KEYS)) return database;
  const next = database.version + 1;
  database.close();
  return openAs(next);
}

function openAs(version) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, version);
    request.onupgradeneeded = () => {
      if (!request.result.objectStoreNames.contains(KEYS)) request.result.createObjectStore(KEYS);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
