// What a page does with the package, of which nothing may be missing once a
// bundler has been at it: the first module, a script that is loaded on demand,
// and one with the second module.

const MODEL = "claude-haiku-5-5";
const body = [
  { type: "message_start", message: { id: "m", type: "message", role: "assistant", model: MODEL, content: [], usage: {} } },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Grüße" } },
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 1 } },
  { type: "message_stop" },
]
  .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  .join("");

const gateway = async (url) =>
  new URL(url).pathname.endsWith("/v1/models")
    ? new Response(JSON.stringify({ data: [{ id: MODEL }] }))
    : new Response(body, { headers: { "content-type": "text/event-stream" } });

const settings = { gateway_url: "https://gateway.example", gateway_token: "none" };
const params = { model: MODEL, max_tokens: 10, messages: [{ role: "user", content: "Hi" }] };

/** What came of it, by what was tried. */
export async function use({ default: init, Connector, NestedAppAuth, isConnectorError, version }) {
  await init();
  const connector = await Connector.open({ storage: "memory", fetch: gateway });
  const other = await Connector.open({ storage: "memory", fetch: gateway });
  await connector.connect(settings);
  const stream = await connector.messages.stream(params).finalText();
  const served = await connector.fetch("/v1/messages", { method: "POST", body: JSON.stringify(params) });
  // Of no matter whose page this is: what it says comes out of the second module.
  const signIn = await NestedAppAuth.open({ clientId: "no-id" }).then(
    () => "signed in",
    (error) => (isConnectorError(error) ? error.code : String(error)),
  );
  const states = [connector.state, other.state];
  connector.free();
  other.free();
  return { version, states, stream, served: (await served.json()).content[0].text, signIn };
}

/** Tries it and tells the address that the page was given. */
export async function tell(project, trying) {
  let report;
  try {
    report = await trying();
  } catch (error) {
    report = { failed: `${error?.stack ?? error}` };
  }
  const to = new URLSearchParams(location.search).get("report");
  const body = JSON.stringify({ project, report });
  await fetch(to, { method: "POST", mode: "no-cors", headers: { "content-type": "text/plain" }, body });
}
