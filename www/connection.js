/** Connects and tests, and asks the user first where the package wants it. */

import { isConnectorError } from "/pkg/index.js";

/**
 * @typedef {object} Connection
 * @property {(settings: import("/pkg/index.js").Settings | undefined, options: { interactive?: boolean, signal: AbortSignal }) => Promise<boolean>} connect
 *   Resolves to whether messages can be sent now.
 * @property {(settings: import("/pkg/index.js").Settings, options: { signal: AbortSignal }) => Promise<import("/pkg/index.js").Model[] | undefined>} test
 *   Resolves to nothing when the user declined.
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
    try {
      const value = await attempt();
      if (connector.state === "ready" || !connector.confirmation) return value;
    } catch (error) {
      const mustAsk = isConnectorError(error) && error.code === "interaction-required" && connector.confirmation;
      if (!mustAsk) throw error;
    }
    const { confirmation } = connector;
    if (!confirmation || !(await confirmHost(confirmation))) return undefined;
    return attempt(confirmation.origin);
  }

  return {
    async connect(settings, { interactive, signal }) {
      await askIfNeeded((confirm) => connector.connect(settings, { interactive: interactive || Boolean(confirm), confirm, signal }));
      return connector.state === "ready";
    },
    test: (settings, { signal }) => askIfNeeded((confirm) => connector.test(settings, { confirm, signal })),
  };
}
