/** The providers as people choose between them: what each is called, and what it takes to connect. */

/** @typedef {import("/pkg/index.js").ProviderName} ProviderName */

/**
 * `opener` is what it may refuse: what was typed, or the sign-in. `letsIn` says
 * on the sign-in screen who signs in where; `ofOrganisation` goes into a sentence.
 *
 * @type {Record<ProviderName, { name: string, subject: string, opener: string, ofOrganisation: string, letsIn: string, intro: string }>}
 */
export const PROVIDERS = {
  gateway: {
    name: "the gateway",
    subject: "The gateway",
    opener: "token",
    ofOrganisation: "your organisation’s gateway",
    letsIn: "Your organisation’s gateway lets in whoever is signed in with a work or school account.",
    intro: "Messages go to Claude through your organisation’s own LLM gateway. Your IT administrator gives you its address and a token.",
  },
  vertex: {
    name: "Vertex AI",
    subject: "Vertex AI",
    opener: "sign-in",
    ofOrganisation: "your organisation’s Vertex AI",
    letsIn: "Your organisation’s Google Cloud project lets in whoever is signed in with a Google account that has access to it.",
    intro: "Messages go to Claude in your organisation’s Google Cloud project. You sign in with the Google account that your IT administrator has authorised.",
  },
  bedrock: {
    name: "Amazon Bedrock",
    subject: "Amazon Bedrock",
    opener: "sign-in",
    ofOrganisation: "your organisation’s Amazon Bedrock",
    letsIn: "Your organisation’s AWS account lets in whoever is signed in with a Microsoft work account that may act as its role.",
    intro: "Messages go to Claude on your organisation’s Amazon Bedrock. You sign in with your Microsoft work account, which lets you act as the role.",
  },
  foundry: {
    name: "Azure AI Foundry",
    subject: "Azure AI Foundry",
    opener: "key",
    ofOrganisation: "your organisation’s Azure AI Foundry resource",
    letsIn: "Your organisation’s Azure AI Foundry resource lets in whoever is signed in with a Microsoft work account that has access to it.",
    intro: "Messages go to Claude on your organisation’s Azure AI Foundry resource, by its key or by your Microsoft work account.",
  },
};

/** The key that names whom to talk to. */
export const NAMING = /** @type {const} */ ({
  gateway: "gateway_url",
  vertex: "google_client_id",
  bedrock: "aws_role_arn",
  foundry: "azure_resource_name",
});

/**
 * What values look like, and an example. Nothing but a hint: the package
 * judges what is typed.
 *
 * @type {Record<string, [RegExp, fits: string, doesnt: string]>}
 */
const SHAPES = {
  gcp_project_id: like(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, "my-project-123456"),
  gcp_region: like(/^(global|us|eu|[a-z]+-[a-z]+\d+)$/, "us-east5, or global"),
  google_client_id: like(/\.apps\.googleusercontent\.com$/, "….apps.googleusercontent.com"),
  google_client_secret: like(/^GOCSPX-/, "GOCSPX-…"),
  aws_role_arn: like(/^arn:aws[a-z-]*:iam::\d{12}:role\/./, "arn:aws:iam::…:role/Claude"),
  aws_region: like(/^[a-z]{2,4}(-[a-z]+)+-\d+$/, "us-east-1"),
  azure_resource_name: like(/^[a-z0-9][a-z0-9-]{1,62}$/i, "my-resource, without .azure.com"),
  azure_api_key: [/^[\w-]{20,}$/, "Twenty or more letters and digits.", "Not yet twenty letters and digits."],
};

/**
 * @param {RegExp} shape
 * @param {string} example
 * @returns {[RegExp, string, string]}
 */
function like(shape, example) {
  return [shape, `As in ${example}`, `Not like ${example} yet`];
}

/**
 * How a value is expected to look: a note that keeps its height while somebody
 * types.
 *
 * @param {string} key
 * @param {string} value
 * @returns {{ text: string, fits: boolean } | undefined} nothing for a key without a shape
 */
export function shapeNote(key, value) {
  const shape = SHAPES[key];
  if (!shape) return undefined;
  const [pattern, asExpected, otherwise] = shape;
  const fits = !value || pattern.test(value);
  return { fits, text: fits ? asExpected : otherwise };
}

/** @type {Record<import("/pkg/index.js").Capabilities["webSearch"], string>} */
const SUPPORT = { available: "yes", unavailable: "no", unknown: "if offered" };

/**
 * What a provider can do, in one line.
 *
 * @param {import("/pkg/index.js").Capabilities} capabilities
 */
export function whatItCanDo({ webSearch, codeExecution, countTokens, listsModels }) {
  return [
    `Web search: ${SUPPORT[webSearch]}.`,
    `Code execution: ${SUPPORT[codeExecution]}.`,
    `Token counts: ${countTokens ? "yes" : "no"}.`,
    listsModels ? "It lists its models." : "Models are tried out.",
  ].join(" ");
}

/**
 * The provider that the configuration names: the user's word first.
 *
 * @param {import("/pkg/index.js").Configuration} configuration
 * @returns {ProviderName}
 */
export function configuredProvider(configuration) {
  return namedProvider(configuration) || "gateway";
}

/**
 * The same where there may be none.
 *
 * @param {import("/pkg/index.js").Configuration} configuration
 * @returns {ProviderName | undefined}
 */
export function namedProvider({ values }) {
  const names = /** @type {[ProviderName, string][]} */ (Object.entries(NAMING));
  const ofUser = names.find(([, key]) => values[key]?.layer === "user");
  return (ofUser || names.find(([, key]) => values[key]))?.[0];
}

/**
 * Where messages go, as short as a bar needs it.
 *
 * @param {import("/pkg/index.js").Connector} connector
 * @param {(address: string) => string | undefined} hostOf
 */
export function destination({ configuration }, hostOf) {
  const value = (/** @type {string} */ key) => configuration.values[key]?.value || "";
  switch (configuredProvider(configuration)) {
    case "vertex":
      return ["Vertex AI", value("gcp_region")].filter(Boolean).join(", ");
    case "bedrock":
      return ["Bedrock", value("aws_region")].filter(Boolean).join(", ");
    case "foundry":
      return ["Azure", value("azure_resource_name")].filter(Boolean).join(", ");
    default:
      return hostOf(value("gateway_url")) || "";
  }
}
