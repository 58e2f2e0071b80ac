// Signing in through a scripted Office host.

import assert from "node:assert/strict";
import { afterEach, before, beforeEach, describe, mock, test } from "node:test";
import { loader, moduleBytes, stage } from "./support.mjs";
import { ADA, BOB, CLIENT_ID, Host, account, context, deliveries, granted, refused } from "./host.mjs";

const { NestedAppAuth } = await import(new URL("nested_app_auth.js", stage));
const signIn = await import(new URL("sign_in.js", stage));

const request = { scopes: ["User.Read"] };
const open = (host, options) => NestedAppAuth.open({ clientId: CLIENT_ID, bridge: host.bridge, ...options });

/** What a promise was rejected with. */
const rejection = (promise) =>
  promise.then(
    () => assert.fail("nothing was thrown"),
    (error) => error,
  );

/** Lets everything happen that waits for nothing. */
async function settle() {
  for (let round = 0; round < 10; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

test("without init it says so", async () => {
  assert.equal((await rejection(open(new Host()))).code, "not-initialized");
});

describe("with the module", () => {
  let clock;

  before(() => loader.initSync(moduleBytes));

  beforeEach(() => {
    clock = 1_000;
    mock.method(performance, "now", () => clock);
    mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  });

  afterEach(() => {
    mock.timers.reset();
    mock.restoreAll();
    for (const name of ["nestedAppAuthBridge", "__initializeNestedAppAuth", "Office"]) delete globalThis[name];
  });

  /** The time passes, in small steps. */
  async function elapse(ms, step = 50) {
    for (let passed = 0; passed < ms; passed += step) {
      clock += step;
      mock.timers.tick(step);
      await settle();
    }
  }

  describe("opening", () => {
    const openHere = (options) => NestedAppAuth.open({ clientId: CLIENT_ID, timeouts: { bridgeMs: 400, initMs: 800 }, ...options });

    test("checks what it is given", async () => {
      const cases = [
        [{}, /clientId/],
        [{ clientId: "" }, /clientId/],
        [{ clientId: 7 }, /clientId/],
        [{ clientId: "c", clientCapabilities: "CP1" }, /clientCapabilities/],
        [{ clientId: "c", clientLibrary: { name: "x" } }, /clientLibrary/],
        [{ clientId: "c", timeouts: { initMs: 0 } }, /initMs/],
        [{ clientId: "c", bridge: { postMessage() {} } }, /bridge/],
        [{ clientId: "c", signal: "now" }, /signal/],
      ];
      for (const [options, message] of cases) {
        const error = await rejection(NestedAppAuth.open({ bridge: new Host().bridge, ...options }));
        assert.equal(error.code, "invalid-argument", String(message));
        assert.match(error.message, message);
      }
    });

    test("finds a bridge that is there", async () => {
      const host = new Host();
      globalThis.nestedAppAuthBridge = host.bridge;
      const auth = await openHere();
      const found = { claimed: undefined, hook: "absent", bridge: "found", init: "answered", sdkName: "host", sdkVersion: "1" };
      assert.deepEqual(auth.availability, found);
    });

    test("waits for one that comes late", async () => {
      const opening = openHere();
      await elapse(200);
      globalThis.nestedAppAuthBridge = new Host().bridge;
      await elapse(100);
      assert.equal((await opening).availability.bridge, "found");
    });

    test("lets the host prepare its bridge, once", async () => {
      let calls = 0;
      globalThis.__initializeNestedAppAuth = async () => {
        calls += 1;
        await null;
        globalThis.nestedAppAuthBridge = new Host().bridge;
      };
      const auth = await openHere();
      assert.deepEqual([auth.availability.hook, calls], ["called", 1]);
    });

    const failures = [
      ["no bridge", {}, "host-unsupported", { hook: "absent", bridge: "absent", init: "not-sent" }],
      ["something else in its place", { nestedAppAuthBridge: {} }, "host-unsupported", { hook: "absent", bridge: "unusable", init: "not-sent" }],
      ["a hook that does nothing", { __initializeNestedAppAuth() {} }, "host-unsupported", { hook: "called", bridge: "absent", init: "not-sent" }],
      ["a hook that throws", { __initializeNestedAppAuth: () => assert.fail("mine") }, "host-unsupported", { hook: "failed", bridge: "absent", init: "not-sent" }],
      ["a hook that rejects", { __initializeNestedAppAuth: () => Promise.reject(new Error("mine")) }, "host-unsupported", { hook: "failed", bridge: "absent", init: "not-sent" }],
      ["a hook that does not end", { __initializeNestedAppAuth: () => new Promise(() => {}) }, "host-unsupported", { hook: "silent", bridge: "absent", init: "not-sent" }],
      ["a host that refuses", { nestedAppAuthBridge: new Host(undefined, { greeting: refused("DISABLED") }).bridge }, "host-unsupported", { hook: "absent", bridge: "found", init: "refused" }],
      ["a host that says nothing of itself", { nestedAppAuthBridge: new Host(undefined, { greeting: { success: true } }).bridge }, "host-unsupported", { hook: "absent", bridge: "found", init: "refused" }],
      ["a bridge that lets nobody listen", { nestedAppAuthBridge: { addEventListener: () => assert.fail("mine"), postMessage() {} } }, "host-unsupported", { hook: "absent", bridge: "found", init: "not-sent" }],
      ["a host that is silent", { nestedAppAuthBridge: new Host(undefined, { greeting: null }).bridge }, "timeout", { hook: "absent", bridge: "found", init: "silent" }],
    ];
    for (const [name, globals, code, availability] of failures) {
      test(`tells ${name}`, async () => {
        Object.assign(globalThis, globals);
        globalThis.Office = { context: { requirements: { isSetSupported: (set, version) => `${set} ${version}` === "NestedAppAuth 1.1" } } };
        const failed = rejection(openHere());
        await elapse(1_500);
        const error = await failed;
        assert.equal(error.code, code);
        assert.deepEqual(error.availability, { claimed: true, ...availability });
        if (code === "host-unsupported") assert.equal(error.hint.id, "use-standard-sign-in");
      });
    }

    test("takes a late greeting for the next try", async () => {
      const host = new Host(undefined, { greeting: null });
      const first = rejection(open(host));
      await elapse(6_000, 125);
      assert.equal((await first).code, "timeout");
      host.answer(host.messages[0], context());
      await settle();
      const auth = await open(host);
      assert.equal(auth.availability.init, "answered");
      assert.deepEqual([host.messages.length, host.listeners.size], [1, 1]);
    });

    test("can be called off, before and while it waits", async () => {
      const early = await rejection(openHere({ signal: AbortSignal.abort("early") }));
      assert.equal(early, "early");
      for (const globals of [{}, { __initializeNestedAppAuth: () => new Promise(() => {}) }, { nestedAppAuthBridge: new Host(undefined, { greeting: null }).bridge }]) {
        Object.assign(globalThis, globals);
        const controller = new AbortController();
        const opening = rejection(openHere({ signal: controller.signal }));
        await settle();
        controller.abort("late");
        await elapse(100);
        assert.equal(await opening, "late");
      }
    });
  });

  describe("a token", () => {
    for (const [name, delivery] of Object.entries(deliveries)) {
      test(`arrives: ${name}`, async () => {
        const auth = await open(new Host(undefined, { delivery }));
        const token = await auth.acquireTokenSilent(request);
        assert.equal(token.accessToken, "at");
        assert.equal(token.account.name, "Ada 😀");
        assert.ok(token.expiresOn instanceof Date && token.extExpiresOn instanceof Date);
        assert.ok(Math.abs(token.expiresOn - Date.now() - 3_600_000) < 5_000);
        assert.equal((await auth.acquireTokenSilent(request)).fromCache, true);
      });
    }

    test("is for whom it was asked, in whichever order answers come", async () => {
      const host = new Host(() => undefined);
      const auth = await open(host);
      const names = Array.from({ length: 12 }, (_, at) => `api://gw/${at}`);
      const tokens = names.map((scope) => auth.acquireTokenSilent({ scopes: [scope] }));
      await settle();
      for (const message of host.asked.reverse()) host.answer(message, granted(ADA, message.tokenParams.scope, message.tokenParams.scope));
      assert.deepEqual((await Promise.all(tokens)).map(({ accessToken }) => accessToken), names);
    });

    test("is asked for once by many, and a failure is not kept", async () => {
      const host = new Host((_, at) => (at === 0 ? refused("TRANSIENT_ERROR") : granted(ADA, "at", "User.Read")));
      const auth = await open(host);
      const many = () => Promise.allSettled(Array.from({ length: 20 }, () => auth.acquireTokenSilent(request)));
      const failed = await many();
      assert.ok(failed.every(({ reason }) => reason.code === "server-error" && reason.retryable));
      assert.equal(new Set(failed.map(({ reason }) => reason)).size, 20, "errors are not shared");
      assert.equal(host.asked.length, 1);
      const tokens = await many();
      assert.ok(tokens.every(({ value }) => value.accessToken === "at"));
      assert.equal(new Set(tokens.map(({ value }) => value)).size, 20, "answers are not shared");
      assert.equal(host.asked.length, 2);
    });

    test("is not lost to others when one gives up", async () => {
      const host = new Host(() => undefined);
      const auth = await open(host);
      const controller = new AbortController();
      const gone = rejection(auth.acquireTokenSilent(request, { signal: controller.signal }));
      const stays = auth.acquireTokenSilent(request);
      await settle();
      controller.abort({ any: "thing" });
      assert.deepEqual(await gone, { any: "thing" });
      host.answer(host.asked[0], granted(ADA, "at", "User.Read"));
      assert.equal((await stays).accessToken, "at");
      const before = await rejection(auth.acquireTokenPopup(request, { signal: AbortSignal.abort("before") }));
      assert.deepEqual([before, host.asked.length], ["before", 1]);
    });

    test("comes with the user where only they can help", async () => {
      const host = new Host(({ method }) =>
        method === "GetToken" ? refused("USER_INTERACTION_REQUIRED", { subError: "basic_action" }) : granted(ADA, "at", "User.Read"),
      );
      const auth = await open(host);
      const error = await rejection(auth.acquireTokenSilent(request));
      assert.deepEqual([error.code, error.bridge.subError, error.bridge.method], ["interaction-required", "basic_action", "GetToken"]);
      assert.equal((await auth.acquireToken(request)).accessToken, "at");
      assert.deepEqual(host.asked.map(({ method }) => method), ["GetToken", "GetToken", "GetTokenPopup"]);
    });

    test("is waited for as long as it takes, and not longer", async () => {
      const host = new Host(() => undefined);
      const auth = await open(host, { timeouts: { silentMs: 1_000, popupMs: 2_000 } });
      let told = 0;
      const count = () => (told += 1);
      const silent = rejection(auth.acquireTokenSilent(request)).finally(count);
      const popup = rejection(auth.acquireTokenPopup(request)).finally(count);
      await elapse(900);
      // The machine sleeps for a night, and the pane is hidden: timers stand still.
      clock += 8 * 3_600_000;
      await elapse(50);
      assert.equal(told, 0);
      await elapse(400);
      assert.equal((await silent).code, "timeout");
      assert.equal(told, 1);
      await elapse(1_200);
      assert.equal((await popup).code, "timeout");
      // What comes too late serves the next.
      host.answer(host.asked[0], granted(ADA, "late", "User.Read"));
      await settle();
      assert.equal((await auth.acquireTokenSilent(request)).accessToken, "late");
    });

    test("cannot be asked for over a bridge that takes nothing", async () => {
      for (const postMessage of [() => assert.fail("port closed"), () => Promise.reject(new Error("port closed"))]) {
        const host = new Host();
        const auth = await open(host);
        host.bridge.postMessage = postMessage;
        const error = await rejection(auth.acquireTokenSilent(request));
        assert.equal(error.code, "host-unsupported");
        assert.match(error.message, /port closed/);
      }
    });

    test("needs no generator, no address and no storage", async () => {
      const names = ["crypto", "location", "localStorage", "sessionStorage", "indexedDB", "BroadcastChannel"];
      const kept = names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
      for (const name of names) {
        Object.defineProperty(globalThis, name, { configurable: true, get: () => (name === "crypto" || name === "location" ? undefined : assert.fail(name)) });
      }
      try {
        const host = new Host();
        const auth = await open(host);
        await auth.acquireTokenSilent(request);
        const ids = new Set(host.messages.map(({ requestId }) => requestId));
        assert.equal(ids.size, 2);
      } finally {
        for (const [name, descriptor] of kept) {
          if (descriptor) Object.defineProperty(globalThis, name, descriptor);
          else delete globalThis[name];
        }
      }
    });

    test("of another account is none", async () => {
      const auth = await open(new Host());
      const error = await rejection(auth.acquireToken({ ...request, account: account(BOB) }));
      assert.equal(error.code, "account-mismatch");
      assert.equal((await auth.acquireTokenSilent({ ...request, account: account(ADA) })).fromCache, true);
    });

    test("that was refused is replaced", async () => {
      const host = new Host((_, at) => granted(ADA, `at-${at + 1}`, "User.Read"));
      const auth = await open(host);
      const { accessToken } = await auth.acquireTokenSilent(request);
      assert.equal(auth.invalidate("unknown"), false);
      assert.equal(auth.invalidate(accessToken), true);
      assert.equal((await auth.acquireTokenSilent(request)).accessToken, "at-2");
      assert.equal(host.asked[1].tokenParams.forceRefresh, true);
      assert.throws(() => auth.invalidate(), { code: "invalid-argument" });
    });

    test("is asked for with requests that can be sent", async () => {
      const auth = await open(new Host());
      const circular = {};
      circular.self = circular;
      for (const bad of ["text", circular, { scopes: "User.Read" }, { claims: "{" }, { scopes: ["api://a/b", "api://c/d"] }]) {
        assert.equal((await rejection(auth.acquireTokenSilent(bad))).code, "invalid-argument");
      }
      assert.equal((await auth.acquireTokenSilent()).accessToken, "at");
    });
  });

  test("accounts", async () => {
    const auth = await open(new Host());
    assert.deepEqual(auth.accounts(), []);
    const { account: ada } = await auth.acquireTokenSilent(request);
    const [known] = auth.accounts();
    assert.equal(known.idToken, undefined);
    assert.deepEqual({ ...known, idToken: ada.idToken }, ada);
  });

  describe("the end", () => {
    for (const end of ["clear", "free"]) {
      test(`${end} tells everybody who waits`, async () => {
        const host = new Host(() => undefined);
        const auth = await open(host);
        const waiting = [auth.acquireTokenSilent(request), auth.acquireTokenPopup(request), auth.acquireToken(request)].map(rejection);
        await settle();
        auth[end]();
        for (const error of await Promise.all(waiting)) assert.equal(error.name, "AbortError");
        for (const message of host.asked) host.answer(message, granted(ADA, "late", "User.Read"));
        await settle();
        if (end === "clear") {
          assert.deepEqual(auth.accounts(), []);
          const again = auth.acquireTokenSilent({ ...request, account: account(ADA) });
          await settle();
          assert.equal(host.asked.length, 3);
          host.answer(host.asked[2], granted(ADA, "new", "User.Read"));
          assert.equal((await again).accessToken, "new");
          return;
        }
        assert.equal(host.listeners.size, 0);
        auth.free();
        assert.throws(() => auth.accounts(), { code: "invalid-argument" });
        assert.equal((await rejection(auth.acquireTokenSilent(request))).code, "invalid-argument");
      });
    }

    test("no timer is left behind", async () => {
      const started = mock.method(globalThis, "setInterval");
      const stopped = mock.method(globalThis, "clearInterval");
      const auth = await open(new Host());
      for (let round = 0; round < 3; round += 1) await auth.acquireTokenPopup(request);
      const running = new Set(started.mock.calls.map(({ result }) => result));
      for (const call of stopped.mock.calls) running.delete(call.arguments[0]);
      assert.ok(started.mock.callCount() > 0);
      assert.equal(running.size, 0);
    });

    test("a module that stopped leaves nobody waiting", async () => {
      const auth = await open(new Host(() => undefined));
      const waiting = rejection(auth.acquireTokenSilent(request));
      await settle();
      loader.onDemand.trapped(new WebAssembly.RuntimeError("unreachable"));
      await elapse(1_100, 500);
      assert.equal((await waiting).code, "module-failed");
      await loader.onDemand.init();
      assert.equal((await rejection(auth.acquireTokenSilent(request))).code, "module-failed");
      auth.free();
    });
  });

  test("no error holds a token", async () => {
    const secret = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2VjcmV0";
    const answers = [
      refused("PERSISTENT_ERROR", { code: secret, description: `got ${secret}`, properties: { MATS: secret } }),
      { success: false, error: secret },
      granted(BOB, secret, "User.Read"),
      granted(ADA, secret, "User.Read", { id_token: `${secret}.more` }),
      { success: true, token: { access_token: secret } },
    ];
    for (const answer of answers) {
      const auth = await open(new Host(() => answer));
      const error = await rejection(auth.acquireTokenSilent({ ...request, account: account(ADA) }));
      const all = `${error.message} ${error.stack} ${JSON.stringify({ ...error })}`;
      assert.ok(!all.includes("eyJ"), all);
    }
  });

  test("the claims of a challenge", () => {
    assert.equal(signIn.claimsFromChallenge('Bearer error="insufficient_claims", claims="eyJhIjoxfQ=="'), '{"a":1}');
    for (const nothing of [null, undefined, "", "Bearer"]) assert.equal(signIn.claimsFromChallenge(nothing), undefined);
  });

  test("the class that pages import stands for the one that is loaded", async () => {
    const { StandardSignIn } = await import(new URL("standard_sign_in.js", stage));
    assert.ok(!({} instanceof signIn.NestedAppAuth));
    const auth = await signIn.NestedAppAuth.open({ clientId: CLIENT_ID, bridge: new Host().bridge });
    assert.ok(auth instanceof NestedAppAuth);
    assert.ok(auth instanceof signIn.NestedAppAuth);
    assert.ok(!(auth instanceof signIn.StandardSignIn));
    const standard = Object.create(StandardSignIn.prototype);
    assert.ok(standard instanceof signIn.StandardSignIn);
    assert.ok(standard instanceof signIn.NestedAppAuth);
    assert.ok(!({} instanceof signIn.NestedAppAuth));
    auth.free();
  });
});
