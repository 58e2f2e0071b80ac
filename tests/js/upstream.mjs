// What stands behind a connector in the tests of `connector.fetch`: a provider
// in each of the six shapes, which answers as a test tells it.

import { frames } from "./frame.mjs";

export const MODEL = "claude-opus-4-8";

const GATEWAY = { gateway_url: "https://gw.example.com/llm", gateway_token: "gateway-token-0123456789" };
const PROJECT = { gcp_project_id: "contoso-ai", gcp_region: "us-east5" };

/** Settings by shape, and whether its streams are frames. */
export const SHAPES = {
  "a gateway": { settings: GATEWAY, framed: false },
  "a gateway in Bedrock's format": { settings: { ...GATEWAY, gateway_api_format: "bedrock" }, framed: true },
  "a gateway in Vertex AI's format": { settings: { ...GATEWAY, ...PROJECT, gateway_api_format: "vertex" }, framed: false },
  Bedrock: {
    settings: { aws_role_arn: "arn:aws:iam::123456789012:role/Claude", aws_region: "us-east-1" },
    framed: true,
  },
  "Vertex AI": { settings: { ...PROJECT, google_client_id: "1-a.apps.googleusercontent.com" }, framed: false },
  Foundry: { settings: { azure_resource_name: "contoso-ai", azure_api_key: "foundry-key-0123456789" }, framed: false },
};

export const json = (value, init = {}) =>
  new Response(typeof value === "string" ? value : JSON.stringify(value), {
    status: init.status ?? 200,
    headers: { "content-type": "application/json", ...init.headers },
  });
export const sseText = (events) => events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
export const sse = (body, headers = {}) => new Response(body, { headers: { "content-type": "text/event-stream", ...headers } });
export const framed = (body, headers = {}) =>
  new Response(body, { headers: { "content-type": "application/vnd.amazon.eventstream", ...headers } });

/** Events as that shape streams them. */
export const streamed = ({ framed: inFrames }, events) => (inFrames ? framed(frames(events)) : sse(sseText(events)));

const credentials = () =>
  json({
    AssumeRoleWithWebIdentityResponse: {
      AssumeRoleWithWebIdentityResult: {
        Credentials: {
          AccessKeyId: "ASIA0",
          SecretAccessKey: "secret",
          SessionToken: "session",
          Expiration: Date.now() / 1000 + 3600,
        },
      },
    },
  });

/** A fetch to the outside. `answer` gives what is asked for once connected; requests are in `sent`. */
export class Upstream {
  sent = [];
  /** What answers the requests of a connector that is connected. */
  answer;
  #connected = false;

  constructor() {
    this.fetch = async (url, init) => {
      const { hostname, pathname } = new URL(url);
      if (hostname.startsWith("sts.")) return credentials();
      if (pathname.endsWith("/v1/models")) return json({ data: [{ id: MODEL }, { id: "claude-sonnet-5" }] });
      // While it connects, every model that is tried is there.
      if (!this.#connected) return json({ type: "message", content: [] });
      const request = { url, method: init.method, headers: init.headers, body: init.body, signal: init.signal };
      this.sent.push(request);
      return this.answer(request, this.sent.length);
    };
  }

  /** A connector that is ready, and the id of a model in it. */
  async ready(Connector, { settings }, options = {}) {
    const getToken = async () => ({ token: "eyJhbGciOiJSUzI1NiJ9.e30.c2ln", account: "ada@contoso.com" });
    const connector = await Connector.open({ storage: "memory", fetch: this.fetch, getToken, ...options });
    await connector.connect(settings);
    this.#connected = true;
    return { connector, model: connector.models.find(({ id }) => id.includes(MODEL)).id };
  }
}
