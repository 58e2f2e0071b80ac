/** Asks the server of this page whether it is the demo's, and what organisation it simulates. */

/**
 * @typedef {object} Organisation
 * @property {string} gatewayUrl
 * @property {string} gatewayToken
 * @property {string} hostOrigin Where the demo's host page lives.
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
