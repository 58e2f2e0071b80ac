/**
 * What the verdicts of a diagnosis mean, in words, with the exact lines that
 * mend it and how the usual servers are told. A page loads this file when it
 * shows a diagnosis; the package itself doesn't need it.
 */
import { snippets } from "./server_snippets.js";

const list = (names) => names.join(", ");
/** Whether an answer came piece by piece, whatever it calls itself. */
const isSpread = (arrival) => arrival?.events > 1 && arrival.lastMs - arrival.firstMs > 50;
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

const allowOrigin = ({ page }) => [`Access-Control-Allow-Origin: ${page}`, "Vary: Origin"];
const allowHeaders = ({ headers }) => [`Access-Control-Allow-Headers: ${list(headers)}`];
const preflight = (diagnosis) => [
  ...allowOrigin(diagnosis),
  "Access-Control-Allow-Methods: GET, POST",
  ...allowHeaders(diagnosis),
  "Access-Control-Max-Age: 600",
];

/** Whether the organisation runs the server, and can have lines added to it. */
const isOwn = ({ provider }) => provider === undefined || provider === "gateway" || provider === "bootstrap";
const ofOwn = (lines) => (diagnosis) => (isOwn(diagnosis) ? lines(diagnosis) : []);
const PROVIDERS = { gateway: "The gateway", bedrock: "Amazon Bedrock", vertex: "Google Vertex AI", foundry: "Azure AI Foundry" };
const named = ({ provider }) => PROVIDERS[provider] ?? PROVIDERS.gateway;
/** Whether it was the list of models that was asked for. */
const isList = ({ at, ...diagnosis }) => at === "models" && isOwn(diagnosis);
/** What opens the provider, in words. */
const OPENS = { entra: "the user’s token of Microsoft Entra ID", google: "the user’s token of Google’s", "aws-role": "the AWS role" };
const opens = ({ access }) => OPENS[access] ?? "the token";

/** Whether it is the route of messages that was asked by itself, since others answer. */
const isRoute = ({ at, route }) => (at === "answer" || at === "models") && Boolean(route);
/** Whether all that can be asked without the token passed where the answer can't be read. */
const isPassed = ({ route, ...diagnosis }) => Boolean(route) && verdictOf(diagnosis, "origin") === "origin-allowed";
const verdictOf = ({ steps }, id) => steps?.find((step) => step.id === id)?.verdict;
/** The directive that a page's policy should have, so that it can connect to further origins. */
const connectTo = ({ policy }, origins) => [["connect-src", policy || "'self'", ...origins].join(" ")];

