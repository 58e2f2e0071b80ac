/** The sign-in screen: a button, and after each way that a sign-in can end, what to do next. */

import { isConnectorError } from "/pkg/index.js";
import { hostOf } from "./address.js";
import { announce } from "./announcer.js";
import { copyButton } from "./clipboard.js";
import { byId, element } from "./element.js";
import { errorCard } from "./error_view.js";
import { consentLink } from "./identity.js";
import { createTaskProgress } from "./task_progress.js";

const FIRST = "Your organisation’s gateway lets in whoever is signed in with a work or school account.";

/**
 * By code, how a sign-in ended and what comes next. What isn't here is told by its error card.
 *
 * @type {Record<string, { heading: string, text: string, button?: string }>}
 */
const ENDS = {
  "sign-in-required": { heading: "Sign in", text: FIRST },
  "interaction-required": { heading: "Sign in", text: `${FIRST} A window opens where you can confirm that it is you.` },
  "sign-in-cancelled": {
    heading: "Not signed in yet",
    text: "The window closed before the sign-in was done. If it closed by itself, or showed an error, the details below help your IT administrator.",
    button: "Try again",
  },
  "popup-blocked": {
    heading: "The window could not open",
    text: "This browser keeps pages from opening windows. Allow it for this page, usually at the end of the address bar, and try again.",
    button: "Try again",
  },
  "consent-required": {
    heading: "Somebody has to agree first",
    text: "This add-in may not use your organisation’s gateway in your name yet. You may be able to agree yourself; otherwise send this link to an administrator, who can agree for everybody.",
    button: "Sign in and agree",
  },
  "access-blocked": {
    heading: "A policy does not let you in",
    text: "Trying again will not help. Send the details to your IT administrator: they name the sign-in in your organisation’s log.",
    button: "Try again",
  },
  "tenant-mismatch": {
    heading: "This account is of another organisation",
    text: "Sign in with the account of the organisation that this add-in belongs to.",
    button: "Use another account",
  },
  "account-mismatch": {
    heading: "This is another account",
    text: "Another account is signed in than the one that this add-in expects. Switch the account, or sign in with the expected one.",
    button: "Use another account",
  },
};

/**
 * @param {object} options
 * @param {import("/pkg/index.js").Connector} options.connector
 * @param {import("./organisation.js").Organisation} [options.organisation]
 * @param {(error: unknown) => string} options.report
 * @param {import("./connection.js").Connection} options.connection
 * @param {() => void} options.onConnected
 * @param {() => void} options.onReturn after a confirmation took the screen
 */
export function createSignInView({ connector, organisation, report, connection, onConnected, onReturn }) {
  const button = /** @type {HTMLButtonElement} */ (byId("sign-in"));
  const progress = createTaskProgress({
    actions: "sign-in-actions",
    progress: "sign-in-progress",
    busy: "sign-in-busy",
    cancel: "sign-in-cancel",
  });

  /** @param {unknown} error @param {string} [notice] */
  function fill(error, notice) {
    const code = isConnectorError(error) ? error.code : "sign-in-required";
    const end = ENDS[code] || { heading: "Not signed in", text: "", button: "Try again" };
    byId("sign-in-heading").textContent = end.heading;
    byId("sign-in-lead").textContent = notice || end.text;
    byId("sign-in-lead").hidden = !(notice || end.text);
    const host = hostOf(connector.configuration.values.gateway_url?.value || "");
    byId("sign-in-host").textContent = host ? `Gateway: ${host}` : "";
    button.textContent = end.button || "Sign in";
    showHelp(error);
    // What the user was told in words needs no card that says it again.
    const isPlain = code === "sign-in-required" || code === "interaction-required";
    const details = error && !isPlain ? report(error) : "";
    byId("sign-in-error").replaceChildren(...(details ? [errorCard(error, { report: () => details })] : []));
  }

  /** What somebody else has to be sent: a link, or what to register. */
  function showHelp(error) {
    const params = (isConnectorError(error) && error.hint?.params) || {};
    const help = byId("sign-in-help");
    help.replaceChildren();
    const { adminConsentUrl, redirectUri } = params;
    if (adminConsentUrl) {
      const link = consentLink(adminConsentUrl, organisation);
      help.append(
        element("p", { class: "copied-line", dir: "ltr" }, element("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, link)),
        copyButton("Copy the link for an administrator", () => link, "button small"),
      );
    } else if (redirectUri && isConnectorError(error) && error.code === "configuration-invalid") {
      help.append(
        element("p", {}, "To be registered as a redirect URI of a single-page application:"),
        element("p", { class: "copied-line", dir: "ltr" }, element("code", {}, redirectUri)),
        copyButton("Copy the redirect URI", () => redirectUri, "button small"),
      );
    }
  }

  /** The window opens before anything is awaited: the click counts no longer than that. */
  async function signIn() {
    if (progress.isRunning) return;
    const words = "Waiting for the sign-in…";
    announce(words);
    const { value, error, cancelled } = await progress.run(words, (signal) => connection.connect(undefined, { interactive: true, signal }));
    onReturn();
    if (value) {
      onConnected();
      return;
    }
    if (cancelled) fill(undefined, "Cancelled.");
    else fill(error || connector.error);
    announce(byId("sign-in-heading").textContent || "");
  }

  button.addEventListener("click", signIn);

  return {
    fill,
    get isRunning() {
      return progress.isRunning;
    },
    firstControl: button,
  };
}
