// A server on loopback, and a headless browser that opens a page of it.

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";

const TYPES = { ".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

/** Answers with a file of a folder; `change` may make another text of it. */
export async function sendFile(response, folder, path, change = (bytes) => bytes) {
  try {
    const bytes = await readFile(join(folder, normalize(decodeURIComponent(path))));
    response.setHeader("content-type", TYPES[extname(path)] ?? "application/octet-stream").end(change(bytes));
  } catch {
    response.writeHead(404).end();
  }
}

export async function readBody(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

/** Opens `page` of what `answer` serves. The returned function ends both. */
export async function browse(page, answer) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://here");
    Promise.resolve(answer(request, response, pathname)).catch((error) => response.writeHead(500).end(String(error)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const profile = await mkdtemp(join(tmpdir(), "headless-"));
  const switches = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    `--user-data-dir=${profile}`,
    // Nothing outside this computer is asked.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  ];
  const address = `http://127.0.0.1:${server.address().port}${page}`;
  const browser = spawn(process.env.BROWSER, [...switches, address], { stdio: "ignore" });
  return async () => {
    const ended = new Promise((resolve) => browser.once("exit", resolve));
    browser.kill();
    await ended;
    server.close();
    server.closeAllConnections();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
}
