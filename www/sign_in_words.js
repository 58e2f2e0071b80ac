/** What the sign-in screen says: who lets the user in, and how a sign-in ended. */

import { hostOf } from "./address.js";
import { PROVIDERS, namedProvider } from "./providers.js";

/** @typedef {{ heading: string, text: string, button?: string, final?: boolean }} Words `final`: signing in again changes nothing */

/**
 * By code, how a sign-in ended and what comes next. What isn't here is told by its error card.
 *
 * @type {Record<string, Words>}
 */
const ENDS = {
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
  "access-blocked": {
    heading: "A policy does not let you in",
    text: "Trying again will not help. Send the details to your IT administrator: they name the sign-in in your organisation’s log.",
    button: "Try again",
    final: true,
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

/** A configuration that comes from an endpoint may want a sign-in before it names a provider. */
const SETTINGS_FIRST = "Your organisation’s settings are handed out to whoever is signed in with a work or school account.";

/**
 * @param {string} code of the error, "sign-in-required" where there is none
 * @param {import("/pkg/index.js").Configuration} configuration
 * @param {boolean} hasConsentLink whether there is a link to send to an administrator
 * @returns {Words}
 */
export function signInWords(code, configuration, hasConsentLink) {
  const provider = namedProvider(configuration);
  const letsIn = provider ? PROVIDERS[provider].letsIn : SETTINGS_FIRST;
  switch (code) {
    case "sign-in-required":
      return { heading: "Sign in", text: letsIn };
    case "interaction-required":
      return { heading: "Sign in", text: `${letsIn} A window opens where you can confirm that it is you.` };
    case "consent-required": {
      const what = provider ? `use ${PROVIDERS[provider].ofOrganisation}` : "fetch your organisation’s settings";
      const otherwise = hasConsentLink ? "send this link to an administrator, who" : "ask your IT administrator, who";
      return {
        heading: "Somebody has to agree first",
        text: `This add-in may not ${what} in your name yet. You may be able to agree yourself; otherwise ${otherwise} can agree for everybody.`,
        button: "Sign in and agree",
      };
    }
    default:
      return ENDS[code] || { heading: "Not signed in", text: "", button: "Try again" };
  }
}

/**
 * What the sign-in is for, in one line.
 *
 * @param {import("/pkg/index.js").Configuration} configuration
 * @returns {string} empty where nothing is named
 */
export function signInPurpose(configuration) {
  const value = (/** @type {string} */ key) => configuration.values[key]?.value || "";
  /** @type {(name: string, what: string | undefined) => string} */
  const line = (name, what) => (what ? `${name}: ${what}` : "");
  switch (namedProvider(configuration)) {
    case "gateway":
      return line("Gateway", hostOf(value("gateway_url")));
    case "vertex":
      return line("Google Cloud project", value("gcp_project_id"));
    case "bedrock":
      return line("AWS role", value("aws_role_arn"));
    case "foundry":
      return line("Azure resource", value("azure_resource_name"));
    default:
      return line("Settings from", hostOf(value("bootstrap_url")));
  }
}
