// Sealing what is kept: the key, the records, and everything that can go wrong
// with either.

import assert from "node:assert/strict";
import { afterEach, before, beforeEach, describe, test } from "node:test";

import { Clock, Origin, asked, replaceGlobals, silentDatabases, storageOver } from "./origin.mjs";
import { loader, moduleBytes, stage } from "./support.mjs";

const load = (name) => import(new URL(name, stage));
const { Store } = await load("store.js");
const { Vault } = await load("vault.js");
const { createKey, findKey, removeKey } = await load("sealing_key.js");
const { seal, unseal } = await load("sealing.js");
const { call } = await load("core.js");

before(() => loader.init(moduleBytes));

const TOKEN = "token-0123456789abcdef";
const records = {
  settings: JSON.stringify({ v: 1, account: "", values: { model: "claude-a" }, overrode: {}, confirmed: [] }),
  secrets: JSON.stringify({ v: 1, account: "", audience: "https://gw.example.com", user: { gateway_token: TOKEN }, manifest: {} }),
};
const kept = { "signed-out": null, ...records };
const forgotten = { settings: null, secrets: null, "signed-out": "1" };
/** Only a clock that is told to goes on for so long. */
const LIMIT_MS = 60_000;
const KEY = "taskpane-connector/2//local";
const NAME = "taskpane-connector/2//secrets";

let origin;
const restoring = [];
beforeEach(() => (origin = new Origin()));
afterEach(() => {
  for (const restore of restoring.splice(0).reverse()) restore();
  origin.leave();
});
const replace = (globals) => restoring.push(replaceGlobals(globals));

const pane = ({ partition = "", wanted = "local", limitMs = LIMIT_MS } = {}) => {
  const names = call("recordNames", [partition]);
  return new Vault(new Store(wanted, names), names, call("recordPrefix", [partition]), limitMs);
};
/** What another opening of the pane finds. */
const found = (options) => pane(options).read();
const blocked = () => {
  throw new DOMException("no", "SecurityError");
};

describe("what is kept", () => {
  test("is sealed, and the next pane opens it", async () => {
    const vault = pane();
    assert.deepEqual(await vault.read(), {});
    assert.equal(await vault.write(kept), true);
    assert.deepEqual(vault.status, { kind: "local", persistent: true, protection: "encrypted" });
    assert.deepEqual(await found(), records);
    assert.deepEqual([...origin.local.keys()], ["taskpane-connector/2//settings", NAME]);
  });

  test("tells nothing in the clear, neither in the storage nor beside the key", async () => {
    await pane().write(kept);
    const texts = [...origin.local.values()].join("\n");
    for (const word of [TOKEN, btoa(TOKEN), "gateway_token", "claude-a", "gw.example.com"]) assert.ok(!texts.includes(word), word);
    const stored = await origin.stored();
    assert.deepEqual(Object.keys(stored), [`taskpane-connector keys ${KEY}`]);
    const [key] = Object.values(stored);
    assert.equal(key.extractable, false);
    assert.deepEqual([key.algorithm.name, key.algorithm.length], ["AES-GCM", 256]);
    for (const format of ["raw", "jwk"]) await assert.rejects(crypto.subtle.exportKey(format, key));
  });

  test("is sealed with another vector each time", async () => {
    const vault = pane();
    const texts = new Set();
    for (let times = 0; times < 50; times += 1) {
      await vault.write(kept);
      for (const name of ["settings", "secrets"]) texts.add(atob(origin.local.get(`taskpane-connector/2//${name}`).split("\n")[1]).slice(0, 12));
    }
    assert.equal(texts.size, 100);
  });

  test("comes back whatever it holds, however long", async () => {
    const key = await createKey("a");
    for (const text of ["", "\u0000", "ä𝄞", JSON.stringify({ long: "x".repeat(300_000) })]) {
      assert.equal(await unseal(key, "associated", await seal(key, "associated", text)), text);
    }
  });

  test("is sealed in the session's storage too, by a key of its own", async () => {
    await pane({ wanted: "session" }).write(kept);
    assert.ok(!origin.session.get(NAME).includes(TOKEN));
    assert.deepEqual(await found({ wanted: "session" }), records);
    await pane().write(kept);
    await pane({ wanted: "session" }).write(forgotten);
    assert.deepEqual(await found(), records);
  });

  test("in memory is gone with the pane, and asks for no key", async () => {
    const vault = pane({ wanted: "memory" });
    await vault.write(kept);
    assert.deepEqual(await vault.read(), records);
    assert.deepEqual(vault.status, { kind: "memory", persistent: false, protection: "none" });
    assert.deepEqual(await origin.databases.databases(), []);
  });

  test("in a storage of the page's own is not sealed: it may be read elsewhere", async () => {
    const map = new Map();
    const vault = pane({ wanted: storageOver(map) });
    await vault.write(kept);
    assert.equal(map.get(NAME), records.secrets);
    assert.deepEqual(vault.status, { kind: "custom", persistent: true, protection: "none", protectionReason: "custom-storage" });
    // Sealed ones that a page has copied there can't be opened, and stay.
    await pane().write(kept);
    map.set(NAME, origin.local.get(NAME));
    assert.equal((await vault.read()).secrets, null);
    assert.equal(map.get(NAME), origin.local.get(NAME));
  });
});

