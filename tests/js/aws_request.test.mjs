// signAwsRequest: what botocore signed, and what a page may get wrong.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { loader, moduleBytes, stage, thrown } from "./support.mjs";

const { signAwsRequest } = await import(new URL("aws_request.js", stage));
const { cases } = JSON.parse(readFileSync(new URL("../fixtures/sigv4/botocore.json", import.meta.url)));

const KEY = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const OPTIONS = { region: "us-east-1", service: "service", date: new Date("2015-08-30T12:36:00Z") };
const URL_ = "https://example.amazonaws.com/";
const sign = (request, key = KEY, options = OPTIONS) => signAwsRequest({ url: URL_, ...request }, key, options);

test("before init() it says so", () => {
  assert.equal(thrown(() => sign({})).code, "not-initialized");
});

describe("signAwsRequest", () => {
  before(() => loader.initSync(moduleBytes));

  for (const { name, method, url, headers, body, authorization, time, region, service, ...key } of cases) {
    test(`as botocore: ${name}`, () => {
      const { accessKeyId, secretAccessKey, sessionToken } = key;
      const credentials = { accessKeyId, secretAccessKey, sessionToken: sessionToken ?? undefined };
      const forms = [headers, Object.fromEntries(headers), new Headers(headers), new Map(headers)];
      for (const form of forms) {
        const request = { method, url, headers: form, body: method === "GET" ? undefined : body };
        const signed = signAwsRequest(request, credentials, { region, service, date: new Date(time) });
        assert.equal(signed.authorization, authorization);
        assert.equal(signed["x-amz-security-token"], sessionToken ?? undefined);
        assert.equal(signed["x-amz-date"], time.replaceAll(/[-:]/g, ""));
        assert.ok(headers.every(([header, value]) => signed[header] === value.trim()));
      }
    });
  }

  test("a body in each of its kinds", () => {
    const text = "h\u{e9}llo";
    const bytes = new TextEncoder().encode(text);
    const padded = Uint8Array.from([9, 9, ...bytes, 9]);
    const bodies = [text, bytes, bytes.buffer, padded.subarray(2, -1), new DataView(padded.buffer, 2, bytes.length)];
    const signatures = bodies.map((body) => sign({ method: "POST", body }).authorization);
    assert.deepEqual(new Set(signatures).size, 1);
    assert.notEqual(signatures[0], sign({ method: "POST", body: "hello" }).authorization);
    const nothing = [undefined, null, "", new Uint8Array(0)].map((body) => sign({ method: "POST", body }).authorization);
    assert.equal(new Set(nothing).size, 1);
  });

  test("a body larger than a chunk of the module's memory", () => {
    assert.match(sign({ method: "PUT", body: new Uint8Array(5_000_000) }).authorization, /Signature=[0-9a-f]{64}$/);
  });

  test("what the URL standard makes of an address is what is signed", () => {
    const same = [
      ["https://example.amazonaws.com", "HTTPS://EXAMPLE.amazonaws.com:443/#part"],
      ["https://example.amazonaws.com/a%20b/%C3%A9", "https://example.amazonaws.com\\a b/x/../é"],
      ["https://example.amazonaws.com/?q=%C3%A9", "https://example.amazonaws.com?q=é"],
      ["https://xn--bcher-kva.example/", "https://bücher.example/"],
    ];
    for (const [plain, written] of same) {
      assert.deepEqual(sign({ url: plain }), sign({ url: written }));
      assert.deepEqual(sign({ url: plain }), sign({ url: new URL(written) }));
    }
  });

  test("only what fetch sends is signed and returned", () => {
    const headers = { Host: "other.example", Cookie: "a=b", Date: "now", "Content-Length": "5", "User-Agent": "me", "X-A": " 1  2 " };
    const signed = sign({ headers });
    assert.deepEqual(Object.keys(signed), ["user-agent", "x-a", "x-amz-date", "authorization"]);
    assert.equal(signed["x-a"], "1  2");
    assert.match(signed.authorization, /SignedHeaders=host;x-a;x-amz-date,/);
    // A request takes them all, so nothing is lost on the way.
    const sent = new Request(URL_, { headers: signed });
    assert.deepEqual(Object.fromEntries(sent.headers), Object.fromEntries(Object.entries(signed).sort()));
  });

  test("the time: a Date, milliseconds, or now", () => {
    const at = (date) => sign({}, KEY, { ...OPTIONS, date })["x-amz-date"];
    assert.equal(at(Date.UTC(2015, 7, 30, 12, 36) + 999), "20150830T123600Z");
    assert.equal(at(0), "19700101T000000Z");
    assert.equal(at(Date.UTC(9999, 11, 31, 23, 59, 59)), "99991231T235959Z");
    const before = Date.now();
    const now = Date.parse(at(undefined).replace(/(....)(..)(..T..)(..)(..Z)/, "$1-$2-$3:$4:$5"));
    assert.ok(now >= before - 1000 && now <= Date.now());
  });

  test("signing what was signed before, with another body and key", () => {
    const temporary = { ...KEY, sessionToken: "of-another-session" };
    const first = sign({ method: "POST", body: "x", headers: { accept: "*/*" } }, temporary);
    assert.equal(first["x-amz-security-token"], "of-another-session");
    const again = sign({ method: "POST", body: "y", headers: first });
    assert.deepEqual(again, sign({ method: "POST", body: "y", headers: { accept: "*/*" } }));
  });

  test("S3's rules for S3", () => {
    const signed = sign({ url: "https://bucket.s3.amazonaws.com/a//b%20c" }, KEY, { ...OPTIONS, service: "s3" });
    assert.equal(signed["x-amz-content-sha256"], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });

  const mistakes = [
    ["no request", () => signAwsRequest(undefined, KEY, OPTIONS), /url/],
    ["a relative address", () => sign({ url: "/path" }), /url/],
    ["another scheme", () => sign({ url: "ftp://example.com/" }), /ftp/],
    ["plain http", () => sign({ url: "http://example.com/" }), /plain http/],
    ["a password in the address", () => sign({ url: "https://me:hunter2@example.com/" }), /password/],
    ["a body on a GET", () => sign({ body: "x" }), /body/],
    ["a body that is neither", () => sign({ method: "POST", body: {} }), /body/],
    ["a form, which fetch adds a header to", () => sign({ method: "POST", body: new URLSearchParams("a=1") }), /body/],
    ["a method that can't be sent", () => sign({ method: "CONNECT" }), /method/],
    ["a method that is none", () => sign({ method: 5 }), /method/],
    ["a header's name", () => sign({ headers: { "a b": "1" } }), /a b/],
    ["a header's value", () => sign({ headers: { "x-a": "hunter2\n\u{e9}" } }), /x-a/],
    ["a header that is a number", () => sign({ headers: { "x-a": 5 } }), /headers/],
    ["headers that are text", () => sign({ headers: "x-a: 1" }), /headers/],
    ["no credentials", () => sign({}, null), /accessKeyId/],
    ["an empty key", () => sign({}, { ...KEY, secretAccessKey: "" }), /secretAccessKey/],
    ["a key with a line break", () => sign({}, { ...KEY, secretAccessKey: "hunter2\n" }), /secretAccessKey/],
    ["a token that is none", () => sign({}, { ...KEY, sessionToken: 7 }), /sessionToken/],
    ["no region", () => sign({}, KEY, { service: "service" }), /region/],
    ["a region that is none", () => sign({}, KEY, { ...OPTIONS, region: "us/east" }), /region/],
    ["no service", () => sign({}, KEY, { region: "us-east-1" }), /service/],
    ["no date", () => sign({}, KEY, { ...OPTIONS, date: new Date(Number.NaN) }), /date/],
    ["a date that is text", () => sign({}, KEY, { ...OPTIONS, date: "2015-08-30" }), /date/],
    ["a date that is null", () => sign({}, KEY, { ...OPTIONS, date: null }), /date/],
    ["a date before 1970", () => sign({}, KEY, { ...OPTIONS, date: -1 }), /date/],
    ["a date past 9999", () => sign({}, KEY, { ...OPTIONS, date: Infinity }), /9999/],
  ];
  for (const [name, call, message] of mistakes) {
    test(`refused: ${name}`, () => {
      const error = thrown(call);
      assert.equal(error.name, "ConnectorError");
      assert.equal(error.code, "invalid-argument");
      assert.match(error.message, message);
      assert.ok(!JSON.stringify(error).includes("hunter2") && !error.message.includes("hunter2") && !error.cause);
    });
  }
});