/** The other hosts that gave no answer, and those whose answer can't be read. */
const mute = ({ hosts = [] }) => hosts.filter(({ verdict }) => !["", "reachable", "unprobed", "isolated-page", "origin-refused"].includes(verdict));
const unread = ({ hosts = [] }) => hosts.filter(({ verdict }) => verdict === "origin-refused");
const refusedByPolicy = (diagnosis) => mute(diagnosis).filter(({ verdict }) => verdict === "policy-refused");
const addresses = (hosts) => list(hosts.map(({ address }) => address));
const ownWords = ({ address, verdict }, diagnosis) => VERDICTS[verdict].message({ ...diagnosis, at: "hosts", host: address.replace(/^https?:\/\//, ""), origin: address });
const skillsWanted = (hosts) =>
  `Skills are loaded from ${addresses(hosts)} by a plain GET without a credential, so the storage there has to allow this page’s origin for GET by CORS. Where a skill’s address has a signature in its query, the check leaves it out, and the answer with it may be another.`;

const isThisComputer = (host) => /^(127\.|\[::1\]|([^:]*\.)?localhost(:|$))/.test(host);
const isError = ({ failure }) => failure?.status >= 400;

/** What a text says where the server's or the browser's words are the news. */
const said = ({ failure }) => (failure?.message ? ` It said: ${failure.message}.` : "");

/** By verdict: who can mend it, what it is, what to do, and the lines to add with where they go. */
const VERDICTS = {
  configured: { message: "The configuration is complete." },
  reachable: { message: ({ host }) => `${host} answers.` },
  "origin-allowed": { message: "This page may read the answers." },
  "headers-allowed": { message: ({ headers }) => `The preflight lets all ${headers.length} headers through.` },
  "model-found": { message: ({ model }) => `There is a model to ask: ${model}.` },
  answered: { message: ({ model }) => `${model} answers.` },
  streams: { message: "The answer arrives piece by piece." },
  "hosts-reachable": { message: ({ hosts = [] }) => `The other hosts that the configuration names answer: ${addresses(hosts.filter(({ verdict }) => verdict === "reachable")) || "none of them can be asked"}.` },

  "not-assigned": {
    audience: "admin",
    message: "Nothing is configured: no manifest, directory attribute or bootstrap answer names a provider for this user.",
    text: ({ failure }) =>
      failure?.hint?.id === "not-assigned"
        ? failure.hint.text
        : "For everybody, put the provider’s keys into the taskpane’s address in the manifest, as below for a gateway. For each user, set entra_sso=1 there and the keys in directory attributes, or bootstrap_url and let your endpoint answer with them. Or the user types the provider into the settings, where the pane offers them.",
    lines: ["gateway_url=https://gateway.example.com", "gateway_token=TOKEN"],
    where: "to the address of the taskpane in the manifest, URL-encoded, with your own values",
  },
  "not-configured": {
    audience: ({ failure }) => failure?.hint?.audience ?? "admin",
    message: ({ failure }) => `The configuration can’t be used: ${failure?.message ?? "it is empty"}.`,
    text: ({ failure }) => failure?.hint?.text ?? "Name a provider in the settings or in the manifest: for a gateway its address and token.",
  },
  "not-fetched": {
    audience: "admin",
    message: ({ host }) => `The user’s configuration can’t be fetched from ${host}, the bootstrap endpoint.`,
    text: "Without it nobody knows whom to connect to. What stands in the way is told with the steps below; where they pass, its answer to the token is what this page can’t read.",
  },
  offline: {
    audience: "user",
    message: "This computer is offline.",
    text: "Connect it to the network and check again.",
  },
  "policy-refused": {
    audience: "developer",
    message: ({ origin }) => `This page’s own Content Security Policy does not let it connect to ${origin}.`,
    text: "Add the host to connect-src where the taskpane’s pages are served. No server has seen the request.",
    lines: ({ origin, ...diagnosis }) => connectTo(diagnosis, [origin]),
    where: "in the Content-Security-Policy of the taskpane’s pages",
  },
  "mixed-content": {
    audience: "admin",
    message: ({ origin }) => `This page was loaded over https, and ${origin} is plain http.`,
    text: "Safari and Office on the Mac refuse that even for this computer. Other engines allow it for this computer only; there it means that nothing listens at the address. Serve the gateway over https.",
  },
  "local-network-refused": {
    audience: "admin",
    message: ({ host, localNetwork, loopbackNetwork }) =>
      (isThisComputer(host) ? loopbackNetwork : localNetwork) === "denied"
        ? `The browser does not let this page reach ${host}, which is in the local network: the permission is denied.`
        : `The browser does not let this page reach ${host}, which is in the local network, before the user has been asked.`,
    text: "Chromium asks since version 142 before a page from the internet may reach the local network or this computer. Allow it in the browser’s site settings, by the policy LocalNetworkAccessAllowedForUrls with the taskpane’s origin, or give the host a public address. In Office on the web the pane is in a frame, where the question comes only if Office’s page passes the permission on; the policy LocalNetworkAccessPermissionsPolicyDefaultEnabled (Chromium 146) does it for all frames.",
    lines: ({ page }) => [page],
    where: "in the policy LocalNetworkAccessAllowedForUrls",
  },
  "isolated-page": {
    audience: "developer",
    message: "This page is cross-origin isolated, so the browser does not tell a host that is down from one that does not allow the page.",
    text: "Check from a page without Cross-Origin-Embedder-Policy, or look at the network tab of the developer tools.",
  },
  unreachable: {
    audience: "admin",
    message: ({ host }) => `There is no connection to ${host}.`,
    text: ({ host, localNetwork }) =>
      `The name is not known here, a firewall or proxy blocks it, or its certificate is not trusted: open ${host} in a browser tab on this computer, which says which.` +
      " A browser tells a page no more than that. A server that sends Cross-Origin-Resource-Policy and does not allow this page looks the same, and so does a redirect that leads nowhere." +
      (localNetwork === "denied" ? " The browser also denies this page the local network: if the host’s name leads to an address in it, that is why." : "") +
      (localNetwork === "prompt" ? " If the host’s name leads to an address in the local network, the browser asks the user first: whoever saw the question has to allow it." : ""),
  },
  silent: {
    audience: "admin",
    message: ({ host }) => `${host} accepts the connection and does not answer in time.`,
    text: "Look for a proxy on the way that holds requests back, and whether the server itself waits for something.",
  },
  redirected: {
    audience: "admin",
    message: ({ host }) => `${host} redirects instead of answering.`,
    text: ({ origin }) =>
      `A sign-in page of a proxy, or an address that has moved. Open ${origin} in a browser tab: if it asks you to sign in there, exempt the API from that proxy. If it leads elsewhere, configure the address it leads to.`,
  },
  "web-page": {
    audience: (diagnosis) => (isError(diagnosis) ? "admin" : "user"),
    message: ({ host, ...diagnosis }) => `A web page ${isError(diagnosis) ? `with status ${diagnosis.failure.status} ` : ""}comes instead of an answer from ${host}.`,
    text: ({ origin, ...diagnosis }) =>
      isError(diagnosis)
        ? `Something in front of it refuses the request: a web application firewall or a proxy, whose log has the rule. Let requests of the API through there. Open ${origin} in a browser tab to see whether it wants a sign-in first.`
        : `A sign-in page of the network or of a proxy answers in its place. Open ${origin} in a browser tab, sign in there, and check again.` +
      (isOwn(diagnosis) ? " If it is the gateway’s own page, its base address has another path." : ""),
  },
  "not-signed-in": {
    audience: ({ failure }) => failure?.hint?.audience ?? "user",
    message: (diagnosis) => `${named(diagnosis)} is opened by ${opens(diagnosis)}, and this page got none.`,
    text: ({ failure }) => failure?.hint?.text ?? "Sign in and check again.",
  },
  "token-service-unreachable": {
    audience: "admin",
    message: (diagnosis) => `The service that issues what opens ${diagnosis.host} can’t be reached.`,
    text: (diagnosis) => `The provider itself was not asked. Let all hosts of the allowlist through, the token service’s as well.${said(diagnosis)}`,
  },
  "access-not-obtained": {
    audience: ({ failure }) => failure?.hint?.audience ?? "admin",
    message: (diagnosis) => `What opens ${diagnosis.host} can’t be had: ${opens(diagnosis)} was refused.`,
    text: (diagnosis) => `${diagnosis.failure?.hint?.text ?? "The service that issues it says why."}${said(diagnosis)}`,
  },
  unprobed: {
    audience: "admin",
    message: (diagnosis) => `${named(diagnosis)} shows a page nothing without a credential, so this can’t be checked by itself.`,
    text: "Nothing has to be changed for that. If a message is answered, this page and its headers are let through; if not, look for a proxy on the way that takes headers out of requests or answers.",
  },
  "origin-refused": {
    audience: "admin",
    message: ({ host, ...diagnosis }) =>
      isRoute(diagnosis)
        ? `${host} answers POST ${diagnosis.route}, and this page may not read it, although it may read other answers.`
        : `${host} answers, and this page may not read it.`,
    text: ({ page, origin }) =>
      `Access-Control-Allow-Origin must be on every answer, errors and answers to OPTIONS included: exactly once, and with exactly ${page}. It is missing, doubled (the gateway and a proxy before it both add it), or names somebody else; a browser does not say which. A redirect without it, to a sign-in page for example, looks the same: open ${origin} in a browser tab to see.`,
    lines: allowOrigin,
    where: "on every answer",
    snippet: "origin",
  },
  "errors-unreadable": {
    audience: "admin",
    message: ({ passed }) => `${passed ? "It works, but answers" : "Answers"} without the right token can’t be read by this page.`,
    text: "They lack Access-Control-Allow-Origin, so that an expired token or an overload will look like a dead network. Many servers leave the header out of errors unless told otherwise.",
    lines: allowOrigin,
    where: "on every answer, errors included",
    snippet: "origin",
  },
  "preflight-refused": {
    audience: "admin",
    message: ({ host, ...diagnosis }) =>
      isRoute(diagnosis)
        ? `${host} refuses the preflight of messages alone: the browser’s OPTIONS before POST ${diagnosis.route}.`
        : `${host} refuses the preflight: the browser’s OPTIONS before each request.`,
    text: "OPTIONS must be answered without asking for a token, with a status of 2xx and these lines. A status of 401, 403 or 405, a redirect, or an answer without them is all the same to a browser, which does not say which it was.",
    lines: preflight,
    where: "on the answer to OPTIONS, with status 204",
    snippet: "preflight",
  },
  "header-refused": {
    audience: "admin",
    message: ({ refused, ...diagnosis }) =>
      isRoute(diagnosis) ? `The preflight of POST ${diagnosis.route} does not let ${list(refused)} through, although that of other routes does.` : `The preflight does not let ${list(refused)} through.`,
    text: "Name the header in the answer to OPTIONS. The names are all that is needed; their values are not checked there.",
    lines: allowHeaders,
    where: "on the answer to OPTIONS",
    snippet: "preflight",
  },
  "any-header-allowed": {
    audience: "admin",
    message: "It works here, but the preflight lets any header through.",
    text: "If it does so by Access-Control-Allow-Headers: *, it is not enough: the Fetch standard leaves Authorization out of the asterisk, and a browser that follows it will refuse. If it repeats the names that were asked for, all is well; a browser does not say which it is.",
    lines: allowHeaders,
    where: "on the answer to OPTIONS",
    snippet: "preflight",
  },
  "answer-unreadable": {
    audience: "admin",
    message: ({ host, at, route }) =>
      at === "models" ? `What ${host} answers to the token can’t be read: its list of models, or a message to find one.` : `The answer of ${host} to a message can’t be read${route ? ` (POST ${route})` : ""}, although others can.`,
    text: (diagnosis) => {
      if (!isOwn(diagnosis)) {
        return "A proxy on the way breaks the connection, or takes headers out of the request or the answer; or the provider does not let this page’s origin read it. The network tab of the developer tools says which.";
      }
      const hidden = "So what the server says of the request, a wrong key or a model that is missing, is not seen here either; its log has it.";
      const broken = "Or a proxy on the way breaks the connection when it sees the request.";
      if (isPassed(diagnosis)) {
        return `The preflight lets the headers through, and a refusal of a request without the right token can be read: it is the answer to the right one that lacks Access-Control-Allow-Origin. ${hidden} ${broken}`;
      }
      return `The route of messages, or the list of models, has rules of its own: it refuses the preflight, or its answers, errors at least, lack Access-Control-Allow-Origin. ${hidden} ${broken}`;
    },
    lines: ofOwn((diagnosis) => (isPassed(diagnosis) ? allowOrigin(diagnosis) : preflight(diagnosis))),
    where: (diagnosis) => (isPassed(diagnosis) ? "on every answer, those to requests with a token included" : "on the answers to OPTIONS and POST, the first also on errors"),
    snippet: "preflight",
  },
  "connection-broken": {
    audience: "admin",
    message: ({ host, route }) => `The connection to ${host} breaks at POST ${route}, although other requests are answered.`,
    text: "A proxy or firewall on the way that inspects what is sent to this route, or the server itself, ends the connection without an answer: its log says why. An answer with Cross-Origin-Resource-Policy and without Access-Control-Allow-Origin looks the same.",
  },
  "key-refused": {
    audience: "user",
    message: (diagnosis) => `${diagnosis.host} does not accept ${opens(diagnosis)}.`,
    text: (diagnosis) =>
      (OPENS[diagnosis.access]
        ? (diagnosis.failure?.hint?.text ?? "It was issued for somebody else, or has expired. Sign in again.")
        : "It is mistyped, expired or revoked. Enter it again, or ask for a new one.") + said(diagnosis),
  },
  "other-auth-header": {
    audience: "admin",
    message: ({ host }) => `${host} wants the token in the other header.`,
    text: (diagnosis) => `Change gateway_auth_header in the manifest or in the settings.${said(diagnosis)}`,
    lines: ({ headers }) => [`gateway_auth_header=${headers.includes("authorization") ? "x-api-key" : "authorization"}`],
    where: "in the configuration",
  },
  "access-refused": {
    audience: "admin",
    message: (diagnosis) => `${diagnosis.host} knows ${opens(diagnosis)} and does not let it do this.`,
    text: (diagnosis) =>
      (isOwn(diagnosis) ? "Give it access to the model, or raise its budget." : (diagnosis.failure?.hint?.text ?? "Give it the right to invoke the model.")) +
      said(diagnosis),
  },
  "wrong-path": {
    audience: "admin",
    message: ({ host, ...diagnosis }) => (isList(diagnosis) ? `${host} has no list of models at this address.` : `${host} has nothing at this address.`),
    text: ({ failure, ...diagnosis }) =>
      !isOwn(diagnosis)
        ? (failure?.hint?.text ?? "Check the names in the configuration that the address is made of.")
        : `${isList(diagnosis) ? "If the gateway has none, enter the id of a model in the settings and check again: it is asked by a message then. If it should have one, the" : "The"} base address leads elsewhere${failure?.hint?.params.url ? `: requests go to ${failure.hint.params.url}` : ""}. It stands without /v1/messages; many gateways want a path before that, such as /anthropic.`,
  },
  "no-model": {
    audience: "admin",
    message: ({ model, ...diagnosis }) => (model ? `${named(diagnosis)} does not have the model ${model}.` : `${named(diagnosis)} has no model of Claude’s for ${opens(diagnosis)}.`),
    text: (diagnosis) =>
      (isOwn(diagnosis) ? "Give the token a model, or name one in the settings that the gateway routes." : (diagnosis.failure?.hint?.text ?? "Have a model of Claude’s enabled there, or name one in the settings.")) +
      said(diagnosis),
  },
  "not-the-api": {
    audience: "admin",
    message: ({ host }) => `What ${host} answers is not the Messages API.`,
    text: (diagnosis) => `${isOwn(diagnosis) ? "Check that the base address leads to an API in the configured format." : "Look for a proxy on the way that answers in its place."}${said(diagnosis)}`,
  },
  "request-refused": {
    audience: "admin",
    message: ({ host }) => `${host} calls the request wrong.`,
    text: (diagnosis) => `It is as plain as one can be${isOwn(diagnosis) ? ", so the gateway speaks another dialect or wants a header of its own (inference_headers)" : ""}.${said(diagnosis)}`,
  },
  "rate-limited": {
    audience: "user",
    message: "Too many requests at the moment, or a quota is used up.",
    text: (diagnosis) => `Connection and token are in order. Wait a little and check again; if it goes on, ask whoever runs the provider’s account.${said(diagnosis)}`,
  },
  overloaded: {
    audience: "user",
    message: "The model has no capacity at the moment.",
    text: (diagnosis) => `Connection and token are in order. Check again in a little while.${said(diagnosis)}`,
  },
  "server-error": {
    audience: "admin",
    message: ({ host }) => `${host} reports a failure of its own.`,
    text: (diagnosis) => `Connection and token are in order as far as it goes; its log says more${diagnosis.failure?.requestId ? `: request ${diagnosis.failure.requestId}` : ""}.${said(diagnosis)}`,
  },
  failed: {
    audience: ({ failure }) => failure?.hint?.audience ?? "admin",
    message: ({ failure }) => `This failed: ${failure?.message ?? "nobody knows why"}.`,
    text: ({ failure }) => failure?.hint?.text ?? "",
  },
  "stream-broken": {
    audience: "admin",
    message: ({ arrival }) => (arrival?.events ? "The answer began and broke off." : "The answer ended before any of it came."),
    text: ({ arrival }) =>
      arrival?.events
        ? "A proxy on the way ends long answers, by a limit of time or size, or the server lost the model."
        : "The server lost the model before its first word, a proxy on the way compresses the answer wrongly or breaks it off, or this route speaks another API than the one that is configured (gateway_api_format).",
  },
  "stream-stalled": {
    audience: "admin",
    message: "The answer began and stopped arriving.",
    text: "A proxy on the way holds pieces back, or the server waits for the model.",
    snippet: "streaming",
  },
  "stream-invalid": {
    audience: "admin",
    message: "The answer arrives damaged.",
    text: (diagnosis) => `Something on the way changes it: a proxy that rewrites contents, or a server that mixes streams.${said(diagnosis)}`,
  },
  "stream-failed": {
    audience: "admin",
    message: "The server reported an error inside the answer.",
    text: (diagnosis) => `The connection is in order.${said(diagnosis)}`,
  },
  "not-streamed": {
    audience: "admin",
    message: ({ arrival }) => (isSpread(arrival) ? "It works, but the stream does not call itself one." : "It works, but the answer comes whole although a stream was asked for."),
    text: ({ arrival }) =>
      `It calls itself ${arrival?.contentType || "nothing"}. ` +
      (isSpread(arrival)
        ? "Here it arrives piece by piece all the same; a proxy that goes by the content type will hold it back until it is complete."
        : "People see nothing until the answer is complete. Let the server stream, and let no proxy change the content type."),
    lines: ofOwn(() => ["Content-Type: text/event-stream"]),
    where: "on the answer to a streamed request",
    snippet: "streaming",
  },
  buffered: {
    audience: "admin",
    message: ({ arrival }) => `It works, but all of the answer came at once, after ${seconds(arrival.firstMs)}.`,
    text: "A proxy seems to hold it back until it is complete, so that people see nothing meanwhile. Turn buffering and compression off for event streams.",
    lines: ofOwn(() => ["X-Accel-Buffering: no", "Cache-Control: no-cache, no-transform"]),
    where: "on the answer to a streamed request",
    snippet: "streaming",
  },
  slow: {
    audience: "admin",
    message: ({ arrival }) => `It works, but the answer began only after ${seconds(arrival.firstMs)}.`,
    text: "The model or the server is slow at the moment, or a proxy inspects the answer before it lets it through.",
  },
  "hosts-unreachable": {
    audience: "admin",
    message: (diagnosis) => `The configuration names hosts that give this page no answer: ${addresses(mute(diagnosis))}.`,
    text: (diagnosis) =>
      [
        ...mute(diagnosis).map((host) => `For ${PURPOSES[host.purpose]?.[0] ?? host.purpose}: ${ownWords(host, diagnosis)}`),
        "Let them through where a firewall or proxy decides; the allowlist has all hosts.",
        ...(unread(diagnosis).length > 0 ? [skillsWanted(unread(diagnosis))] : []),
      ].join(" "),
    lines: (diagnosis) => {
      const refused = refusedByPolicy(diagnosis);
      return refused.length > 0 ? connectTo(diagnosis, refused.map(({ address }) => address)) : [];
    },
    where: "in the Content-Security-Policy of the taskpane’s pages",
  },
  "hosts-unreadable": {
    audience: "admin",
    message: (diagnosis) => `This page may not read the answers of ${addresses(unread(diagnosis))}.`,
    text: (diagnosis) => skillsWanted(unread(diagnosis)),
    lines: allowOrigin,
    where: (diagnosis) => `on the answers of ${addresses(unread(diagnosis))}`,
  },
};

/**
 * A step's verdict in words. Undefined for one without, or that this version
 * does not know.
 */
export function explain(step, diagnosis) {
  const verdict = VERDICTS[step.verdict];
  if (!verdict) return undefined;
  const put = (part) => (typeof part === "function" ? part({ ...diagnosis, at: step.id }) : part);
  const lines = put(verdict.lines) ?? [];
  return {
    message: put(verdict.message),
    text: put(verdict.text) ?? "",
    audience: put(verdict.audience) ?? "admin",
    lines,
    where: lines.length > 0 ? put(verdict.where) : "",
    snippets: verdict.snippet && isOwn(diagnosis) ? snippets(verdict.snippet, diagnosis) : [],
  };
}

/** For `connector.report`: a step in words, and the lines to add, each on a line. */
export function sentence(step, diagnosis) {
  const { message, lines = [], where } = explain(step, diagnosis) ?? {};
  if (!message) return "";
  return [message, ...(lines.length > 0 ? [`Add ${where}:`] : []), ...lines].join("\n");
}

const PURPOSES = {
  pane: ["the taskpane’s pages and this package", "always"],
  "office-js": ["office.js", "in Office"],
  bootstrap: ["the configuration of each user", "before each connection, and before its answer ends"],
  inference: ["models and messages", "while this provider is configured"],
  entra: ["sign-in with Microsoft Entra ID", "to sign in"],
  graph: ["Microsoft Graph, for mail and calendar", "in Outlook"],
  mcp: ["an MCP server of the organisation’s", "when its tools are used"],
  skill: ["a skill’s file", "when the skill is loaded"],
  traces: ["traces of what the taskpane does", "while it is used"],
  "google-sign-in": ["Google’s sign-in page, in a window of its own", "to sign in"],
  "google-tokens": ["Google’s tokens", "to sign in, and when a token ends"],
  "aws-sts": ["credentials of the AWS role; the region’s host where the global one doesn’t help", "when credentials end"],
};

const worded = (entries) => entries.map(({ address, purpose }) => [address, ...(PURPOSES[purpose] ?? [purpose, ""])]);

/** The hosts of an allowlist as columns of text. */
export function allowlistTable(entries) {
  const rows = worded(entries);
  const width = Math.max(...rows.map(([address]) => address.length));
  return rows.map(([address, what, when]) => `${address.padEnd(width)}  ${what} (${when})\n`).join("");
}

/** The same as comma-separated values (RFC 4180), with a line of names. */
export function allowlistCsv(entries) {
  const rows = [["address", "purpose", "when"], ...worded(entries)];
  return rows.map((row) => `${row.map((field) => `"${field.replaceAll('"', '""')}"`).join(",")}\r\n`).join("");
}

/** The directive of a Content Security Policy for the taskpane's pages. */
export function connectSrc(entries) {
  // Windows that a page opens are not under this directive.
  const others = entries.filter(({ purpose }) => !["pane", "office-js", "google-sign-in"].includes(purpose));
  return ["connect-src 'self'", ...others.map(({ address }) => address)].join(" ");
}

/** What the organisation's own hosts have to answer: `[{ address, lines }]`. */
export function corsRequirements(entries) {
  const page = entries.find(({ purpose }) => purpose === "pane")?.address;
  return entries
    .filter(({ headers }) => headers.length > 0)
    .map(({ address, headers }) => ({
      address,
      lines: [
        ...preflight({ page, headers }),
        // An error is told with its identifier, and a wait that is asked for is kept.
        "Access-Control-Expose-Headers: request-id, retry-after, retry-after-ms, x-should-retry",
      ],
    }));
}