describe("a record that was tampered with doesn't open", () => {
  const flip = (text, at) => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    bytes[at] ^= 1;
    return btoa(String.fromCharCode(...bytes));
  };
  const contents = (change) => (text) => text.replace(/\n.*/, (sealed) => `\n${change(sealed.slice(1))}`);
  const line = (from, to) => (text) => {
    assert.match(text, from);
    return text.replace(from, to);
  };
  const cases = {
    "another account": line(/"account":""/, '"account":"0123456789abcdef"'),
    "no audience": line(/"audience":"[^"]+"/, '"audience":""'),
    "another audience": line(/"audience":"[^"]+"/, '"audience":"0123456789abcdef"'),
    "another name": line(/secrets/, "settings"),
    "another version": line(/"v":2/, '"v":3'),
    "the vector": contents((sealed) => flip(sealed, 0)),
    "the first byte": contents((sealed) => flip(sealed, 12)),
    "the tag": contents((sealed) => flip(sealed, atob(sealed).length - 1)),
    "cut short": contents((sealed) => sealed.slice(0, -4)),
    "cut to less than a vector": contents((sealed) => sealed.slice(0, 8)),
    "no contents": contents(() => ""),
    "no base64": contents(() => "{}"),
    "the contents alone": (text) => text.split("\n")[1],
    "the first line alone": (text) => text.split("\n")[0],
  };
  for (const [name, change] of Object.entries(cases)) {
    test(name, async () => {
      await pane().write(kept);
      const tampered = change(origin.local.get(NAME));
      assert.notEqual(tampered, origin.local.get(NAME));
      origin.local.set(NAME, tampered);
      const after = await found();
      assert.equal(after.settings, records.settings);
      assert.ok(after.secrets === "" || after.secrets === tampered, after.secrets);
    });
  }

  test("every byte counts", async () => {
    const key = await createKey("a");
    const sealed = await seal(key, "associated", "text");
    for (let at = 0; at < atob(sealed).length; at += 1) await assert.rejects(unseal(key, "associated", flip(sealed, at)), `byte ${at}`);
    await assert.rejects(unseal(key, "associateD", sealed));
    await assert.rejects(unseal(await createKey("b"), "associated", sealed));
  });

  test("moved to another name or partition", async () => {
    await pane().write(kept);
    await pane({ partition: "p" }).write(kept);
    const [here, there] = [origin.local.get(NAME), origin.local.get("taskpane-connector/2/p/secrets")];
    origin.local.set("taskpane-connector/2/p/secrets", here);
    origin.local.set("taskpane-connector/2//settings", here);
    assert.equal((await found({ partition: "p" })).secrets, here);
    assert.equal((await found()).settings, here);
    // Not even with the other partition's key.
    await origin.replaceKey("taskpane-connector/2/p/local", (await origin.stored())[`taskpane-connector keys ${KEY}`]);
    origin.local.set("taskpane-connector/2/p/secrets", here.replace("/2//", "/2/p/"));
    assert.equal((await found({ partition: "p" })).secrets, "");
    assert.notEqual(there, here);
  });
});

