/** The connect screen: a gateway's address and token, tried and then kept. */

import { isConnectorError } from "/pkg/index.js";
import { hostOf } from "./address.js";
import { announce } from "./announcer.js";
import { byId, element } from "./element.js";
import { errorKey, errorTitle, fieldMessage } from "./error_text.js";
import { errorCard } from "./error_view.js";
import { showProblems } from "./problems.js";
import { createTaskProgress } from "./task_progress.js";

/** A token stays readable no longer than it takes to compare it. */
const SHOW_TOKEN_MS = 20_000;

/** Errors that are about what was typed, and said at the field alone. */
const FORM_CODES = ["configuration-invalid", "invalid-argument"];

/**
 * @param {object} options
 * @param {import("/pkg/index.js").Connector} options.connector
 * @param {import("./organisation.js").Organisation} [options.organisation]
 * @param {(error: unknown) => string} options.report
 * @param {import("./connection.js").Connection} options.connection
 * @param {() => void} options.onConnected
 * @param {(settings: import("/pkg/index.js").Settings | undefined) => void} options.onDiagnose
 * @param {() => void} options.onReturn after a confirmation took the screen
 */
export function createConnectView({ connector, organisation, report, connection, onConnected, onDiagnose, onReturn }) {
  const url = /** @type {HTMLInputElement} */ (byId("gateway-url"));
  const token = /** @type {HTMLInputElement} */ (byId("gateway-token"));
  const model = /** @type {HTMLInputElement} */ (byId("model"));
  const showToken = byId("show-token");
  const result = byId("connect-result");
  const errors = byId("connect-error");
  const progress = createTaskProgress({
    actions: "connect-actions",
    progress: "connect-progress",
    busy: "connect-busy",
    cancel: "connect-cancel",
  });
  const headers = /** @type {HTMLInputElement[]} */ ([
    ...document.querySelectorAll('input[name="gateway-auth-header"]'),
  ]);
  /** @type {Record<string, HTMLInputElement>} */
  const fields = { gateway_url: url, gateway_token: token, model };

  function header() {
    return headers.find((choice) => choice.checked)?.value || "x-api-key";
  }

  /** @param {string} key */
  function configured(key) {
    return connector.configuration.values[key];
  }

  /**
   * What differs from the configuration, and no more: a value that the form
   * repeats would count as typed by the user, who may never have looked at it.
   *
   * @returns {import("/pkg/index.js").Settings | undefined}
   */
  function typed() {
    /** @type {import("/pkg/index.js").Settings} */
    const settings = {};
    const address = url.value.trim();
    if (address !== (configured("gateway_url")?.value || "")) settings.gateway_url = address;
    if (token.value) settings.gateway_token = token.value;
    if (header() !== (configured("gateway_auth_header")?.value || "x-api-key")) {
      settings.gateway_auth_header = /** @type {"x-api-key" | "authorization"} */ (header());
    }
    const id = model.value.trim();
    if (id && id !== (configured("model")?.value || "")) settings.model = id;
    return Object.keys(settings).length > 0 ? settings : undefined;
  }

  function fill() {
    url.value = configured("gateway_url")?.value || "";
    token.value = "";
    model.value = configured("model")?.value || "";
    const chosen = configured("gateway_auth_header")?.value || "x-api-key";
    for (const choice of headers) choice.checked = choice.value === chosen;
    hideToken();
    clearErrors();
    describe();
    showProblems(byId("connect-problems"), connector.configuration.problems);
  }

  /** Says where the values come from and which token would be used. */
  function describe() {
    const address = configured("gateway_url");
    byId("gateway-url-note").textContent =
      address?.layer === "manifest" && url.value.trim() === address.value ? "From this page’s address." : "";
    const kept = configured("gateway_token");
    const note = byId("gateway-token-note");
    if (!kept) {
      note.textContent = "";
    } else if (address && hostOf(url.value) !== hostOf(address.value)) {
      note.textContent = `The token ${kept.value} belongs to another host and isn’t sent to this one.`;
    } else if (kept.layer === "manifest") {
      note.textContent = `The token from this page’s address is used: ${kept.value}. Type another one to replace it.`;
    } else {
      note.textContent = `A token is kept: ${kept.value}. Leave this empty to use it.`;
    }
  }

  function clearErrors() {
    errors.replaceChildren();
    result.replaceChildren();
    for (const [key, field] of Object.entries(fields)) {
      field.removeAttribute("aria-invalid");
      byId(`${key.replace(/_/g, "-")}-error`).textContent = "";
    }
    byId("gateway-auth-header-error").textContent = "";
  }

  /**
   * @param {unknown} error
   * @param {{ focus: boolean }} options
   */
  function showError(error, { focus }) {
    const key = errorKey(error);
    const field = key ? fields[key] : undefined;
    const place = key ? document.getElementById(`${key.replace(/_/g, "-")}-error`) : null;
    const ofForm = isConnectorError(error) && FORM_CODES.includes(error.code);
    if (place && key) place.textContent = ofForm ? fieldMessage(error, key) : `${errorTitle(error)}.`;
    field?.setAttribute("aria-invalid", "true");
    if (ofForm && place) {
      announce(place.textContent || "");
    } else {
      const details = report(error);
      errors.replaceChildren(errorCard(error, { report: () => details }));
      byId("connect-view").scrollTop = 0;
    }
    if (focus && field) field.focus({ preventScroll: !ofForm });
  }

  async function connect(/** @type {import("/pkg/index.js").Settings | undefined} */ settings) {
    if (progress.isRunning) return;
    hideToken();
    clearErrors();
    const words = `Connecting to ${hostOf(settings?.gateway_url || url.value) || "the gateway"}…`;
    announce(words);
    const { value, error, cancelled } = await progress.run(words, (signal) => connection.connect(settings, { interactive: true, signal }));
    if (cancelled) {
      announce("Cancelled.");
    } else if (error) {
      onReturn();
      showProblems(byId("connect-problems"), connector.configuration.problems);
      showError(error, { focus: true });
    } else if (value) {
      token.value = "";
      onConnected();
    } else {
      onReturn();
    }
  }

  async function test() {
    if (progress.isRunning) return;
    hideToken();
    clearErrors();
    const start = performance.now();
    const words = `Testing ${hostOf(url.value) || "the gateway"}…`;
    announce(words);
    const { value, error, cancelled } = await progress.run(words, (signal) => connection.test(typed() || {}, { signal }));
    onReturn();
    if (cancelled) announce("Cancelled.");
    else if (error) showError(error, { focus: true });
    else if (value) result.replaceChildren(testResult(value, performance.now() - start));
  }

  byId("connect-form").addEventListener("submit", (event) => {
    event.preventDefault();
    connect(typed());
  });
  byId("connect-test").addEventListener("click", test);
  byId("connect-diagnose").addEventListener("click", () => {
    if (!progress.isRunning) onDiagnose(typed());
  });
  for (const field of [url, token, model]) {
    field.addEventListener("input", () => {
      field.removeAttribute("aria-invalid");
      byId(`${field.id}-error`).textContent = "";
      result.replaceChildren();
      describe();
    });
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let hideTimer;
  /** @param {boolean} shown */
  function setTokenShown(shown) {
    clearTimeout(hideTimer);
    token.type = shown ? "text" : "password";
    const label = shown ? "Hide token" : "Show token";
    showToken.setAttribute("aria-pressed", String(shown));
    showToken.title = label;
    showToken.querySelector("use")?.setAttribute("href", shown ? "#icon-hide" : "#icon-show");
    if (shown) hideTimer = setTimeout(hideToken, SHOW_TOKEN_MS);
  }
  function hideToken() {
    setTokenShown(false);
  }
  showToken.addEventListener("click", () => setTokenShown(token.type === "password"));
  showToken.parentElement?.addEventListener("focusout", (event) => {
    const next = event.relatedTarget;
    if (!(next instanceof Node) || !showToken.parentElement?.contains(next)) hideToken();
  });
  document.addEventListener("visibilitychange", hideToken);

  if (organisation?.simulated) {
    byId("simulated").hidden = false;
    byId("use-simulated").addEventListener("click", () => {
      url.value = organisation.gatewayUrl;
      describe();
      connect({ gateway_url: organisation.gatewayUrl, gateway_token: organisation.gatewayToken, gateway_auth_header: "x-api-key" });
    });
  }

  return {
    fill,
    showError,
    /** @param {string} text */
    showNotice(text) {
      result.replaceChildren(element("p", { class: "note" }, text));
    },
    /** The first field that has to be filled in. */
    get firstField() {
      return url.value ? token : url;
    },
    get isRunning() {
      return progress.isRunning;
    },
  };
}

/**
 * @param {readonly import("/pkg/index.js").Model[]} models
 * @param {number} ms
 */
export function testResult(models, ms) {
  // One that was typed is no list.
  const listed = models.filter(({ source }) => source !== "configured").length;
  const found =
    listed > 0
      ? `lists ${listed} ${listed === 1 ? "model" : "models"}`
      : "lists no models, so that the typed model id is used";
  const box = element("div", { class: "success" }, element("p", {}, `The gateway answered in ${Math.round(ms)} ms and ${found}.`));
  if (listed > 0) {
    const names = models.map(({ id, displayName }) => element("li", {}, displayName && displayName !== id ? `${displayName} (${id})` : id));
    box.append(element("details", {}, element("summary", {}, "Models"), element("ul", {}, ...names)));
  }
  return box;
}
