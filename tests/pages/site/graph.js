/** Requests to Microsoft Graph by the connector's own sign-in; the simulated one answers in its place. */
import init, { Connector } from "/pkg/index.js";
import { describe } from "./describe.js";
import "/simulated-bridge.js";

/** Asks for each path in turn; what came of it. */
export async function askGraph({ endpoints, clientId, paths, parameters = {} }) {
  await init();
  const asked = [];
  const connector = await Connector.open({
    parameters: { entra_sso: "1", graph_client_id: clientId, ...parameters },
    endpoints,
    fetch: (address, init) => {
      asked.push(new URL(address).origin);
      return fetch(address, init);
    },
    redirectUri: "/auth.html",
    // Others have signed out in this browser.
    partitionKey: "graph",
  });
  const answers = [];
  for (const { path, interactive, headers } of paths) {
    try {
      const response = await connector.graphFetch(path, { scopes: ["User.Read"], interactive, headers });
      answers.push({ status: response.status, text: await response.text() });
    } catch (error) {
      answers.push({ error: describe(error) });
    }
  }
  const { account } = connector;
  connector.free();
  return { answers, asked, account };
}
