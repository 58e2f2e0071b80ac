// The script of the sign-in's page, in a document that a test writes.

import assert from "node:assert/strict";
import { afterEach, describe, mock, test } from "node:test";
import { stage } from "./support.mjs";

const ORIGIN = "https://pane.example";
const IDP = "https://login.microsoftonline.com/t/oauth2/v2.0/authorize?client_id=c&state=S&nonce=n";

let loaded = 0;
const before = new Map();

function lay(name, value) {
  if (!before.has(name)) before.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

afterEach(() => {
  for (const [name, descriptor] of before) {
    if (descriptor) Object.defineProperty(globalThis, name, descriptor);
    else delete globalThis[name];
  }
  before.clear();
  mock.timers.reset();
});

/** Shows the page at an address; what it did. */
async function show(rest, { opener = true, office, channels = true } = {}) {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  const seen = { replaced: [], went: [], opened: [], posted: [], parent: [], channel: [], shown: undefined, button: undefined, closed: 0 };
  const { search, hash, pathname } = new URL(`${ORIGIN}/auth.html${rest}`);
  lay("location", {
    search,
    hash,
    pathname,
    origin: ORIGIN,
    replace: (address) => seen.went.push(["replace", address]),
    assign: (address) => seen.went.push(["assign", address]),
  });
  class History {
    replaceState(_state, _title, address) {
      seen.replaced.push(address);
    }
  }
  lay("History", History);
  // As office.js leaves it.
  lay("history", Object.assign(new History(), { replaceState: null }));
  lay("opener", opener ? { postMessage: (message, origin) => seen.posted.push([message, origin]) } : null);
  lay("open", (address) => seen.opened.push(address));
  lay("close", () => (seen.closed += 1));
  lay(
    "BroadcastChannel",
    channels
      ? class {
          constructor(name) {
            this.name = name;
            seen.listening = this;
          }
          postMessage(message) {
            seen.channel.push([this.name, message]);
          }
        }
      : class {
          constructor() {
            throw new Error("no origin");
          }
        },
  );
  lay("Office", office && { onReady: (ready) => ready(), context: { ui: { messageParent: (...given) => seen.parent.push(given) } } });
  lay("document", {
    createElement: (name) => ({ name, setAttribute() {}, focus() {} }),
    body: {
      append: (element) => (seen.button = element),
      replaceChildren: (element) => (seen.shown = element.textContent),
    },
  });
  await import(new URL(`auth_page.js?${(loaded += 1)}`, stage));
  return seen;
}

describe("the sign-in's page", () => {
  test("goes on to a known identity provider", async () => {
    for (const url of [
      IDP,
      "https://login.microsoftonline.us/t/authorize?state=S",
      "https://login.partner.microsoftonline.cn/t?state=S",
      "https://accounts.google.com/o/oauth2/v2/auth?state=S",
    ]) {
      const seen = await show(`?_host_Info=Excel#go=${encodeURIComponent(url)}`);
      assert.deepEqual(seen.went, [["replace", url]]);
      assert.deepEqual(seen.replaced, ["/auth.html"]);
    }
  });

  test("asks before it goes to anybody else", async () => {
    for (const host of ["idp.example", "login.microsoftonline.com.evil.example", "localhost:8460"]) {
      const url = `${host.startsWith("localhost") ? "http" : "https"}://${host}/authorize?state=S`;
      const seen = await show(`#go=${encodeURIComponent(url)}`);
      assert.deepEqual(seen.went, []);
      assert.equal(seen.button.textContent, `Continue to ${host}`);
      seen.button.onclick();
      assert.deepEqual(seen.went, [["assign", url]]);
    }
  });

  test("leads nowhere else", async () => {
    for (const url of [
      "javascript:alert(1)//https://login.microsoftonline.com/",
      "data:text/html,x",
      "http://idp.example/",
      "http://127.0.0.1.evil.example/",
      "//evil.example",
      "%E0%A4%A",
    ]) {
      const seen = await show(`#go=${url.startsWith("%") ? url : encodeURIComponent(url)}`);
      assert.deepEqual([seen.went, seen.opened, seen.button], [[], [], undefined], url);
      assert.match(seen.shown, /not one to sign in with/);
    }
  });

  test("hands the answer on by every way, out of an address that is clean by then", async () => {
    for (const [rest, answer] of [
      ["#code=c&state=S", "#code=c&state=S"],
      ["?code=c&state=S", "?code=c&state=S"],
      ["#code=c&session_state=x&state=%53", "#code=c&session_state=x&state=%53"],
      ["?_host_Info=Excel$Win32#error=access_denied&state=S", "#error=access_denied&state=S"],
    ]) {
      const seen = await show(rest, { office: true });
      const message = { type: "taskpane-connector/sign-in", answer };
      assert.deepEqual(seen.replaced, ["/auth.html"]);
      assert.deepEqual(seen.posted, [[message, ORIGIN]]);
      assert.deepEqual(seen.channel, [["taskpane-connector/sign-in/S", message]]);
      assert.deepEqual(seen.parent, [[JSON.stringify(message), { targetOrigin: ORIGIN }]]);
      assert.match(seen.shown, /close this window/);
      assert.equal(seen.closed, 0);
      mock.timers.tick(1_000);
      assert.equal(seen.closed, 1);
    }
  });

  test("with no opener, no Office and no channel it still ends", async () => {
    const seen = await show("#code=c&state=S", { opener: false, channels: false });
    assert.match(seen.shown, /close this window/);
  });

  test("an address without an answer is nobody's", async () => {
    for (const rest of ["", "?_host_Info=Excel", "#other", "#code=c"]) {
      const seen = await show(rest);
      assert.deepEqual([seen.posted, seen.channel], [[], []], rest);
      assert.match(seen.shown, /from the task pane/);
    }
  });

  test("where it has to stay to be heard, another window goes on", async () => {
    const seen = await show(`#relay=${encodeURIComponent(IDP)}`, { office: true });
    assert.deepEqual(seen.went, []);
    assert.equal(seen.button.textContent, "Continue to login.microsoftonline.com");
    seen.button.onclick();
    assert.deepEqual(seen.opened, [IDP]);
    assert.equal(seen.listening.name, "taskpane-connector/sign-in/S");
    seen.listening.onmessage({ data: { type: "taskpane-connector/sign-in", answer: "#code=c&state=S", more: 1 } });
    const message = { type: "taskpane-connector/sign-in", answer: "#code=c&state=S" };
    assert.deepEqual(seen.posted, [[message, ORIGIN]]);
    assert.deepEqual(seen.parent, [[JSON.stringify(message), { targetOrigin: ORIGIN }]]);
  });
});
