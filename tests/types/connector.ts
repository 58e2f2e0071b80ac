// What a page does with the connector's own types. Compiled, never run.

import type {
  ConfigurationLayer,
  Confirmation,
  Connector,
  ConnectorAccount,
  ConnectorError,
  ConnectorState,
  OpenOptions,
  Settings,
  StorageStatus,
  WantedToken,
} from "taskpane-connector";

declare const asked: Confirmation;

/** Every value that a question can name has its word. */
const words: Record<keyof Confirmation["changed"], string> = {
  bootstrap_url: "Endpoint",
  gateway_url: "Address",
  gateway_token: "Token",
  inference_headers: "Headers",
  google_client_id: "Client",
  google_client_secret: "Secret",
  gcp_project_id: "Project",
  aws_role_arn: "Role",
  azure_resource_name: "Resource",
  azure_api_key: "Key",
};
export const lines: string[] = [asked.host, asked.address, ...Object.values(asked.changed)];
export const known: boolean = asked.changed.gateway_url === undefined;

// @ts-expect-error: nothing else is asked about.
asked.changed.auto_connect;

/** The hint of an attempt that has to ask first gives the same. */
export function question(error: ConnectorError): Confirmation | undefined {
  if (error.hint?.id !== "confirm-host") return undefined;
  const { host = "", origin = "", address = "", ...changed } = error.hint.params;
  return { host, origin, address, changed };
}

/** Tokens of the page's own; what is asked for by name is there. */
export const issuing: OpenOptions["getToken"] = async ({ kind, scope, fresh, claims, interactive, signal }) => {
  signal.throwIfAborted();
  const demanded: string | undefined = interactive ? claims : undefined;
  if (demanded) throw new Error(demanded);
  const words: Record<WantedToken["kind"], string> = { entra: scope, google: scope, "entra-id": fresh ? "new" : "kept" };
  return { token: words[kind], account: "ada@contoso.com", expiresAt: Date.now() + 3_600_000 };
};

/** Every provider is named by keys of its own. */
export const providers: Settings[] = [
  { gateway_url: "https://gw.example.com", gateway_api_format: "vertex", gcp_project_id: "p", gcp_region: "global" },
  { aws_role_arn: "arn:aws:iam::123456789012:role/Claude", aws_region: "us-east-1" },
  { google_client_id: "c", google_client_secret: "s", gcp_project_id: "p", gcp_region: "eu" },
  { azure_resource_name: "contoso-ai", azure_api_key: "k" },
  { azure_resource_name: "contoso-ai", gateway_auth_source: "entra" },
];

/** Every reason can be told. */
export const reasons: Record<NonNullable<StorageStatus["reason"]>, string> = {
  blocked: words.gateway_url,
  quota: "full",
  absent: "none",
  asynchronous: "its methods return promises",
  locked: "its key has not come",
};

/** And why what is kept lies in the clear. */
export const unprotected: Record<NonNullable<StorageStatus["protectionReason"]>, string> = {
  "insecure-context": "no https",
  "crypto-absent": "no WebCrypto",
  "crypto-failed": "WebCrypto fails",
  "indexeddb-absent": "no IndexedDB",
  "indexeddb-blocked": "IndexedDB refuses",
  "custom-storage": "the page's own",
};
export const isSealed = ({ protection }: StorageStatus): boolean => protection === "encrypted";

/** Every layer has its word. */
export const layers: Record<ConfigurationLayer, string> = { manifest: "M", attributes: "A", bootstrap: "B", user: "U" };

/** What an organisation allows, and hands out. */
export async function policies(connector: Connector): Promise<Uint8Array | undefined> {
  if (!connector.allows("addin.access", { type: "open_file", label: null, path: "C:/a.xlsx" })) return undefined;
  // @ts-expect-error: a document is of one kind or the other.
  connector.allows("addin.access", { type: "mailbox" });
  const [skill] = connector.skills;
  const loaded = skill && (await connector.skill(skill.name));
  return loaded?.format === "zip" ? loaded.bytes : undefined;
}
export const pane: OpenOptions = { app: { name: "excel", version: "1.4.2" }, limits: { maxSkillBytes: 1_000 } };

/** What a connector signs in with. */
export const signingIn: OpenOptions = {
  clientId: "cccccccc-cccc-4ccc-8ccc-cccccccccccc",
  authority: "https://login.microsoftonline.com/contoso.com",
  account: { username: "ada@contoso.example" },
  redirectUri: "/auth.html",
  startUrl: "/start.html",
  openDialog: async (url, { signal }) => (signal.aborted ? undefined : url),
};

/** Every state has its word. */
export const states: Record<ConnectorState, string> = {
  "needs-settings": "Settings",
  "not-assigned": "Not assigned",
  "needs-sign-in": "Sign in",
  connecting: "…",
  ready: "",
  failed: "Failed",
};

export const shown = ({ name, username, tenantId = "" }: ConnectorAccount): string => `${name ?? username} ${tenantId}`;

export async function mail(connector: Connector, signal: AbortSignal): Promise<string> {
  const who: string | undefined = connector.account?.homeAccountId;
  const { token, expiresAt } = await connector.token({ scopes: ["https://graph.microsoft.com/Mail.Read"], interactive: true, signal });
  const answer: Response = await connector.graphFetch("/v1.0/me/messages", { method: "GET", headers: { prefer: "IdType=\"ImmutableId\"" }, signal });
  return [who, token.length, expiresAt, answer.status].join();
}

// @ts-expect-error where a redirect leads is not the page's to say
void ((connector: Connector) => connector.graphFetch("/v1.0/me", { redirect: "follow" }));
// @ts-expect-error scopes are needed
void ((connector: Connector) => connector.token({}));

/** What a page was given itself may be passed on, undefined as it is. */
export async function passedOn(given: { signal?: AbortSignal; claims?: string; maxRetries?: number }): Promise<Connector> {
  const { signal, claims, maxRetries } = given;
  const connector = await (await import("taskpane-connector")).Connector.open({ maxRetries, timeouts: { idleMs: undefined } });
  await connector.connect(undefined, { signal, confirm: undefined });
  await connector.token({ scopes: [], claims, signal });
  await connector.messages.create({ model: "m", max_tokens: 1, messages: [] }, { signal });
  await connector.diagnose({ signal });
  return connector;
}