describe("where nothing can be sealed it lies in the clear, and that is told", () => {
  const refusing = (error) => ({
    open() {
      const request = {};
      queueMicrotask(() => {
        request.error = error;
        request.onerror();
      });
      return request;
    },
  });
  const without = (name) => {
    const { crypto } = globalThis;
    const subtle = new Proxy(crypto.subtle, { get: (target, member) => (member === name ? blocked : target[member].bind(target)) });
    return { subtle, getRandomValues: crypto.getRandomValues.bind(crypto) };
  };
  const cases = {
    "no secure context": ["insecure-context", { crypto: () => ({}), isSecureContext: () => false }],
    "no WebCrypto": ["crypto-absent", { crypto: () => ({}) }],
    "no crypto at all": ["crypto-absent", { crypto: () => undefined }],
    "no IndexedDB": ["indexeddb-absent", { indexedDB: () => undefined }],
    "IndexedDB is blocked": ["indexeddb-blocked", { indexedDB: blocked }],
    "IndexedDB throws": ["indexeddb-blocked", { indexedDB: () => ({ open: blocked }) }],
    "IndexedDB refuses": ["indexeddb-blocked", { indexedDB: () => refusing(new DOMException("no", "InvalidStateError")) }],
  };
  for (const [name, [protectionReason, globals]] of Object.entries(cases)) {
    test(name, async () => {
      replace(globals);
      const vault = pane();
      assert.deepEqual(await vault.read(), {});
      const status = { kind: "local", persistent: true, protection: "none", protectionReason };
      assert.deepEqual(vault.status, status);
      assert.equal(await vault.write(kept), true);
      assert.equal(origin.local.get(NAME), records.secrets);
      assert.deepEqual(await found(), records);
      assert.equal(vault.unsealed, false);
      assert.equal(await vault.write(forgotten), true);
      assert.deepEqual([...origin.local], [["taskpane-connector/2//signed-out", "1"]]);
    });
  }

  for (const name of ["generateKey", "encrypt"]) {
    test(`${name} fails`, async () => {
      const failing = without(name);
      replace({ crypto: () => failing });
      const vault = pane();
      await vault.read();
      await vault.write(kept);
      assert.equal(origin.local.get(NAME), records.secrets);
      assert.equal(vault.status.protection, "none");
      assert.deepEqual(await vault.read(), records);
    });
  }

  test("sealed records stay where the key is out of reach, and open when it is back", async () => {
    await pane().write(kept);
    const before = [...origin.local];
    for (const globals of Object.values(cases).map(([, globals]) => globals)) {
      const restore = replaceGlobals(globals);
      assert.deepEqual(await found(), { settings: null, secrets: null });
      restore();
    }
    assert.deepEqual([...origin.local], before);
    assert.deepEqual(await found(), records);
  });

  test("what lies in the clear is sealed as soon as that can be done", async () => {
    const restore = replaceGlobals({ indexedDB: () => undefined });
    await pane().write(kept);
    restore();
    const vault = pane();
    assert.deepEqual(await vault.read(), records);
    assert.equal(vault.unsealed, true);
    await vault.write(kept);
    assert.ok(![...origin.local.values()].join().includes(TOKEN));
    await vault.read();
    assert.equal(vault.unsealed, false);
  });
});

describe("the key", () => {
  test("gone leaves records that never open", async () => {
    await pane().write(kept);
    await removeKey(KEY);
    assert.deepEqual(await found(), { settings: "", secrets: "" });
  });

  test("left alone serves what is kept next", async () => {
    await pane().write(kept);
    const stored = await origin.stored();
    origin.local.clear();
    assert.deepEqual(await found(), {});
    await pane().write(kept);
    const sealed = origin.local.get(NAME).split("\n");
    assert.equal(await unseal(Object.values(stored)[0], ...sealed), records.secrets);
  });

  const generate = (algorithm, extractable, usages) => crypto.subtle.generateKey(algorithm, extractable, usages);
  const strangers = {
    text: () => "key",
    null: () => null,
    "an older key in an object": async () => ({ key: await generate({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]) }),
    "one that can be taken out": () => generate({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"]),
    "one of another algorithm": () => generate({ name: "AES-CBC", length: 256 }, false, ["encrypt", "decrypt"]),
    "one that only opens": () => generate({ name: "AES-GCM", length: 256 }, false, ["decrypt"]),
  };
  for (const [name, make] of Object.entries(strangers)) {
    test(`of another version is replaced: ${name}`, async () => {
      await pane().write(kept);
      await origin.replaceKey(KEY, await make());
      assert.equal(await findKey(KEY), undefined);
      assert.deepEqual(await found(), { settings: "", secrets: "" });
      await pane().write(kept);
      assert.deepEqual(await found(), records);
      assert.equal((await origin.stored())[`taskpane-connector keys ${KEY}`].extractable, false);
    });
  }

  test("is one, whoever makes it at the same moment", async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => createKey(KEY)));
    const sealed = await Promise.all(keys.map((key, at) => seal(key, "associated", `text ${at}`)));
    const stored = await findKey(KEY);
    for (const [at, text] of sealed.entries()) assert.equal(await unseal(stored, "associated", text), `text ${at}`);
  });

  test("can be kept in a database that somebody else has begun, or a later version has changed", async () => {
    (await asked(origin.databases.open("taskpane-connector"))).close();
    await pane().write(kept);
    const later = origin.databases.open("taskpane-connector", 9);
    later.onupgradeneeded = () => later.result.createObjectStore("more");
    (await asked(later)).close();
    assert.deepEqual(await found(), records);
  });
});

