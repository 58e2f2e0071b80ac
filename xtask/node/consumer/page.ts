// What a taskpane's own code does first; it is type-checked and bundled.
import "taskpane-connector/auth-page";
import init, { Connector, isConnectorError, version, type ConnectorError, type Settings } from "taskpane-connector";

const settings: Settings = { gateway_url: "https://gateway.example" };

export async function start(): Promise<string> {
  try {
    await init();
    const connector = await Connector.open({ parameters: "?" });
    const diagnosis = await connector.diagnose({ settings });
    const { explain, sentence } = await import("taskpane-connector/explain");
    const words = diagnosis.steps.map((step) => explain(step, diagnosis)?.message);
    if (!diagnosis.passed) return [...words, connector.report({ explain: sentence })].join("\n");
    await connector.connect(settings);
    return `${version}: ${connector.state}`;
  } catch (error: unknown) {
    if (!isConnectorError(error)) throw error;
    const known: ConnectorError = error;
    return known.hint?.text ?? known.message;
  }
}
