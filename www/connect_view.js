/** The connect screen: who answers, what that takes, tried and then kept. */

import { isConnectorError } from "/pkg/index.js";
import { hostOf } from "./address.js";
import { announce } from "./announcer.js";
import { byId, element } from "./element.js";
import { errorKey, errorTitle, fieldMessage, speakOf } from "./error_text.js";
import { errorCard } from "./error_view.js";
import { isChoosable, modelLabel } from "./model_words.js";
import { showProblems } from "./problems.js";
import { NAMING, PROVIDERS, configuredProvider, shapeNote, whatItCanDo } from "./providers.js";
import { createSecretField } from "./secret_field.js";
import { createTaskProgress } from "./task_progress.js";

/** @typedef {import("./providers.js").ProviderName} ProviderName */

/** Errors that are about what was typed, and said at the field alone. */
const FORM_CODES = ["configuration-invalid", "invalid-argument"];

/** Keys that are typed, and the fields that take them. */
const FIELDS = [
  "gateway_url",
  "gateway_token",
  "google_client_id",
  "google_client_secret",
  "gcp_project_id",
  "gcp_region",
  "aws_role_arn",
  "aws_region",
  "azure_resource_name",
  "azure_api_key",
  "model",
];

const SECRETS = { gateway_token: "show-token", google_client_secret: "show-client-secret", azure_api_key: "show-azure-key" };

/** What belongs to one address, and whose other values a field has to be empty for. */
const SECRET_OF = { gateway_token: "gateway_url", google_client_secret: "google_client_id", azure_api_key: "azure_resource_name" };

/** @param {string} key */
const idOf = (key) => key.replace(/_/g, "-");

/**
 * @param {object} options
 * @param {import("/pkg/index.js").Connector} options.connector
 * @param {import("./host.js").Host} options.host
 * @param {import("./organisation.js").Organisation} [options.organisation]
 * @param {(error: unknown) => string} options.report
 * @param {import("./connection.js").Connection} options.connection
 * @param {() => void} options.onConnected
 * @param {(settings: import("/pkg/index.js").Settings | undefined) => void} options.onDiagnose
 * @param {() => void} options.onReturn after a confirmation took the screen
 */
