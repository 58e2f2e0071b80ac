/** Asks the server of this page whether it is the demo's, and what organisation it simulates. */

/**
 * @typedef {object} Organisation
 * @property {string} gatewayUrl
 * @property {string} gatewayToken
 * @property {string} hostOrigin Where the demo's host page lives.
 * @property {string} identityUrl
 * @property {string} authority Where its Entra is, with the tenant.
 * @property {Record<string, string>} endpoints Where the clouds' hosts are here.
 * @property {Record<"gateway" | "vertex" | "bedrock" | "foundry", Record<string, string>>} providers Settings that each lets in with.
 * @property {boolean} simulated
 * @property {string} [officeJs] Where the pane may load office.js from, if at all.
 */

/**
 * Any other server has no such file, which is no error: the page then knows no
 * simulated gateway and trusts no host page but Microsoft's.
 *
 * @returns {Promise<Organisation | undefined>}
 */
export async function findOrganisation() {
  try {
    const response = await fetch("/organisation.json", { credentials: "omit", cache: "no-store" });
    if (!response.ok) return undefined;
    const found = await response.json();
    const complete = ["gatewayUrl", "gatewayToken", "hostOrigin"].every((key) => typeof found[key] === "string");
    return complete ? found : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Tokens as the simulated Office application's broker would hand them over.
 *
 * @param {Organisation} organisation
 * @returns {(wanted: import("/pkg/index.js").WantedToken) => Promise<import("/pkg/index.js").IssuedToken>}
 */
export function issueTokens({ identityUrl }) {
  return async ({ kind, scope, signal }) => {
    const query = new URLSearchParams({ kind, scope, user: "ada" });
    const response = await fetch(`${identityUrl}/issue?${query}`, { credentials: "omit", cache: "no-store", signal });
    return response.json();
  };
}
