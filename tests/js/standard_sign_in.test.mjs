// Signing in through a window, against a scripted identity provider.

import assert from "node:assert/strict";
import { afterEach, before, beforeEach, describe, mock, test } from "node:test";
import { ADA, CLIENT_ID, TENANT } from "./host.mjs";
import { ORIGIN, Page, TokenEndpoint, entraError } from "./identity.mjs";
import { loader, moduleBytes, stage } from "./support.mjs";

// As the build sets it.
globalThis.__VERSION__ ??= "0.0.0";

const { StandardSignIn } = await import(new URL("standard_sign_in.js", stage));

const request = { scopes: ["api://gw/use"] };
const AUTHORITY = `https://login.microsoftonline.com/${TENANT}`;

const rejection = (promise) =>
  promise.then(
    () => assert.fail("nothing was thrown"),
    (error) => error,
  );

/** Lets everything happen that waits for nothing. */
async function settle() {
  for (let round = 0; round < 20; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A Storage of a page's own. */
class Kept {
  items = new Map();
  getItem = (name) => this.items.get(name) ?? null;
  setItem = (name, value) => void this.items.set(name, String(value));
  removeItem = (name) => void this.items.delete(name);
  get texts() {
    return [...this.items.values()];
  }
}

describe("the standard sign-in", () => {
  let page;
  let endpoint;
  let storage;
  let clock;
  const opened = [];

  before(() => loader.initSync(moduleBytes));

  beforeEach(() => {
    clock = 1_000;
    mock.method(performance, "now", () => clock);
    mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
    page = new Page();
    endpoint = new TokenEndpoint(page);
    storage = new Kept();
  });

  afterEach(() => {
    for (const signIn of opened.splice(0)) signIn.free();
    page.close();
    delete globalThis.Office;
    mock.timers.reset();
    mock.restoreAll();
  });

  async function open(options) {
    const signIn = await StandardSignIn.open({
      clientId: CLIENT_ID,
      authority: AUTHORITY,
      redirectUri: "/auth.html",
      fetch: endpoint.fetch,
      storage,
      ...options,
    });
    opened.push(signIn);
    return signIn;
  }

  /** The time passes, in small steps. */
  async function elapse(ms, step = 250) {
    for (let passed = 0; passed < ms; passed += step) {
      clock += step;
      mock.timers.tick(step);
      await settle();
    }
  }

  /** A whole sign-in. */
  async function signedIn(signIn) {
    const token = signIn.acquireTokenPopup(request);
    page.comeBack({ code: "c" });
    return token;
  }

  test("checks what it is given", async () => {
    const cases = [
      [{ clientId: "" }, /clientId/],
      [{ redirectUri: undefined }, /redirectUri/],
      [{ redirectUri: "" }, /redirectUri/],
      [{ redirectUri: "https://elsewhere.example/auth.html" }, /redirectUri/],
      [{ startUrl: "https://elsewhere.example/start.html" }, /startUrl/],
      [{ authority: "contoso" }, /authority/],
      [{ authority: "http://idp.example/t" }, /authority/],
      [{ cloud: "mars" }, /cloud/],
      [{ fetch: "fetch" }, /fetch/],
      [{ openDialog: true }, /openDialog/],
      [{ timeouts: { popupMs: 0 } }, /popupMs/],
      [{ storage: "disk" }, /storage/],
    ];
    for (const [options, message] of cases) {
      const error = await rejection(open(options));
      assert.equal(error.code, "invalid-argument", JSON.stringify(options));
      assert.match(error.message, message);
    }
  });

  test("the window opens while the click counts, and its answer becomes tokens", async () => {
    const signIn = await open();
    const token = signIn.acquireTokenPopup({ ...request, loginHint: "ada@contoso.example" });
    // Before anything was waited for.
    assert.equal(page.popups.length, 1);
    const { address, parameters } = page.popup;
    assert.equal(address.origin + address.pathname, `${AUTHORITY}/oauth2/v2.0/authorize`);
    assert.equal(parameters.get("redirect_uri"), `${ORIGIN}/auth.html`);
    assert.equal(parameters.get("login_hint"), "ada@contoso.example");
    page.comeBack({ code: "the code" });
    const result = await token;
    assert.equal(result.accessToken, "at-1");
    assert.deepEqual(result.scopes, ["api://gw/use", "openid", "profile"]);
    assert.equal(result.account.homeAccountId, `${ADA}.${TENANT}`);
    assert.equal(result.uniqueId, ADA);
    assert.ok(result.expiresOn instanceof Date);
    assert.equal(result.fromCache, false);
    assert.equal(page.popup.closed, true);
    const [{ form, headers, ...sent }] = endpoint.requests;
    assert.deepEqual(sent, {
      address: `${AUTHORITY}/oauth2/v2.0/token`,
      method: "POST",
      credentials: "omit",
      redirect: "manual",
      referrerPolicy: "no-referrer",
      cache: "no-store",
    });
    assert.deepEqual(headers, { "content-type": "application/x-www-form-urlencoded" });
    assert.equal(form.get("code"), "the code");
    assert.equal((await signIn.acquireTokenSilent(request)).fromCache, true);
    assert.equal(endpoint.requests.length, 1);
  });

  test("what is kept signs in after a reload, and only the refresh token is kept", async () => {
    const first = await open();
    await signedIn(first);
    await settle();
    assert.equal(storage.texts.length, 1);
    const [text] = storage.texts;
    assert.ok(text.includes("rt-1") && !text.includes("at-1") && !text.includes("e30."), text);
    assert.match([...storage.items.keys()][0], new RegExp(`^taskpane-connector/2//sign-in/${CLIENT_ID}/`));
    first.free();
    const again = await open();
    assert.equal((await again.acquireTokenSilent(request)).accessToken, "at-2");
    assert.deepEqual([endpoint.forms[1].grant_type, endpoint.forms[1].refresh_token], ["refresh_token", "rt-1"]);
    await settle();
    assert.ok(storage.texts[0].includes("rt-2"));
    assert.equal(page.popups.length, 1);
  });

  test("equal requests share one renewal", async () => {
    const signIn = await open();
    await signedIn(signIn);
    const again = { ...request, forceRefresh: true };
    const tokens = await Promise.all([1, 2, 3].map(() => signIn.acquireTokenSilent(again)));
    assert.deepEqual(tokens.map(({ accessToken }) => accessToken), ["at-2", "at-2", "at-2"]);
  });

  test("without a refresh token the user is asked, in one call where that is wanted", async () => {
    const signIn = await open();
    assert.equal((await rejection(signIn.acquireTokenSilent(request))).code, "interaction-required");
    assert.equal(endpoint.requests.length, 0);
    const token = signIn.acquireToken(request);
    assert.equal(page.popups.length, 1);
    page.comeBack({ code: "c" });
    assert.equal((await token).accessToken, "at-1");
  });

  test("the refresh token of 24 hours is over", async () => {
    const signIn = await open();
    await signedIn(signIn);
    endpoint.script = () => entraError("invalid_grant", 700084);
    const error = await rejection(signIn.acquireTokenSilent({ scopes: ["User.Read"] }));
    assert.equal(error.code, "interaction-required");
    assert.equal(error.bridge.aadsts, 700084);
    await settle();
    assert.deepEqual(storage.texts, []);
  });

  test("forged and replayed messages are ignored and told", async () => {
    const signIn = await open();
    const token = signIn.acquireTokenPopup(request);
    page.comeBack({ code: "evil" }, "https://evil.example");
    page.comeBack({ code: "evil" }, ORIGIN, "AAAAAAAAAAAAAAAAAAAAAA");
    page.post({ type: "taskpane-connector/sign-in", answer: 7 });
    page.post({ type: "somebody else's", answer: "#code=evil" });
    page.post("text");
    page.post(null);
    await settle();
    assert.equal(endpoint.requests.length, 0);
    page.comeBack({ code: "good" });
    // The same once more.
    page.comeBack({ code: "good" });
    assert.equal((await token).accessToken, "at-1");
    assert.deepEqual(endpoint.forms.map(({ code }) => code), ["good"]);
    assert.deepEqual(
      signIn.ignored.map(({ reason, origin }) => [reason, origin]),
      [
        ["origin", "https://evil.example"],
        ["state", ORIGIN],
        ["state", ORIGIN],
      ],
    );
  });

  test("what is remembered of ignored messages has an end", async () => {
    const signIn = await open();
    const token = signIn.acquireTokenPopup(request);
    for (let number = 0; number < 100; number += 1) page.comeBack({ code: "evil" }, `https://evil${number}.example`);
    assert.equal(signIn.ignored.length, 16);
    assert.equal(signIn.ignored.at(-1).origin, "https://evil99.example");
    signIn.free();
    await rejection(token);
  });

  test("the answer comes over the origin's channel where the window was cut off", async () => {
    const signIn = await open();
    const token = signIn.acquireTokenPopup(request);
    page.popup.closed = true;
    const state = page.popup.parameters.get("state");
    const other = new BroadcastChannel(`taskpane-connector/sign-in/${state}`);
    // Servers encode more than they have to.
    const encoded = state.replaceAll("-", "%2D").replaceAll("_", "%5F");
    other.postMessage({ type: "taskpane-connector/sign-in", answer: `?code=c&state=${encoded}` });
    assert.equal((await token).accessToken, "at-1");
    other.close();
  });

  test("a blocked pop-up is told, with what helps", async () => {
    page.opens = () => null;
    const signIn = await open();
    const error = await rejection(signIn.acquireTokenPopup(request));
    assert.deepEqual([error.code, error.hint.id, error.hint.audience], ["popup-blocked", "allow-popups", "user"]);
    assert.equal(page.listeners.get("message").size, 0);
  });

  test("a closed window is noticed when the user is back, and nobody is blamed", async () => {
    const signIn = await open();
    let failed;
    const token = signIn.acquireTokenPopup(request).catch((error) => (failed = error));
    page.popup.closed = true;
    // Still in the window: it may have been cut off.
    await elapse(60_000);
    assert.equal(failed, undefined);
    page.focused = true;
    await elapse(1_000);
    assert.equal(failed, undefined);
    await elapse(1_500);
    await token;
    assert.equal(failed.code, "sign-in-cancelled");
    assert.equal(failed.hint.params.redirectUri, `${ORIGIN}/auth.html`);
    assert.equal(page.listeners.get("message").size, 0);
  });

  test("nobody waits for ever", async () => {
    const signIn = await open({ timeouts: { popupMs: 10_000 } });
    const failed = rejection(signIn.acquireTokenPopup(request));
    await elapse(12_000);
    assert.equal((await failed).code, "timeout");
    assert.equal(page.popup.closed, true);
  });

  test("an abort closes the window that nobody else waits for", async () => {
    const signIn = await open();
    const [one, other] = [new AbortController(), new AbortController()];
    const first = rejection(signIn.acquireTokenPopup(request, { signal: one.signal }));
    const second = rejection(signIn.acquireTokenPopup(request, { signal: other.signal }));
    assert.equal(page.popups.length, 1);
    one.abort("enough");
    assert.equal(await first, "enough");
    await settle();
    assert.equal(page.popup.closed, false);
    other.abort("too");
    assert.equal(await second, "too");
    await settle();
    assert.equal(page.popup.closed, true);
  });

  test("a newer window takes over", async () => {
    const signIn = await open();
    const first = rejection(signIn.acquireTokenPopup(request));
    const [old] = page.popups;
    const second = signIn.acquireTokenPopup({ scopes: ["User.Read"] });
    assert.equal((await first).code, "sign-in-cancelled");
    assert.equal(old.closed, true);
    page.comeBack({ code: "old" }, ORIGIN, old.parameters.get("state"));
    page.comeBack({ code: "c" });
    assert.equal((await second).accessToken, "at-1");
    assert.equal(endpoint.forms[0].code, "c");
  });

  test("a newer window takes over while the older one's code waits", async () => {
    const signIn = await open();
    let go;
    endpoint.script = (form) => new Promise((resolve) => (go = () => resolve([200, endpoint.tokens(form)])));
    const first = rejection(signIn.acquireTokenPopup(request));
    page.comeBack({ code: "first" });
    const second = signIn.acquireTokenPopup({ scopes: ["User.Read"] });
    page.comeBack({ code: "second" });
    await settle();
    go();
    await settle();
    go();
    assert.equal((await first).code, "sign-in-cancelled");
    assert.equal((await second).account.homeAccountId, `${ADA}.${TENANT}`);
    assert.deepEqual(endpoint.forms.map(({ code }) => code), ["second"]);
  });

  test("what the identity provider refuses", async () => {
    const cases = [
      [{ error: "access_denied", error_subcode: "cancel" }, "sign-in-cancelled", "try-again"],
      [{ error: "consent_required", error_description: "AADSTS65001: no" }, "consent-required", "grant-consent"],
      [{ error: "invalid_request", error_description: "AADSTS50011: no" }, "configuration-invalid", "register-redirect-uri"],
      [{ code: "c", iss: "https://evil.example/" }, "response-invalid", undefined],
    ];
    for (const [fields, code, hint] of cases) {
      const signIn = await open();
      const failed = rejection(signIn.acquireTokenPopup(request));
      page.comeBack(fields);
      const error = await failed;
      assert.deepEqual([error.code, error.hint?.id], [code, hint]);
    }
    assert.equal(endpoint.requests.length, 0);
  });

  test("a platform that isn't a single-page application's names the exact URI", async () => {
    endpoint.script = () => entraError("invalid_request", 9002326);
    const error = await rejection(signedIn(await open()));
    assert.deepEqual([error.code, error.hint.id], ["configuration-invalid", "register-redirect-uri"]);
    assert.equal(error.hint.params.redirectUri, `${ORIGIN}/auth.html`);
  });

  test("no answer of the token endpoint's", async () => {
    const cases = [
      [() => Promise.reject(new TypeError("Failed to fetch")), "unreachable"],
      [() => [200, "<!doctype html>"], "response-invalid"],
      [() => [503, ""], "server-error"],
      [() => [200, {}], "response-invalid"],
    ];
    for (const [script, code] of cases) {
      endpoint.script = script;
      assert.equal((await rejection(signedIn(await open({ storage: "memory" })))).code, code);
    }
    endpoint.script = () => new Promise(() => {});
    const failed = rejection(signedIn(await open({ storage: "memory", timeouts: { requestMs: 4_000 } })));
    await elapse(6_000);
    assert.equal((await failed).code, "timeout");
  });

  test("signing out forgets, and what is under way brings nobody back", async () => {
    const signIn = await open();
    await signedIn(signIn);
    await settle();
    let answer;
    endpoint.script = (form) => new Promise((resolve) => (answer = () => resolve([200, endpoint.tokens(form)])));
    const waiting = rejection(signIn.acquireTokenSilent({ scopes: ["User.Read"] }));
    await settle();
    await signIn.signOut();
    answer();
    assert.equal((await waiting).name, "AbortError");
    await settle();
    assert.deepEqual(storage.texts, []);
    assert.deepEqual(signIn.accounts(), []);
    assert.equal((await rejection(signIn.acquireTokenSilent(request))).code, "interaction-required");
    // And the next sign-in works.
    endpoint.script = (form) => [200, endpoint.tokens(form)];
    assert.equal((await signedIn(signIn)).account.homeAccountId, `${ADA}.${TENANT}`);
  });

  test("signing out in one pane is signing out in all", async () => {
    const [here, there] = [await open(), await open()];
    await signedIn(here);
    await settle();
    page.changed(storage);
    await settle();
    assert.equal((await there.acquireTokenSilent(request)).accessToken, "at-2");
    assert.ok((await there.acquireTokenSilent(request)).fromCache);
    let answer;
    endpoint.script = (form) => new Promise((resolve) => (answer = () => resolve([200, endpoint.tokens(form)])));
    const underWay = rejection(there.acquireTokenSilent({ scopes: ["User.Read"] }));
    await settle();
    await here.signOut();
    // Before the other pane hears of it.
    answer();
    assert.equal((await underWay).code, "interaction-required");
    await settle();
    assert.deepEqual(storage.texts, []);
    assert.equal((await rejection(there.acquireTokenSilent(request))).code, "interaction-required");
    assert.deepEqual(there.accounts(), []);
  });

  test("what another pane hears of a sign-out ends its tokens, and no window", async () => {
    const [here, there] = [await open(), await open()];
    await signedIn(here);
    await signedIn(there);
    await settle();
    const window = there.acquireTokenPopup(request);
    await here.signOut();
    page.changed(storage);
    await settle();
    assert.deepEqual(there.accounts(), []);
    assert.equal((await rejection(there.acquireTokenSilent(request))).code, "interaction-required");
    page.comeBack({ code: "c" });
    assert.equal((await window).account.homeAccountId, `${ADA}.${TENANT}`);
    await settle();
    assert.equal(storage.texts.length, 1);
  });

  test("a storage that doesn't delete is told", async () => {
    const signIn = await open();
    await signedIn(signIn);
    await settle();
    storage.removeItem = () => {
      throw new Error("no");
    };
    assert.equal((await rejection(signIn.signOut())).code, "storage-unavailable");
  });

  test("freeing ends everything, twice", async () => {
    const signIn = await open();
    const waiting = rejection(signIn.acquireTokenPopup(request));
    signIn.free();
    signIn.free();
    assert.equal((await waiting).name, "AbortError");
    assert.equal(page.popup.closed, true);
    assert.equal(page.listeners.get("message").size, 0);
    assert.equal((await rejection(signIn.acquireTokenSilent(request))).code, "invalid-argument");
  });

  test("a window of the page's own", async () => {
    const calls = [];
    const signIn = await open({
      openDialog: async (url, { startUrl, signal }) => {
        endpoint.address = new URL(url);
        calls.push([new URL(url).pathname, startUrl, signal.aborted]);
        return `${ORIGIN}/auth.html#code=c&state=${new URL(url).searchParams.get("state")}`;
      },
      startUrl: "/start.html",
    });
    assert.equal((await signIn.acquireTokenPopup(request)).accessToken, "at-1");
    assert.deepEqual(calls, [[`/${TENANT}/oauth2/v2.0/authorize`, `${ORIGIN}/start.html`, false]]);
    assert.equal(page.popups.length, 0);
    const failing = [
      [async () => undefined, "sign-in-cancelled"],
      [async () => "#code=c&state=wrong", "sign-in-cancelled"],
      [
        () => {
          throw new Error("no window here");
        },
        "configuration-invalid",
      ],
    ];
    for (const [openDialog, code] of failing) {
      assert.equal((await rejection((await open({ openDialog })).acquireTokenPopup(request))).code, code);
    }
  });

  describe("in Office", () => {
    let shown;

    /** office.js, as far as a dialog needs it. */
    function office({ error, platform = "PC" } = {}) {
      shown = { handlers: {}, closed: false };
      globalThis.Office = {
        EventType: { DialogMessageReceived: "message", DialogEventReceived: "event" },
        context: {
          platform,
          ui: {
            displayDialogAsync: (address, options, done) => {
              shown.address = new URL(address);
              const value = {
                addEventHandler: (type, handler) => (shown.handlers[type] = handler),
                close: () => (shown.closed = true),
              };
              queueMicrotask(() => done(error ? { error: { code: error } } : { value }));
            },
          },
        },
      };
    }

    const asked = () => new URL(decodeURIComponent(shown.address.hash.replace(/^#(go|relay)=/, "")));
    const message = (state) => JSON.stringify({ type: "taskpane-connector/sign-in", answer: `#code=c&state=${state}` });

    test("the dialog starts on this origin and its message is the answer", async () => {
      office();
      const signIn = await open({ startUrl: "/start.html" });
      const token = signIn.acquireTokenPopup(request);
      await settle();
      assert.equal(shown.address.origin + shown.address.pathname, `${ORIGIN}/start.html`);
      assert.match(shown.address.hash, /^#go=/);
      endpoint.address = asked();
      const state = asked().searchParams.get("state");
      shown.handlers.message({ message: "not JSON" });
      shown.handlers.message({ message: message(state), origin: "https://evil.example" });
      shown.handlers.message({ message: message("wrong") });
      // Older hosts give no origin.
      shown.handlers.message({ message: message(state) });
      assert.equal((await token).accessToken, "at-1");
      assert.equal(shown.closed, true);
      assert.deepEqual(signIn.ignored.map(({ reason }) => reason), ["origin", "state"]);
    });

    test("on the web the dialog's first page stays, to be heard", async () => {
      office({ platform: "OfficeOnline" });
      const signIn = await open();
      const waiting = rejection(signIn.acquireTokenPopup(request));
      await settle();
      assert.match(shown.address.hash, /^#relay=/);
      signIn.free();
      await waiting;
    });

    test("what Office says instead", async () => {
      const cases = [
        [12004, "configuration-invalid"],
        [12005, "configuration-invalid"],
        [12007, "configuration-invalid"],
        [12009, "sign-in-cancelled"],
        [12011, "popup-blocked"],
      ];
      for (const [error, code] of cases) {
        office({ error });
        const failed = await rejection((await open()).acquireTokenPopup(request));
        assert.equal(failed.code, code, String(error));
        assert.match(failed.message, new RegExp(`Office error ${error}`));
      }
      for (const [error, code] of [
        [12006, "sign-in-cancelled"],
        [12002, "configuration-invalid"],
        [12003, "configuration-invalid"],
      ]) {
        office();
        const failed = rejection((await open()).acquireTokenPopup(request));
        await settle();
        shown.handlers.event({ error });
        assert.equal((await failed).code, code, String(error));
      }
    });

    test("a dialog that opens too late closes again", async () => {
      office();
      const signIn = await open();
      const stop = new AbortController();
      const failed = rejection(signIn.acquireTokenPopup(request, { signal: stop.signal }));
      stop.abort();
      await failed;
      await settle();
      assert.equal(shown.closed, true);
    });
  });

  test("Google's way of the same", async () => {
    const ID = "1234.apps.googleusercontent.com";
    const signIn = await open({ cloud: "google", clientId: ID, clientSecret: "GOCSPX-x", authority: undefined });
    endpoint.script = (form) => {
      const id = Buffer.from(
        JSON.stringify({ aud: ID, sub: "1089", email: "ada@contoso.example", nonce: page.popup.parameters.get("nonce") }),
      ).toString("base64url");
      return [200, endpoint.tokens(form, { scope: "openid s", id_token: `e30.${id}.c2ln`, client_info: undefined })];
    };
    const token = signIn.acquireTokenPopup({ scopes: ["s"] });
    assert.equal(page.popup.address.host, "accounts.google.com");
    page.comeBack({ code: "c", iss: "https://accounts.google.com" });
    const { account, accessToken } = await token;
    assert.deepEqual([accessToken, account.username], ["at-1", "ada@contoso.example"]);
    await settle();
    await signIn.signOut();
    const { address, form } = endpoint.requests[1];
    assert.deepEqual([address, form.get("token")], ["https://oauth2.googleapis.com/revoke", "rt-1"]);
    assert.deepEqual(storage.texts, []);
  });
});