export function createConnectView({ connector, host, organisation, report, connection, onConnected, onDiagnose, onReturn }) {
  /** @type {Record<string, HTMLInputElement>} */
  const fields = Object.fromEntries(FIELDS.map((key) => [key, byId(idOf(key))]));
  const secrets = Object.entries(SECRETS).map(([key, button]) => createSecretField(fields[key], byId(button)));
  const result = byId("connect-result");
  const errors = byId("connect-error");
  const notice = byId("connect-notice");
  const format = /** @type {HTMLSelectElement} */ (byId("gateway-api-format"));
  const progress = createTaskProgress({
    actions: "connect-actions",
    progress: "connect-progress",
    busy: "connect-busy",
    cancel: "connect-cancel",
  });
  const providers = radios("provider");
  const headers = radios("gateway-auth-header");
  const azureAuth = radios("azure-auth");

  /** @returns {ProviderName} */
  const provider = () => /** @type {ProviderName} */ (chosen(providers));

  /** @param {string} key */
  function configured(key) {
    return connector.configuration.values[key];
  }

  /** @param {string} key */
  function isShown(key) {
    return !fields[key].closest(".field")?.hasAttribute("hidden");
  }

  /** Shows the fields of the provider that is chosen, and says what it can do. */
  function showFields() {
    const name = provider();
    const shown = [name, `${name}-${format.value}`, `${name}-${chosen(azureAuth)}`];
    for (const field of document.querySelectorAll("[data-of]")) {
      const of = /** @type {HTMLElement} */ (field).dataset.of?.split(" ") || [];
      /** @type {HTMLElement} */ (field).hidden = !of.some((word) => shown.includes(word));
    }
    const capabilities = connector.capabilitiesOf(name, name === "gateway" ? apiFormat() : undefined);
    byId("provider-intro").textContent = PROVIDERS[name].intro;
    byId("provider-can").textContent = whatItCanDo(capabilities);
    const notices = byId("provider-notices");
    notices.replaceChildren(...capabilities.notices.map(({ text }) => element("li", { class: "problem warning" }, text)));
    notices.hidden = capabilities.notices.length === 0;
    byId("use-simulated").textContent = `Use the simulated ${name === "gateway" ? "gateway" : PROVIDERS[name].name}`;
    describe();
  }

  function byWorkAccount() {
    return provider() === "foundry" ? chosen(azureAuth) === "entra" : Boolean(configured("gateway_auth_source"));
  }

  function apiFormat() {
    return /** @type {import("/pkg/index.js").ApiFormat} */ (format.value);
  }

  /**
   * What differs from the configuration, and no more: a value that the form
   * repeats would count as typed by the user, who may never have looked at it.
   *
   * @returns {import("/pkg/index.js").Settings | undefined}
   */
  function typed() {
    /** @type {Record<string, string>} */
    const settings = {};
    const name = provider();
    const moves = name !== configuredProvider(connector.configuration);
    for (const key of FIELDS.filter(isShown)) {
      const value = fields[key].value.trim();
      const isNew = key in SECRETS ? value : value !== (configured(key)?.value || "");
      if (isNew || (moves && key === NAMING[name] && value)) settings[key] = value;
    }
    /** @type {(key: string, value: string, usual: string) => void} */
    const choose = (key, value, usual) => {
      if (value !== (configured(key)?.value || usual)) settings[key] = value;
    };
    if (name === "gateway") {
      choose("gateway_auth_header", chosen(headers), "x-api-key");
      choose("gateway_api_format", format.value, "anthropic");
    } else if (name === "foundry") {
      choose("gateway_auth_source", chosen(azureAuth) === "entra" ? "entra" : "", "");
    }
    return Object.keys(settings).length > 0 ? settings : undefined;
  }

  function fill() {
    const name = configuredProvider(connector.configuration);
    check(providers, name);
    for (const key of FIELDS) fields[key].value = key in SECRETS ? "" : configured(key)?.value || "";
    check(headers, configured("gateway_auth_header")?.value || "x-api-key");
    check(azureAuth, configured("gateway_auth_source") ? "entra" : "key");
    format.value = (configured("gateway_api_format")?.value || "anthropic").toLowerCase();
    hideSecrets();
    clearErrors();
    showFields();
    showProblems(byId("connect-problems"), connector.configuration.problems);
  }

  /** Says where values come from, how they look, and which secret would be used. */
  function describe() {
    const address = configured("gateway_url");
    byId("gateway-url-note").textContent =
      address?.layer === "manifest" && fields.gateway_url.value.trim() === address.value ? "From this page’s address." : "";
    for (const [key, field] of Object.entries(fields)) {
      const kept = key in SECRETS && !field.value ? keptNote(/** @type {keyof typeof SECRETS} */ (key)) : "";
      const shape = shapeNote(key, field.value.trim());
      const note = byId(`${idOf(key)}-note`);
      if (kept || shape) note.textContent = kept || shape?.text || "";
      else if (key in SECRETS) note.textContent = "";
      note.classList.toggle("mismatch", !kept && shape?.fits === false);
    }
  }

  /** @param {keyof typeof SECRETS} key */
  function keptNote(key) {
    const kept = configured(key);
    if (!kept) return "";
    const name = SECRET_OF[key];
    const of = configured(name);
    const same = key === "gateway_token" ? hostOf(fields[name].value) === hostOf(of?.value || "") : fields[name].value.trim() === of?.value;
    const what = { gateway_token: "token", google_client_secret: "secret", azure_api_key: "key" }[key];
    if (of && !same) {
      return key === "gateway_token"
        ? `The token ${kept.value} belongs to another host and isn’t sent to this one.`
        : `The ${what} ${kept.value} belongs to another one and isn’t used here.`;
    }
    return kept.layer === "manifest"
      ? `The ${what} from this page’s address is used: ${kept.value}. Type another one to replace it.`
      : `A ${what} is kept: ${kept.value}. Leave this empty to use it.`;
  }

  function hideSecrets() {
    for (const secret of secrets) secret.hide();
  }

  function clearErrors() {
    errors.replaceChildren();
    result.replaceChildren();
    notice.textContent = "";
    for (const [key, field] of Object.entries(fields)) {
      field.removeAttribute("aria-invalid");
      byId(`${idOf(key)}-error`).textContent = "";
    }
    byId("gateway-auth-header-error").textContent = "";
    byId("gateway-api-format-error").textContent = "";
  }

  /**
   * @param {unknown} error
   * @param {{ focus: boolean }} options
   */
  function showError(error, { focus }) {
    speakOf(provider(), byWorkAccount());
    const key = errorKey(error, provider());
    const place = key ? document.getElementById(`${idOf(key)}-error`) : null;
    const isThere = place && !place.closest(".field")?.hasAttribute("hidden");
    const field = key && isThere ? fields[key] : undefined;
    const ofForm = isConnectorError(error) && FORM_CODES.includes(error.code);
    if (isThere && key) place.textContent = ofForm ? fieldMessage(error, key) : `${errorTitle(error)}.`;
    field?.setAttribute("aria-invalid", "true");
    if (ofForm && isThere) {
      announce(place.textContent || "");
    } else {
      const details = report(error);
      const diagnose = element("button", { type: "button", class: "button small", onclick: () => onDiagnose(typed()) }, "Diagnose");
      errors.replaceChildren(errorCard(error, { report: () => details, actions: [diagnose] }));
      byId("connect-view").scrollTop = 0;
    }
    if (focus && field) field.focus({ preventScroll: !ofForm });
  }

  /** @param {import("/pkg/index.js").Settings} [settings] */
  function whereTo(settings) {
    const name = provider();
    if (name !== "gateway") return PROVIDERS[name].name;
    return hostOf(settings?.gateway_url || fields.gateway_url.value) || PROVIDERS.gateway.name;
  }

  async function connect(/** @type {import("/pkg/index.js").Settings | undefined} */ settings) {
    if (progress.isRunning) return;
    hideSecrets();
    clearErrors();
    const words = `Connecting to ${whereTo(settings)}…`;
    announce(words);
    const { value, error, cancelled } = await progress.run(words, (signal) => connection.connect(settings, { interactive: true, signal }));
    if (cancelled) {
      announce("Cancelled.");
    } else if (error) {
      onReturn();
      showProblems(byId("connect-problems"), connector.configuration.problems);
      showError(error, { focus: true });
    } else if (value) {
      for (const key of Object.keys(SECRETS)) fields[key].value = "";
      speakOf(configuredProvider(connector.configuration), Boolean(configured("gateway_auth_source")));
      onConnected();
    } else {
      onReturn();
    }
  }

  async function test() {
    if (progress.isRunning) return;
    hideSecrets();
    clearErrors();
    const start = performance.now();
    const words = `Testing ${whereTo()}…`;
    announce(words);
    const { value, error, cancelled } = await progress.run(words, (signal) => connection.test(typed() || {}, { signal }));
    onReturn();
    if (cancelled) announce("Cancelled.");
    else if (error) showError(error, { focus: true });
    else if (value) result.replaceChildren(testResult(value, performance.now() - start, PROVIDERS[provider()].subject));
  }

  byId("connect-form").addEventListener("submit", (event) => {
    event.preventDefault();
    connect(typed());
  });
  byId("connect-test").addEventListener("click", test);
  byId("connect-diagnose").addEventListener("click", () => {
    if (!progress.isRunning) onDiagnose(typed());
  });
  for (const field of Object.values(fields)) {
    field.addEventListener("input", () => {
      notice.textContent = "";
      field.removeAttribute("aria-invalid");
      byId(`${field.id}-error`).textContent = "";
      result.replaceChildren();
      describe();
    });
  }
  for (const choice of [...providers, ...azureAuth, format]) {
    choice.addEventListener("change", () => {
      hideSecrets();
      clearErrors();
      showFields();
    });
  }
  for (const choice of providers) {
    const name = /** @type {ProviderName} */ (choice.value);
    if (host.name !== "outlook" || connector.capabilitiesOf(name).outlook) continue;
    choice.disabled = true;
    byId("providers-note").textContent = `${PROVIDERS[name].subject} is not supported in Outlook.`;
  }

  if (organisation?.simulated) {
    const { gatewayUrl, gatewayToken, providers: simulated } = organisation;
    byId("simulated").hidden = false;
    byId("use-simulated").addEventListener("click", () => {
      const name = provider();
      if (name !== "gateway") {
        connect(simulated[name]);
        return;
      }
      fields.gateway_url.value = gatewayUrl;
      describe();
      connect({ gateway_url: gatewayUrl, gateway_token: gatewayToken, gateway_auth_header: "x-api-key" });
    });
  }

  return {
    fill,
    showError,
    /** @param {string} text */
    showNotice(text) {
      notice.textContent = text;
      announce(text);
    },
    /** The first field that has to be filled in, or the first of all. */
    get firstField() {
      const shown = FIELDS.filter(isShown);
      const missing = shown.find((key) => key !== "model" && !fields[key].value && !configured(key));
      return fields[missing || shown[0]];
    },
    get isRunning() {
      return progress.isRunning;
    },
  };
}