describe("signing out", () => {
  test("deletes records and key, and nothing of others", async () => {
    const others = pane({ partition: "p" });
    await others.write(kept);
    origin.local.set("theirs", "1");
    const before = [...origin.local];
    await pane().write(kept);
    assert.equal(await pane().write(forgotten), true);
    assert.deepEqual([...origin.local], [...before, ["taskpane-connector/2//signed-out", "1"]]);
    assert.deepEqual(Object.keys(await origin.stored()), ["taskpane-connector keys taskpane-connector/2/p/local"]);
    assert.deepEqual(await found({ partition: "p" }), records);
  });

  test("has deleted the records before it first waits", async () => {
    await pane().write(kept);
    const signingOut = pane().write(forgotten);
    assert.deepEqual([...origin.local.keys()], ["taskpane-connector/2//signed-out"]);
    await signingOut;
  });

  for (const [name, later] of [["the same pane", (vault) => vault], ["another pane", () => pane()]]) {
    test(`in ${name} is not undone by what was still being sealed`, async () => {
      for (let steps = 0; steps < 40; steps += 1) {
        origin.local.clear();
        const vault = pane();
        const writing = vault.write(kept);
        for (let step = 0; step < steps; step += 1) await (step % 4 === 3 ? new Promise((resolve) => setImmediate(resolve)) : undefined);
        await Promise.all([later(vault).write(forgotten), writing]);
        assert.deepEqual([...origin.local], [["taskpane-connector/2//signed-out", "1"]], `after ${steps}`);
        assert.deepEqual(await origin.stored(), {}, `after ${steps}`);
      }
    });
  }

  test("leaves the key to whoever has connected since", async () => {
    await pane().write(kept);
    const signingOut = pane().write(forgotten);
    const connecting = pane().write(kept);
    await Promise.all([signingOut, connecting]);
    assert.deepEqual(await found(), records);
  });

  test("of one who signed out before is the last word all the same", async () => {
    await pane().write(forgotten);
    const vault = pane();
    const writing = vault.write(kept);
    await vault.write(forgotten);
    await writing;
    assert.deepEqual([...origin.local], [["taskpane-connector/2//signed-out", "1"]]);
  });

  test("says when the storage refuses", async () => {
    const vault = pane();
    await vault.write(kept);
    origin.storage.removeItem = blocked;
    assert.equal(await vault.write(forgotten), false);
  });
});

describe("two panes that write at once", () => {
  const locksOf = { "with locks": undefined, "without locks": () => ({}), "with locks that are refused": () => ({ locks: { request: async () => blocked() } }) };
  for (const [name, navigator] of Object.entries(locksOf)) {
    test(`leave records that open: ${name}`, async () => {
      if (navigator) replace({ navigator });
      for (let times = 0; times < 20; times += 1) {
        await Promise.all([pane().write(kept), pane().write(kept)]);
        assert.deepEqual(await found(), records);
        await pane().write(forgotten);
      }
    });
  }

  test("don't wait for one that never lets go", async () => {
    replace(new Clock().globals);
    void origin.locks.request(KEY, new AbortController(), () => new Promise(() => {}));
    await pane({ limitMs: 20 }).write(kept);
    assert.deepEqual(await found(), records);
    await pane({ limitMs: 20 }).write(forgotten);
    assert.deepEqual(await origin.stored(), {});
  });

  test("what is read while this pane writes is what it wrote", async () => {
    const newer = { ...kept, secrets: records.secrets.replace(TOKEN, "another") };
    for (let steps = 0; steps < 30; steps += 1) {
      const vault = pane();
      await vault.write(kept);
      let done = false;
      const reading = vault.read().finally(() => (done = true));
      for (let step = 0; step < steps && !done; step += 1) await (step % 3 === 2 ? new Promise((resolve) => setImmediate(resolve)) : undefined);
      if (done) return assert.ok(steps > 3);
      const writing = vault.write(newer);
      assert.equal((await reading).secrets, newer.secrets, `after ${steps}`);
      await writing;
    }
  });

  test("what is read while it is written is old or new, never half", async () => {
    await pane().write(kept);
    const newer = { ...kept, settings: records.settings.replace("claude-a", "claude-b"), secrets: records.secrets.replace(TOKEN, "another") };
    const reading = pane().read();
    await pane().write(newer);
    const { settings, secrets } = await reading;
    assert.equal(settings.includes("claude-b"), secrets.includes("another"));
  });
});

