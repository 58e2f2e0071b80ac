/** Starts the pane: host, theme, connector, and then the view that fits its state. */

import init, { Connector } from "/pkg/index.js";
import { hostOf } from "./address.js";
import { announce } from "./announcer.js";
import { createBridgeLog } from "./bridge_log.js";
import { createChatView } from "./chat_view.js";
import { createConfirmView } from "./confirm_view.js";
import { createConnection } from "./connection.js";
import { createConnectView } from "./connect_view.js";
import { createDeveloperPanel } from "./developer_panel.js";
import { createDiagnosticsView } from "./diagnostics_view.js";
import { byId, element } from "./element.js";
import { errorReport } from "./error_report.js";
import { speakOf } from "./error_text.js";
import { errorCard } from "./error_view.js";
import { findHost } from "./host.js";
import { meetSimulatedHost, signInOptions, usesSignIn } from "./identity.js";
import { findOrganisation } from "./organisation.js";
import { configuredProvider, destination } from "./providers.js";
import { createSettingsView } from "./settings_view.js";
import { createSignInView } from "./sign_in_view.js";
import { createTheme } from "./theme.js";
import { PANE_VERSION } from "./version.js";
import { createViews } from "./views.js";

export async function start() {
  const parameters = location.search;
  const theme = createTheme(new URLSearchParams(parameters));
  const views = createViews();
  /** @type {import("./host.js").Host | undefined} */
  let host;
  try {
    const known = findOrganisation();
    const finding = known.then((organisation) => findHost(new URLSearchParams(parameters), organisation));
    const [found, organisation] = await Promise.all([finding, known, init()]);
    host = found;
    theme.follow(host);
    const bridgeLog = createBridgeLog();
    bridgeLog.attach();
    createDeveloperPanel(bridgeLog);
    await meetSimulatedHost(organisation);
    const connector = await Connector.open({
      parameters,
      app: { name: host.name, version: PANE_VERSION },
      hostOrigins: organisation ? [organisation.hostOrigin] : [],
      // The simulated clouds take the places of the real ones here, and nowhere else.
      ...(organisation && { endpoints: organisation.endpoints }),
      ...signInOptions(organisation, parameters),
    });
    await run({ connector, host, organisation, theme, views });
  } catch (error) {
    console.error(error);
    showStartError(error, host);
  }
}

/**
 * @param {object} parts
 * @param {Connector} parts.connector
 * @param {import("./host.js").Host} parts.host
 * @param {import("./organisation.js").Organisation | undefined} parts.organisation
 * @param {ReturnType<typeof createTheme>} parts.theme
 * @param {ReturnType<typeof createViews>} parts.views
 */
