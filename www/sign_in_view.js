/** The sign-in screen: a button, and after each way that a sign-in can end, what to do next. */

import { isConnectorError } from "/pkg/index.js";
import { announce } from "./announcer.js";
import { copyButton } from "./clipboard.js";
import { byId, element } from "./element.js";
import { errorCard } from "./error_view.js";
import { consentLink } from "./identity.js";
import { signInPurpose, signInWords } from "./sign_in_words.js";
import { createTaskProgress } from "./task_progress.js";

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
    const hasLink = isConnectorError(error) && Boolean(error.hint?.params.adminConsentUrl);
    const end = signInWords(code, connector.configuration, hasLink);
    byId("sign-in-heading").textContent = end.heading;
    byId("sign-in-lead").textContent = notice || end.text;
    byId("sign-in-lead").hidden = !(notice || end.text);
    byId("sign-in-purpose").textContent = signInPurpose(connector.configuration);
    button.textContent = end.button || "Sign in";
    button.classList.toggle("primary", !end.final);
    showHelp(error);
    // What the user was told in words needs no card that says it again.
    const isPlain = code === "sign-in-required" || code === "interaction-required";
    const details = error && !isPlain ? report(error) : "";
    byId("sign-in-error").replaceChildren(...(details ? [errorCard(error, { report: () => details })] : []));
  }

  /**
   * What somebody else has to be sent: a link, or what to register.
   *
   * @param {unknown} error
   */
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
