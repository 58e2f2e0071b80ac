// Where a request leads must be where the URL standard says it leads: the core
// binds tokens to its own reading of an address, and fetch follows the browser's.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { loader, moduleBytes } from "./support.mjs";

const stage = new URL(`${process.env.STAGE ?? "../../target/stage"}/`, import.meta.url);
const { CoreObject, call } = await import(new URL("core.js", stage));
const { isConnectorError } = await import(new URL("error.js", stage));

before(() => loader.initSync(moduleBytes));

/** The address of the first request for a gateway's address; undefined when that is refused. */
function requestFor(address) {
  const parameters = ["gateway_url", address, "gateway_token", "token"];
  const connector = new CoreObject(call("open", [parameters, {}, true, "https://pane.example", 0]));
  try {
    const discovery = new CoreObject(connector.call("plan", [undefined, true, undefined]));
    try {
      return discovery.call("poll").request.url;
    } finally {
      discovery.free();
    }
  } catch (thrown) {
    assert.ok(isConnectorError(thrown), `${JSON.stringify(address)}: ${thrown}`);
    return undefined;
  } finally {
    connector.free();
  }
}

/** A small repeatable generator of whole numbers below a bound. */
function generator(seed) {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

test("what is accepted is what the URL standard reads, letter for letter", () => {
  const random = generator(20261121);
  const schemes = ["https://", "http://", "HTTPS://", "https:/", "https:", "//", "", "https:\\\\", " https://", "ftp://"];
  const parts = [
    "gw.example.com", "GW.Example.com", "localhost", "127.0.0.1", "127.1", "0x7f.1", "0177.0.0.1", "2130706433", "1.2.3", "[::1]",
    "[::ffff:127.0.0.1]", "xn--bcher-kva.example", "bücher.example", "a..b", "-a-", "a_b", "%67w", "evil.example", "ex\u00adample.com",
    "１２７.0.0.1", "localhost.", "gw.example.com.", "0", "1e3", "x.0x", "x.09",
  ];
  const glue = ["", "/", "//", "@", ":", ":443", ":80", ":0443", ":65536", "?", "#", "\\", "\t", "\n", " ", "%2f", "%00", "/..", "/.", "/%2e%2E/", "/a b", "/v1", ";", "^", "|", "`", "\"", "'", "<", "{", "\u2028", "\ufeff"];
  let accepted = 0;
  for (let round = 0; round < 30_000; round += 1) {
    let address = schemes[random(3) === 0 ? random(schemes.length) : 0];
    for (let at = 1 + random(3); at > 0; at -= 1) address += parts[random(parts.length)] + glue[random(3) === 0 ? random(glue.length) : 0];
    const url = requestFor(address);
    if (url === undefined) continue;
    accepted += 1;
    assert.equal(new URL(url).href, url, JSON.stringify(address));
  }
  assert.ok(accepted > 1_000, `only ${accepted} were accepted`);
});

test("plain http leads to this computer only", () => {
  for (const host of ["localhost", "127.0.0.1", "127.255.255.255", "[::1]"]) {
    assert.ok(requestFor(`http://${host}:8080/x`), host);
  }
  for (const host of ["gw.example.com", "localhost.example", "127.0.0.1.example", "128.0.0.1", "10.0.0.1", "192.168.1.1", "0.0.0.0", "localhost."]) {
    assert.equal(requestFor(`http://${host}:8080/x`), undefined, host);
  }
});
