/** Requests to Microsoft Graph by the connector's own sign-in; the simulated one answers in its place. */
import init, { Connector } from "/pkg/index.js";
import { describe } from "./describe.js";
import "/simulated-bridge.js";

const GRAPH = "https://graph.microsoft.com/";

/** Sends what is for Graph to the simulated one, and notes what would have gone where. */
function rerouted(simulated, noted) {
  return (address, init) => {
    const url = String(address);
    noted.push(`${init.redirect} ${url.replace(/^(https?:\/\/[^/]+).*/, "$1")}${init.headers?.authorization ? " with a token" : ""}`);
    return fetch(url.startsWith(GRAPH) ? simulated + url.slice(GRAPH.length) : url, init);
  };
}

/** Asks for each path in turn; what came of it. */
export async function askGraph({ identity, clientId, paths, parameters = {} }) {
  await init();
  const noted = [];
  const connector = await Connector.open({
    parameters: { entra_sso: "1", graph_client_id: clientId, ...parameters },
    fetch: rerouted(`${identity}/graph/`, noted),
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
  return { answers, noted, account };
}