async function run({ connector, host, organisation, theme, views }) {
  /** @type {(error: unknown, model?: string) => string} */
  const report = (error, model) => errorReport(error, { connector, host, model });
  const back = byId("back");
  const openSettings = byId("open-settings");
  const connection = createConnection(connector, createConfirmView(views));
  /** What was clicked in the settings to get here. @type {HTMLElement | undefined} */
  let opener;

  const chat = createChatView({ connector, host, report, onChangeConnection: showConnect, onDiagnose: () => showDiagnostics() });
  const connect = createConnectView({
    connector,
    host,
    organisation,
    report,
    connection,
    onConnected: () => {
      chat.connectionChanged();
      showChat();
      announce("Connected.");
    },
    onDiagnose: showDiagnostics,
    onReturn: () => {
      if (views.current !== "connect") showView("connect");
    },
  });
  const signIn = createSignInView({
    connector,
    organisation,
    report,
    connection,
    onConnected: () => {
      chat.connectionChanged();
      showChat();
      announce("Signed in.");
    },
    onReturn: () => {
      if (views.current !== "sign-in") showView("sign-in");
    },
  });
  const diagnostics = createDiagnosticsView({
    connector,
    report,
    connection,
    onReturn: () => {
      if (views.current === "confirm") showView("diagnostics");
    },
  });
  fromSettings("diagnose", () => showDiagnostics());
  fromSettings("change-connection", showConnect);
  fromSettings("open-configuration", () => {
    diagnostics.openConfiguration();
    showView("diagnostics");
  });
  const settings = createSettingsView({
    connector,
    host,
    theme,
    report,
    connection,
    onSignedOut: () => leave("You signed out."),
    onReturn: () => {
      if (views.current !== "settings") showView("settings");
    },
  });

  /**
   * The way back from what a button in the settings opens leads to that button.
   *
   * @param {string} id
   * @param {() => void} open
   */
  function fromSettings(id, open) {
    byId(id).addEventListener("click", () => {
      open();
      opener = byId(id);
    });
  }

  /**
   * @param {import("./views.js").ViewName} name
   * @param {HTMLElement} [focus]
   */
  function showView(name, focus) {
    const isOpened = name === "connect" || name === "diagnostics";
    // A question in between is no other way.
    if (!isOpened || ![name, "confirm"].includes(views.current)) opener = undefined;
    views.show(name, focus);
    const ready = connector.state === "ready";
    back.hidden = !(name === "connect" && ready) && name !== "settings" && name !== "diagnostics";
    openSettings.hidden = name === "settings" || name === "confirm" || name === "start";
    byId("bar").classList.toggle("on-chat", name === "chat");
    showStatus();
  }

  function showChat() {
    chat.updateModels();
    showView("chat", chat.input);
  }

  function showConnect() {
    connect.fill();
    showView("connect", connect.firstField);
  }

  /**
   * @param {unknown} error
   * @param {string} [notice]
   */
  function showSignIn(error, notice) {
    signIn.fill(error, notice);
    showView("sign-in", signIn.firstControl);
  }

  /** What lets the user in again: a sign-in, or the form. */
  function showWayIn() {
    if (usesSignIn(connector)) showSignIn(connector.error);
    else showConnect();
  }

  /** @param {import("/pkg/index.js").Settings} [typed] */
  function showDiagnostics(typed) {
    showView("diagnostics");
    diagnostics.open(typed);
  }

  /** @param {HTMLElement} [focus] */
  function showSettings(focus) {
    settings.fill();
    showView("settings", focus);
  }

  /** @param {string} notice */
  function leave(notice) {
    chat.signedOut();
    // The last answer was said, and would stay to be read.
    announce("");
    if (usesSignIn(connector)) {
      showSignIn(undefined, notice);
      return;
    }
    connect.fill();
    // From its top, where the notice is.
    showView("connect");
    connect.showNotice(notice);
  }

  function showStatus() {
    const address = connector.configuration.values.gateway_url?.value || destination(connector, hostOf);
    const texts = {
      ready: destination(connector, hostOf) || "Connected",
      connecting: "Connecting",
      failed: "Not connected",
      "needs-settings": "Not connected",
      "not-assigned": "Not assigned",
      "needs-sign-in": "Not signed in",
    };
    byId("connection-host").textContent = texts[connector.state];
    byId("connection-status").title = connector.state === "ready" ? `Connected to ${address}` : texts[connector.state];
    byId("status-dot").className = `status-dot ${connector.state}`;
  }

  openSettings.addEventListener("click", () => showSettings());
  byId("sign-in-change").addEventListener("click", showConnect);
  back.addEventListener("click", () => {
    if (opener) {
      showSettings(opener);
      return;
    }
    // What was typed is still there.
    if (views.current === "diagnostics" && diagnostics.ofTyped) {
      showView("connect", connect.firstField);
      return;
    }
    if (connector.state === "ready") showChat();
    else showWayIn();
    if (document.hasFocus()) openSettings.focus();
  });

  connector.onChange((change) => {
    showStatus();
    if (change === "models") chat.updateModels();
    if (views.current === "settings") settings.update();
    if (views.current === "diagnostics") diagnostics.update();
    if (change !== "state") return;
    const isBusy = connect.isRunning || signIn.isRunning || settings.isLeaving;
    const elsewhere = !isBusy && !["connect", "sign-in", "confirm", "start"].includes(views.current);
    if (connector.state === "needs-settings" && elsewhere) leave("This pane was signed out.");
    if (connector.state === "needs-sign-in" && elsewhere) showSignIn(connector.error);
  });

  const { error, cancelled } = await connectAtStart();
  if (connector.state === "ready") {
    chat.connectionChanged();
    showChat();
    return;
  }
  if (usesSignIn(connector)) {
    showSignIn(error || connector.error, cancelled ? "Cancelled." : undefined);
    return;
  }
  showConnect();
  if (cancelled) connect.showNotice("Cancelled.");
  else if (error || connector.error) connect.showError(error || connector.error, { focus: false });

  async function connectAtStart() {
    const controller = new AbortController();
    const cancel = byId("start-cancel");
    const where = destination(connector, hostOf);
    const { configuration } = connector;
    speakOf(configuredProvider(configuration), Boolean(configuration.values.gateway_auth_source));
    byId("start-heading").textContent = "Connecting";
    byId("start-detail").textContent = where ? `To ${where}.` : "";
    cancel.hidden = false;
    cancel.addEventListener("click", () => controller.abort(), { once: true });
    showStatus();
    try {
      await connection.connect(undefined, { signal: controller.signal });
      return {};
    } catch (error) {
      return { error, cancelled: controller.signal.aborted };
    }
  }
}

/**
 * @param {unknown} error
 * @param {import("./host.js").Host} [host]
 */
function showStartError(error, host) {
  byId("start-heading").textContent = "The pane could not start";
  byId("connection-host").textContent = "Not started";
  byId("start-detail").textContent = "";
  byId("start-progress").hidden = true;
  byId("start-cancel").hidden = true;
  const again = element("button", { type: "button", class: "button small primary", onclick: () => location.reload() }, "Try again");
  const details = errorReport(error, { host });
  byId("start-error").replaceChildren(errorCard(error, { report: () => details, actions: [again] }));
}
