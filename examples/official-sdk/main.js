// What was written for the SDK stays as it is: two lines are new.
import Anthropic from "@anthropic-ai/sdk";
import init, { Connector } from "taskpane-connector";

const byId = (id) => document.getElementById(id);
const say = (text) => (byId("status").textContent = text);

await init();
const connector = await Connector.open({ parameters: location.search });
const client = new Anthropic({ apiKey: "unused", fetch: connector.fetch, dangerouslyAllowBrowser: true });

function show() {
  say(connector.state);
  byId("confirm").hidden = !connector.confirmation;
  if (connector.confirmation) byId("confirm").textContent = `Connect to ${connector.confirmation.host}`;
}
connector.onChange(show);
show();

byId("confirm").onclick = () => connect({ confirm: connector.confirmation.origin });

byId("ask").onsubmit = async (event) => {
  event.preventDefault();
  const answer = byId("answer");
  answer.textContent = "";
  try {
    const { data } = await client.models.list();
    const stream = client.messages.stream({
      model: data[0].id,
      max_tokens: 1024,
      messages: [{ role: "user", content: byId("question").value }],
    });
    stream.on("text", (delta) => answer.append(delta));
    await stream.finalMessage();
  } catch (error) {
    // The SDK's own classes. What fetch was rejected with is the cause of its cause.
    if (error instanceof Anthropic.APIConnectionError) say(error.cause?.cause?.hint?.text ?? error.message);
    else if (error instanceof Anthropic.APIError) say(error.message);
    else throw error;
  }
};

async function connect(options) {
  try {
    await connector.connect(undefined, options);
  } catch (error) {
    say(error.hint?.text ?? error.message);
  }
}

await connect();
