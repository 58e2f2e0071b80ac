/** Settings: what is configured and whether it works, storage, appearance, signing out. */

import { version } from "/pkg/index.js";
import { hostOf } from "./address.js";
import { announce } from "./announcer.js";
import { testResult } from "./connect_view.js";
import { valueRow } from "./configuration_value.js";
import { LAYERS } from "./configuration_words.js";
import { byId, element } from "./element.js";
import { errorCard } from "./error_view.js";
import { usesSignIn } from "./identity.js";
import { showProblems } from "./problems.js";
import { PROVIDERS, configuredProvider, destination } from "./providers.js";
import { createTaskProgress } from "./task_progress.js";
import { PANE_VERSION } from "./version.js";

/** @type {Record<import("/pkg/index.js").StorageStatus["kind"], string>} */
const KINDS = {
  local: "What you typed is kept in this browser for this page.",
  session: "What you typed is kept until this pane is closed.",
  memory: "Nothing is kept: what you typed is gone when this pane is closed or reloaded.",
  custom: "What you typed is kept where this add-in chose.",
};

const REASONS = {
  blocked: "The browser blocks lasting storage here.",
  quota: "The browser’s storage is full.",
  absent: "This browser has no lasting storage.",
  locked: "The browser has not yet handed out the key that it is encrypted with. If that lasts, open this pane again.",
  asynchronous: "The storage that this add-in chose can’t be used: it answers later instead of at once.",
};

/** @type {Record<NonNullable<import("/pkg/index.js").StorageStatus["protectionReason"]>, string>} */
const UNPROTECTED = {
  "insecure-context": "this page was not loaded over https",
  "crypto-absent": "this browser has no encryption for pages",
  "crypto-failed": "the browser’s encryption failed",
  "indexeddb-absent": "this browser has no place for the key",
  "indexeddb-blocked": "the browser blocks the place for the key",
  "custom-storage": "this add-in chose its own storage",
};

/** @param {import("/pkg/index.js").Connector} connector */
function openedByKey({ configuration }) {
  const { name, opener } = PROVIDERS[configuredProvider(configuration)];
  return `Nobody: ${name} is opened with a ${opener}.`;
}

/**
 * @param {object} options
 * @param {import("/pkg/index.js").Connector} options.connector
 * @param {import("./host.js").Host} options.host
 * @param {ReturnType<typeof import("./theme.js").createTheme>} options.theme
 * @param {(error: unknown) => string} options.report
 * @param {import("./connection.js").Connection} options.connection
 * @param {() => void} options.onSignedOut
 * @param {() => void} options.onReturn after a confirmation took the screen
 */
export function createSettingsView({ connector, host, theme, report, connection, onSignedOut, onReturn }) {
  const themeChoice = /** @type {HTMLSelectElement} */ (byId("theme"));
  const progress = createTaskProgress({
    actions: "test-connection-actions",
    progress: "test-progress",
    busy: "test-busy",
    cancel: "test-cancel",
  });

  function showConfiguration() {
    const { values, problems } = connector.configuration;
    const rows = Object.entries(values).map(([key, value]) => valueRow(key, value, LAYERS[value.layer], problems));
    byId("configuration").replaceChildren(...rows);
    byId("configuration-empty").hidden = rows.length > 0;
    byId("configuration").hidden = rows.length === 0;
    showProblems(byId("settings-problems"), problems);
  }

  function showStorage() {
    const { kind, protection, reason, protectionReason } = connector.storage;
    const parts = [KINDS[kind]];
    if (reason) parts.push(REASONS[reason]);
    if (protection === "encrypted") parts.push("It is encrypted, with a key that stays in this browser.");
    if (protectionReason) parts.push(`It is not encrypted, since ${UNPROTECTED[protectionReason]}: anybody who can use this browser profile could read it.`);
    byId("storage-status").textContent = parts.join(" ");
  }

  /** Who is signed in, and what of them is kept how. */
  function showAccount() {
    const { account } = connector;
    const { persistent, protection } = connector.storage;
    const kept = persistent ? `only what renews them is kept${protection === "encrypted" ? ", encrypted" : ", not encrypted"}` : "nothing of them is kept";
    const rows = account
      ? [
          ["Signed in as", account.name || account.username],
          ["User name", account.username],
          ["Organisation", account.tenantId || ""],
          ["Tokens", `They stay in this pane’s memory; ${kept}.`],
        ]
      : [["Signed in as", usesSignIn(connector) ? "Nobody." : openedByKey(connector)]];
    byId("account-details").replaceChildren(
      ...rows.filter(([, value]) => value).map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
    );
  }

  async function test() {
    const result = byId("test-result");
    const errors = byId("test-error");
    result.replaceChildren();
    errors.replaceChildren();
    const words = `Testing ${destination(connector, hostOf) || "the connection"}…`;
    announce(words);
    const start = performance.now();
    const { value, error, cancelled } = await progress.run(words, (signal) => connection.test({}, { signal }));
    onReturn();
    if (cancelled) {
      result.replaceChildren(element("p", { class: "note" }, "Cancelled."));
    } else if (error) {
      const details = report(error);
      errors.replaceChildren(errorCard(error, { report: () => details }));
    } else if (value) {
      result.replaceChildren(testResult(value, performance.now() - start, PROVIDERS[configuredProvider(connector.configuration)].subject));
    }
  }

  /** @param {boolean} asking */
  function askSignOut(asking) {
    byId("sign-out-ask").hidden = asking;
    byId("sign-out-sure").hidden = !asking;
    byId(asking ? "sign-out-cancel" : "sign-out").focus();
  }

  let leaving = false;

  async function signOut() {
    leaving = true;
    try {
      await connector.signOut();
      askSignOut(false);
      onSignedOut();
    } catch (error) {
      askSignOut(false);
      const details = report(error);
      byId("sign-out-error").replaceChildren(errorCard(error, { report: () => details }));
    } finally {
      leaving = false;
    }
  }

  byId("test-connection").addEventListener("click", test);
  byId("sign-out").addEventListener("click", () => askSignOut(true));
  byId("sign-out-cancel").addEventListener("click", () => askSignOut(false));
  byId("sign-out-confirm").addEventListener("click", signOut);
  themeChoice.addEventListener("change", () => theme.choose(/** @type {import("./theme.js").Choice} */ (themeChoice.value)));

  return {
    /** The user is signing out here: what the connector tells meanwhile is no news. */
    get isLeaving() {
      return leaving;
    },
    /** Shows the present state; what an earlier test found is no longer news. */
    fill() {
      this.update();
      byId("test-result").replaceChildren();
      byId("test-error").replaceChildren();
      byId("sign-out-error").replaceChildren();
      byId("sign-out-ask").hidden = false;
      byId("sign-out-sure").hidden = true;
      byId("theme-auto").textContent = theme.followsHost ? "As the Office application" : "As the system";
      themeChoice.value = theme.choice;
      byId("about").textContent = `taskpane-connector ${version}, demo pane ${PANE_VERSION}. Host: ${host.description}.`;
      // What the manifest wrote into the address comes along, for the way back.
      /** @type {HTMLAnchorElement} */ (byId("benchmark")).search = location.search;
    },
    update() {
      showConfiguration();
      showStorage();
      showAccount();
    },
  };
}
