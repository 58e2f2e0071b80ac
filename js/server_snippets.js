/**
 * How servers that gateways run on, or behind, are told what a verdict wants.
 *
 * nginx and Apache leave added headers out of errors unless `always` is said;
 * a proxy that adds the header in front of a gateway that does as well has to
 * hide the gateway's, or there are two.
 */

const nginx = ({ page, headers }) => `# inside the location of the gateway
proxy_hide_header Access-Control-Allow-Origin;
add_header Access-Control-Allow-Origin "${page}" always;
add_header Vary Origin always;
if ($request_method = OPTIONS) {
    add_header Access-Control-Allow-Origin "${page}" always;
    add_header Access-Control-Allow-Methods "GET, POST" always;
    add_header Access-Control-Allow-Headers "${headers.join(", ")}" always;
    add_header Access-Control-Max-Age 600 always;
    return 204;
}`;

const apache = ({ page, headers }) => `# mod_headers and mod_rewrite, in the virtual host of the gateway
Header onsuccess unset Access-Control-Allow-Origin
Header always set Access-Control-Allow-Origin "${page}"
Header always merge Vary "Origin"
Header always set Access-Control-Allow-Methods "GET, POST" "expr=%{REQUEST_METHOD} == 'OPTIONS'"
Header always set Access-Control-Allow-Headers "${headers.join(", ")}" "expr=%{REQUEST_METHOD} == 'OPTIONS'"
RewriteEngine On
RewriteCond %{REQUEST_METHOD} OPTIONS
RewriteRule ^ - [R=204,L]`;

const envoy = ({ page, headers }) => `# the filter envoy.filters.http.cors, before the router; on the virtual host:
typed_per_filter_config:
  envoy.filters.http.cors:
    "@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy
    allow_origin_string_match:
    - exact: "${page}"
    allow_methods: "GET, POST"
    allow_headers: "${headers.join(", ")}"
    max_age: "600"`;

const apim = ({ page, headers }) => `<!-- in the inbound section of the API's policy, before anything that checks the token -->
<cors allow-credentials="false">
  <allowed-origins>
    <origin>${page}</origin>
  </allowed-origins>
  <allowed-methods preflight-result-max-age="600">
    <method>GET</method>
    <method>POST</method>
  </allowed-methods>
  <allowed-headers>
${headers.map((name) => `    <header>${name}</header>`).join("\n")}
  </allowed-headers>
</cors>`;

const kong = ({ page, headers }) => `plugins:
- name: cors
  config:
    origins: ["${page}"]
    methods: [GET, POST]
    headers: [${headers.join(", ")}]
    max_age: 600
    preflight_continue: false`;

const caddy = ({ page, headers }) => `@preflight method OPTIONS
handle @preflight {
    header Access-Control-Allow-Origin "${page}"
    header Access-Control-Allow-Methods "GET, POST"
    header Access-Control-Allow-Headers "${headers.join(", ")}"
    header Access-Control-Max-Age 600
    respond 204
}
header >Access-Control-Allow-Origin "${page}"
header Vary Origin`;

const litellm = ({ page }) => `# the environment of the proxy; without it any origin is allowed
LITELLM_CORS_ORIGINS=${page}`;

const CORS = { nginx, "Apache httpd": apache, Envoy: envoy, "Azure API Management": apim, Kong: kong, Caddy: caddy, LiteLLM: litellm };

const STREAMING = {
  nginx: () => `# inside the location of the gateway
proxy_buffering off;
proxy_read_timeout 600s;
gzip off;`,
  "Apache httpd": () => `# in the virtual host of the gateway
SetEnv no-gzip 1
ProxyPass "/" "http://gateway.internal/" flushpackets=on timeout=600`,
  "Azure API Management": () => `<!-- in the backend section of the API's policy; log no response bodies of this API -->
<forward-request timeout="600" buffer-response="false" />`,
  Envoy: () => `# on the route: no buffer filter, no compressor for text/event-stream, and
timeout: 600s`,
  Kong: () => `# on the route
request_buffering: true
response_buffering: false`,
  Caddy: () => `reverse_proxy gateway.internal {
    flush_interval -1
}`,
};

/** `[{ server, text }]` for a kind of verdict: `origin`, `preflight` or `streaming`. */
export function snippets(kind, diagnosis) {
  const servers = kind === "streaming" ? STREAMING : CORS;
  return Object.entries(servers).map(([server, text]) => ({ server, text: text(diagnosis) }));
}
