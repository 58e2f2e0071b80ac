/** One connector over the providers of the simulated organisation, kept from one scenario to the next. */
import init, { Connector } from "/pkg/index.js";
import { sentence } from "/pkg/explain.js";
import { describe, settled } from "./describe.js";
import { listen, paramsFor, visible } from "./talk.js";

let connector;
/** Tokens that the page was asked for. */
let issued;

/** What an Office host's broker would hand over. */
function tokensOf(identity) {
  return async ({ kind, scope, fresh, signal }) => {
    issued.push(fresh ? `${kind} fresh` : kind);
    const response = await fetch(`${identity}/issue?${new URLSearchParams({ kind, scope })}`, { signal });
    return response.json();
  };
}

/** Opens the connector and connects it. */
export async function openCloud({ identity, endpoints, settings, parameters, maxRetries = 0, timeouts }) {
  await init();
  connector?.free();
  issued = [];
  const getToken = tokensOf(identity);
  connector = await Connector.open({ endpoints, parameters, maxRetries, timeouts, getToken, storage: "memory" });
  return switchCloud({ settings });
}

/** Diagnoses what is typed; nothing is connected by it. */
export async function diagnoseCloud({ identity, endpoints, settings, parameters, timeouts }) {
  await init();
  issued = [];
  const getToken = tokensOf(identity);
  const opened = await Connector.open({ endpoints, parameters, maxRetries: 0, timeouts, getToken, storage: "memory" });
  const { value, error } = await settled(opened.diagnose({ settings }));
  const report = opened.report({ explain: sentence });
  opened.free();
  const { failure, ...diagnosis } = value ?? {};
  return { error, diagnosis, report };
}

/** Connects with other settings, in the same page. */
export async function switchCloud({ settings }) {
  issued.length = 0;
  const { error } = await settled(connector.connect(settings));
  return { error, issued, ...visible(connector) };
}

/** Asks what is open by now. `call` is `stream`, `create`, `countTokens`, `prepare`, `sdk`, which is the official one's stream on `connector.fetch`, or `abort`, which stops at the first text. */
export async function askCloud({ call = "stream", model, params }) {
  issued.length = 0;
  const asked = paramsFor({ model: model ?? connector.models[0].id, ...params });
  const { max_tokens: _, ...countable } = asked;
  switch (call) {
    case "create":
      return plain(connector.messages.create(asked));
    case "countTokens":
      return plain(connector.messages.countTokens(countable));
    case "prepare":
      return plain(connector.messages.prepare(asked, { stream: true }));
    case "sdk": {
      const { AnthropicNow } = await import("/vendor/clients.js");
      let type;
      const served = async (...request) => {
        const response = await connector.fetch(...request);
        type = response.headers.get("content-type");
        return response;
      };
      const client = new AnthropicNow({ apiKey: "unused", fetch: served, dangerouslyAllowBrowser: true, logLevel: "off" });
      let text = "";
      const stream = client.messages.stream(asked).on("text", (delta) => (text += delta));
      // What the SDK makes of structured output besides.
      const { parsed_output: _, ...message } = await stream.finalMessage();
      return { message, text, type };
    }
    case "abort": {
      const stream = connector.messages.stream(asked);
      stream.once("text", () => stream.abort(new Error("enough")));
      const { error } = await settled(stream.finalMessage());
      return { error, aborted: stream.aborted, partial: stream.currentMessage ?? null };
    }
  }
  return { ...(await listen(connector.messages.stream(asked))), issued };
}

/** Three calls at the same time. */
export async function askCloudThrice({ model, params }) {
  issued.length = 0;
  const asked = paramsFor({ model, ...params });
  const answers = await Promise.all([1, 2, 3].map(() => connector.messages.create(asked)));
  return { texts: answers.map(({ content }) => content[0].text), issued };
}

async function plain(promise) {
  const { value, thrown } = await settled(promise);
  return { value: value ?? null, error: thrown ? describe(thrown) : null, issued };
}
