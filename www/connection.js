/** Connects and tests, and asks the user first where the package wants it. */

import { isConnectorError } from "/pkg/index.js";

/**
 * @typedef {object} Connection
 * @property {(settings: import("/pkg/index.js").Settings | undefined, options: { interactive?: boolean, signal: AbortSignal }) => Promise<boolean>} connect
 *   Resolves to whether messages can be sent now.
 * @property {(settings: import("/pkg/index.js").Settings, options: { signal: AbortSignal }) => Promise<import("/pkg/index.js").Model[] | undefined>} test
 *   Resolves to nothing when the user declined.
 * @property {(options: import("/pkg/index.js").DiagnoseOptions) => Promise<import("/pkg/index.js").Diagnosis | undefined>} diagnose
 *   The same.
 */

/**
 * @param {import("/pkg/index.js").Connector} connector
 * @param {(confirmation: import("/pkg/index.js").Confirmation) => Promise<boolean>} confirmHost
 * @returns {Connection}
 */
export function createConnection(connector, confirmHost) {
  /**
   * @template T
   * @param {(confirm?: string) => Promise<T>} attempt
   * @returns {Promise<T | undefined>} nothing when the user declined
   */
  async function askIfNeeded(attempt) {
    let confirmation;
    try {
      const value = await attempt();
      if (connector.state === "ready" || !connector.confirmation) return value;
      confirmation = connector.confirmation;
    } catch (error) {
      confirmation = confirmationOf(error);
      if (!confirmation) throw error;
    }
    return (await confirmHost(confirmation)) ? attempt(confirmation.origin) : undefined;
  }

  return {
    async connect(settings, { interactive, signal }) {
      await askIfNeeded((confirm) => connector.connect(settings, { interactive: interactive || Boolean(confirm), confirm, signal }));
      return connector.state === "ready";
    },
    test: (settings, { signal }) => askIfNeeded((confirm) => connector.test(settings, { confirm, signal })),
    async diagnose(options) {
      try {
        return await connector.diagnose(options);
      } catch (error) {
        const confirmation = confirmationOf(error);
        if (!confirmation) throw error;
        return (await confirmHost(confirmation)) ? connector.diagnose({ ...options, confirm: confirmation.origin }) : undefined;
      }
    },
  };
}

/**
 * @param {unknown} error
 * @returns {import("/pkg/index.js").Confirmation | undefined}
 */
function confirmationOf(error) {
  if (!isConnectorError(error) || error.hint?.id !== "confirm-host") return undefined;
  const { host, origin, address, ...changed } = error.hint.params;
  return { host, origin, address, changed };
}
