/** The text behind "Copy error details": what an IT admin needs, and no secret. */

import { isConnectorError, version } from "/pkg/index.js";
import { hostOf, plainAddress } from "./address.js";
import { errorHint, errorMessage, errorTitle } from "./error_text.js";
import { NAMING, PROVIDERS, configuredProvider } from "./providers.js";
import { PANE_VERSION } from "./version.js";

/**
 * @param {unknown} error
 * @param {{ connector?: import("/pkg/index.js").Connector, host?: import("./host.js").Host, model?: string, time?: Date }} about
 * @returns {string}
 */
export function errorReport(error, { connector, host, model, time = new Date() }) {
  const configuration = tryTo(() => connector?.configuration);
  const values = configuration?.values || {};
  const provider = configuration ? configuredProvider(configuration) : "gateway";
  const hint = errorHint(error);
  const lines = [
    `Claude taskpane: failure report (${PROVIDERS[provider].name.replace("the gateway", "LLM gateway")})`,
    `Build: taskpane-connector ${version}, demo pane ${PANE_VERSION}`,
    "",
    `${errorTitle(error)}.`,
  ];
  if (hint) lines.push(`${hint.who}: ${hint.text}`);

  lines.push(
    "",
    "Request:",
    ...destinationEntries(provider, values),
    entry("model", model || values.model?.value || "(none)"),
    entry("page_origin", location.origin),
    "",
    "Configuration:",
  );
  const keys = Object.keys(values);
  if (keys.length === 0) lines.push("  (empty)");
  for (const key of keys) {
    const { value, layer, secret } = values[key];
    const shown = key === "gateway_url" ? plainAddress(value) : value;
    lines.push(entry(key, `${shown} (${layer}${secret ? ", masked" : ""})`));
  }
  if (configuration?.problems.length) {
    lines.push("", "Configuration problems:");
    for (const { severity, id, message } of configuration.problems) lines.push(`  ${severity} ${id}: ${message}`);
  }

  lines.push("", "Raw error:");
  if (isConnectorError(error)) {
    lines.push(entry("code", error.code));
    if (error.status !== undefined) lines.push(entry("status", error.status));
    if (error.requestId) lines.push(entry("request_id", error.requestId));
    if (error.retryAfterMs !== undefined) lines.push(entry("retry_after_ms", error.retryAfterMs));
    lines.push(entry("retryable", error.retryable), entry("message", error.message));
    if (error.hint) lines.push(entry("hint", error.hint.id));
  } else {
    lines.push(entry("name", error instanceof Error ? error.name : typeof error), entry("message", errorMessage(error)));
  }

  const storage = tryTo(() => connector?.storage);
  lines.push("");
  if (storage) {
    const { kind, protection, reason, protectionReason } = storage;
    lines.push(`Storage: ${[kind, reason, protection, protectionReason].filter(Boolean).join(", ")}`);
  }
  lines.push(
    `Host: ${host?.description || "unknown"}`,
    `Online: ${navigator.onLine ? "yes" : "no"}`,
    `Engine: ${navigator.userAgent}`,
    `Time: ${time.toISOString()}`,
  );
  return `${lines.join("\n")}\n`;
}

/**
 * Where the request went; what else is configured is listed beneath.
 *
 * @param {import("./providers.js").ProviderName} provider
 * @param {Partial<import("/pkg/index.js").Configuration["values"]>} values
 */
function destinationEntries(provider, values) {
  if (provider !== "gateway") return [entry(NAMING[provider], values[NAMING[provider]]?.value || "(none)")];
  return [
    entry("gateway_host", values.gateway_url ? hostOf(values.gateway_url.value) || "(not an address)" : "(none)"),
    entry("gateway_api_format", values.gateway_api_format?.value || "anthropic (default)"),
    entry("gateway_auth_header", values.gateway_auth_header?.value || "x-api-key (default)"),
  ];
}

/**
 * A module that has trapped answers nothing, and its report is wanted most.
 *
 * @template T
 * @param {() => T} read
 * @returns {T | undefined}
 */
function tryTo(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function entry(name, value) {
  return `  ${name}: ${value}`;
}
