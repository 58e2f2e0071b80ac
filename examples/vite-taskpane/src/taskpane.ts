import init, { Connector, isConnectorError, type MessageStream } from "taskpane-connector";

function element<E extends HTMLElement>(id: string, type: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`no ${type.name} #${id}`);
  return found;
}

const status = element("status", HTMLParagraphElement);
const confirm = element("confirm", HTMLButtonElement);
const settings = element("settings", HTMLFormElement);
const ask = element("ask", HTMLFormElement);
const models = element("model", HTMLSelectElement);
const question = element("question", HTMLTextAreaElement);
const stop = element("stop", HTMLButtonElement);
const answer = element("answer", HTMLParagraphElement);
const signOut = element("sign-out", HTMLButtonElement);

/** Says what went wrong and what to do about it. What isn't the connector's is a mistake of this page. */
function tell(error: unknown): void {
  if (!isConnectorError(error)) throw error;
  status.textContent = [error.message, error.hint?.text].filter(Boolean).join(" – ");
}

await init();
const connector = await Connector.open({ parameters: location.search });

function show(): void {
  const { state, confirmation } = connector;
  status.textContent = state;
  settings.hidden = state === "ready" || Boolean(confirmation);
  ask.hidden = state !== "ready";
  signOut.hidden = state !== "ready";
  confirm.hidden = !confirmation;
  if (confirmation) confirm.textContent = `Connect to ${confirmation.host}`;
  models.replaceChildren(...connector.models.map(({ id, displayName }) => new Option(displayName, id)));
}
connector.onChange(show);
show();

confirm.onclick = () => {
  connector.connect(undefined, { confirm: connector.confirmation?.origin }).catch(tell);
};

settings.onsubmit = (event) => {
  event.preventDefault();
  connector.connect(Object.fromEntries(new FormData(settings)), { interactive: true }).catch(tell);
};

signOut.onclick = () => connector.signOut().catch(tell);

let stream: MessageStream | undefined;

ask.onsubmit = async (event) => {
  event.preventDefault();
  stream?.abort();
  answer.textContent = "";
  stop.hidden = false;
  stream = connector.messages.stream({
    model: models.value,
    max_tokens: 4096,
    messages: [{ role: "user", content: question.value }],
  });
  stream.on("text", (delta) => answer.append(delta));
  try {
    await stream.finalMessage();
  } catch (error) {
    if (!stream.aborted) tell(error);
  }
  stop.hidden = true;
};

stop.onclick = () => stream?.abort();

await connector.connect().catch(tell);