describe("a storage", () => {
  test("that is full leaves nothing half kept, and memory goes on", async () => {
    const vault = pane();
    await vault.write(kept);
    const { setItem } = origin.storage;
    origin.storage.setItem = (name, text) => {
      if (name === NAME) throw new DOMException("full", "QuotaExceededError");
      setItem(name, text);
    };
    const newer = { ...kept, secrets: records.secrets.replace(TOKEN, "another") };
    await vault.write(newer);
    assert.deepEqual(vault.status, { kind: "memory", persistent: false, protection: "none", reason: "quota" });
    assert.deepEqual(await vault.read(), { settings: newer.settings, secrets: newer.secrets });
    assert.equal(origin.local.size, 0);
  });

  test("whose texts never stay the same is read all the same", async () => {
    await pane().write(kept);
    let reads = 0;
    const { getItem } = origin.storage;
    origin.storage.getItem = (name) => (name.endsWith("/probe") ? getItem(name) : `${(reads += 1)}`);
    assert.ok((await found()).settings);
  });
});

describe("IndexedDB that does not answer", () => {
  let silent;
  let clock;
  beforeEach(() => {
    clock = new Clock();
    replace(clock.globals);
  });
  const silence = () => {
    silent = silentDatabases(origin.databases);
    replace({ indexedDB: () => silent.databases });
  };
  const answers = (vault) =>
    new Promise((resolve) => {
      vault.onAnswer = resolve;
      silent.release();
    });
  const locked = { kind: "memory", persistent: false, protection: "none", reason: "locked" };

  test("leaves what is sealed where it is, until it answers", async () => {
    await pane().write(kept);
    const before = [...origin.local];
    silence();
    const vault = pane();
    assert.deepEqual(await clock.until(vault.read()), { settings: null, secrets: null });
    assert.deepEqual(vault.status, locked);
    assert.deepEqual([...origin.local], before);
    await answers(vault);
    assert.deepEqual(await vault.read(), records);
    assert.equal(vault.status.protection, "encrypted");
  });

  test("is waited for once only", async () => {
    silence();
    const vault = pane();
    await clock.until(vault.read());
    // The clock stands still from here on.
    await vault.read();
    await vault.write(kept);
    await vault.write(forgotten);
  });

  test("keeps what is new in memory, and never in the clear elsewhere", async () => {
    await pane().write(kept);
    silence();
    const vault = pane();
    await clock.until(vault.read());
    const newer = { ...kept, secrets: records.secrets.replace(TOKEN, "another") };
    await vault.write(newer);
    // What it replaces is outdated, and must not come back.
    assert.deepEqual([...origin.local], []);
    assert.deepEqual(await vault.read(), { settings: newer.settings, secrets: newer.secrets });
    assert.deepEqual(vault.status, locked);
    await answers(vault);
    assert.equal(vault.status.protection, "encrypted");
    assert.deepEqual(await found(), { settings: newer.settings, secrets: newer.secrets });
    assert.ok(![...origin.local.values()].join().includes("another"));
  });

  test("stops answering while something is written", async () => {
    const vault = pane();
    await vault.read();
    silence();
    await clock.until(vault.write(kept));
    assert.deepEqual([...origin.local], []);
    assert.deepEqual(await vault.read(), records);
    await answers(vault);
    assert.deepEqual(await found(), records);
  });

  test("a sign-out counts meanwhile, and the key goes when it can", async () => {
    await pane().write(kept);
    silence();
    const vault = pane();
    await clock.until(vault.read());
    await vault.write(kept);
    assert.equal(await vault.write(forgotten), true);
    assert.deepEqual(await vault.read(), { "signed-out": "1" });
    await answers(vault);
    assert.deepEqual([...origin.local], [["taskpane-connector/2//signed-out", "1"]]);
    assert.deepEqual(await origin.stored(), {});
  });

  test("and fails in the end is as one that is blocked", async () => {
    silence();
    const vault = pane();
    await clock.until(vault.read());
    await vault.write(kept);
    silent.refuse(new DOMException("no", "UnknownError"));
    await answers(vault);
    assert.equal(vault.status.protectionReason, "indexeddb-blocked");
    assert.equal(origin.local.get(NAME), records.secrets);
  });
});