/** @param {string} name */
function radios(name) {
  return /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll(`input[name="${name}"]`)]);
}

/** @param {HTMLInputElement[]} choices */
function chosen(choices) {
  return choices.find((choice) => choice.checked)?.value || choices[0].value;
}

/**
 * @param {HTMLInputElement[]} choices
 * @param {string} value
 */
function check(choices, value) {
  for (const choice of choices) choice.checked = choice.value === value;
}

/**
 * @param {readonly import("/pkg/index.js").Model[]} models
 * @param {number} ms
 * @param {string} subject who answered
 */
export function testResult(models, ms, subject) {
  // One that was typed is no list.
  const others = models.filter((model) => model.source !== "configured");
  const count = others.filter(isChoosable).length;
  const verb = others.some(({ source }) => source === "probed") ? "has" : "lists";
  const found =
    others.length > 0
      ? `${verb} ${count} ${count === 1 ? "model" : "models"}`
      : "lists no models, so that the typed model id is used";
  const box = element("div", { class: "success" }, element("p", {}, `${subject} answered in ${Math.round(ms)} ms and ${found}.`));
  if (others.length > 0) {
    const names = models.map((model) => {
      const label = modelLabel(model);
      return element("li", {}, label.startsWith(model.id) ? label : `${label}: ${model.id}`);
    });
    box.append(element("details", {}, element("summary", {}, "Models"), element("ul", {}, ...names)));
  }
  return box;
}
