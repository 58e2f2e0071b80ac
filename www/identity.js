/** What the connector needs of this page in order to sign the user in. */

import { issueTokens } from "./organisation.js";

/** The page of this origin that a sign-in's window begins and ends with. */
const AUTH_PAGE = "/auth.html";

/**
 * Whether the user has to sign in for what is configured.
 *
 * @param {import("/pkg/index.js").Connector} connector
 */
export function usesSignIn(connector) {
  const { values } = connector.configuration;
  const byKey = values.gateway_token || values.azure_api_key;
  const bySignIn = values.gateway_auth_source || values.google_client_id || values.aws_role_arn || values.azure_resource_name;
  // What the configuration is fetched with may take one, too.
  return connector.state === "needs-sign-in" || Boolean(bySignIn && !byKey);
}

/**
 * Puts the simulated Office host's bridge on this window, where there is one.
 *
 * @param {import("./organisation.js").Organisation | undefined} organisation
 */
export async function meetSimulatedHost(organisation) {
  if (!organisation?.simulated || window.parent === window) return;
  // As office.js would: the host around this page says whether and when there is a bridge.
  const offered = new Promise((resolve) => {
    addEventListener("message", ({ source, data }) => source === window.parent && data?.nestedAppAuth?.offer && setTimeout(resolve));
    setTimeout(resolve, 500);
  });
  const address = "/simulated-bridge.js";
  await import(address);
  await offered;
}

/**
 * Where the address of a simulated pane names no registration to sign in with,
 * the simulated Office application hands tokens over.
 *
 * @param {import("./organisation.js").Organisation | undefined} organisation
 * @param {string} parameters
 * @returns {Partial<import("/pkg/index.js").OpenOptions>}
 */
export function signInOptions(organisation, parameters) {
  if (organisation && !new URLSearchParams(parameters).has("graph_client_id")) return { getToken: issueTokens(organisation) };
  // Its Entra is where `endpoints` says, like everything else of Microsoft's.
  return { redirectUri: AUTH_PAGE };
}

/**
 * Where an administrator agrees for everybody. The simulated organisation has
 * its Entra at another address than Microsoft's.
 *
 * @param {string} link
 * @param {import("./organisation.js").Organisation | undefined} organisation
 */
export function consentLink(link, organisation) {
  if (!organisation) return link;
  return `${organisation.authority}/adminconsent${new URL(link).search}`;
}
