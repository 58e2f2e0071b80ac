/** A configuration that ends, and is fetched anew before that. */
import init, { Connector } from "/pkg/index.js";
import { paramsFor } from "./talk.js";

/** Longer waits are cut short, so that no test waits a minute. */
const LONG_MS = 30_000;

/**
 * Connects by a bootstrap endpoint, lets its answer end so many times, and
 * tells what each time came to.
 */
export async function renewConfiguration({ url, times }) {
  await init();
  const { setTimeout: wait } = globalThis;
  const { now } = Date;
  let ahead = 0;
  Date.now = () => now() + ahead;
  globalThis.setTimeout = (call, ms, ...rest) => wait(call, ms > LONG_MS ? 50 : ms, ...rest);
  const connector = await Connector.open({ parameters: { bootstrap_url: url }, storage: "memory", maxRetries: 0 });
  try {
    await connector.connect(undefined, { interactive: true, confirm: new URL(url).origin });
    const renewals = [];
    while (renewals.length < times) {
      const changed = new Promise((resolve) => {
        const stop = connector.onChange((change) => change === "configuration" && (stop(), resolve()));
      });
      ahead += 2 * 60_000;
      await changed;
      const { problems, values } = connector.configuration;
      renewals.push({ state: connector.state, problems: problems.map(({ id }) => id), layer: values.gateway_url.layer });
    }
    const said = await connector.messages.stream(paramsFor({ say: "repeat after me: still here" })).finalText();
    return { renewals, said };
  } finally {
    Date.now = now;
    globalThis.setTimeout = wait;
    connector.free();
  }
}
