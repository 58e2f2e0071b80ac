/** The configuration in words: its keys, its layers, and what to do about what is odd in it. */

/** @type {Record<string, string>} */
export const NAMES = {
  gateway_url: "Gateway URL",
  gateway_token: "Token",
  gateway_auth_header: "Header for the token",
  gateway_api_format: "API format",
  gateway_auth_source: "Source of tokens",
  inference_headers: "Further headers",
  google_client_id: "Google client",
  google_client_secret: "Google client’s secret",
  gcp_project_id: "Google Cloud project",
  gcp_region: "Google Cloud region",
  aws_role_arn: "AWS role",
  aws_region: "AWS region",
  azure_resource_name: "Azure resource",
  azure_api_key: "Azure key",
  entra_scope: "Scope of tokens",
  entra_sso: "Sign-in by Microsoft Entra",
  graph_client_id: "App registration",
  graph_cloud: "Microsoft cloud",
  bootstrap_url: "Bootstrap endpoint",
  mcp_servers: "MCP servers",
  skills: "Skills",
  available_models: "Models offered",
  disabled_features: "Features switched off",
  access_policies: "Access policies",
  otlp_endpoint: "Traces go to",
  otlp_headers: "Headers for traces",
  otlp_resource_attributes: "Attributes of traces",
  bootstrap_expires_at: "Bootstrap answer ends",
  anthropic_version: "Version of the API",
  model: "Model",
  auto_connect: "Connect at start",
  allow_1p: "Way back to another sign-in",
};

/** @type {Record<import("/pkg/index.js").ConfigurationLayer, string>} */
export const LAYERS = {
  manifest: "from this page’s address",
  attributes: "from the directory",
  bootstrap: "from the bootstrap endpoint",
  user: "typed in this pane",
};

/** The layers in the order in which they lie over each other, and who fills each. */
export const STACK = /** @type {const} */ ([
  { layer: "manifest", title: "Manifest", source: "The add-in’s own address, as the administrator deployed it." },
  { layer: "attributes", title: "Directory", source: "Attributes of the signed-in user in Microsoft Entra ID." },
  { layer: "bootstrap", title: "Bootstrap", source: "The answer of the organisation’s own endpoint." },
  { layer: "user", title: "You", source: "What was typed in this pane. Connection settings only." },
]);

/**
 * What to do, by the problem’s id. What has no entry needs nothing done.
 *
 * @type {Record<string, string>}
 */
const REMEDIES = {
  contradiction: "Take one of the two away, or change it. Until then nothing connects.",
  "unusable-value": "Correct the value in the layer that it comes from. Until then nothing connects with it.",
  "unexpected-shape": "Compare it with what the administrator was given: it looks like a slip of the pen. It is used as it is.",
  "duplicate-parameter": "Leave one of them in the manifest.",
  "escaped-twice": "Write &amp; before this parameter in the manifest, once escaped and not twice.",
  "empty-value": "Give it a value, or take it out.",
  "not-in-manifest": "Take it out of the manifest: it belongs to another layer.",
  "not-in-layer": "Move it to a layer that may set it, as a rule the manifest.",
  "wrong-type": "Send a text, or for lists and records the JSON itself.",
  "malformed-entry": "Correct this entry. The others are used.",
  "needs-key": "Set the other key as well, or take this one out. It works without where this package can do without.",
  "provider-ignored": "Take the keys of the provider that is not meant out, so that nobody wonders.",
  "credential-ignored": "Take out the credential that is not used.",
  "reserved-header": "Take this header out: the package sets it itself.",
  "unresolved-template": "Set what the template names, in the manifest, the directory or the bootstrap answer, or correct its name.",
  "control-character": "Take the line break or other control character out of the value that is filled in.",
  "secret-in-address": "Put the secret into a header or another secret. Addresses end up in logs.",
  "secret-shown": "Put the secret into a header or another secret. This value is shown to people.",
  "secret-for-address": "Put the secret into the layer that names the address, so that no link can lead it elsewhere.",
  "secret-not-inherited": "Give the secret in the layer that names the address, or leave the address to the layer that has the secret.",
  "template-too-long": "Shorten the values that are filled in.",
  "attributes-unread": "Set graph_client_id, or take entra_sso out if the directory has nothing to say.",
  "bootstrap-kept": "Look into the bootstrap endpoint’s log. It is asked again every minute.",
  "bootstrap-expired": "Let the endpoint answer with a time to come, in seconds or milliseconds since 1970, or leave it out.",
  "bootstrap-token-opens-aws": "Set entra_scope to the endpoint’s own application.",
  "unknown-cloud": "Use global, us-gov-high, us-gov-dod or china.",
  "record-dropped": "Type it again: what was kept could not be read.",
  "record-locked": "Open the pane again. If that does not help, type it again.",
};

/** @param {string} id */
export const remedy = (id) => REMEDIES[id] || "";
