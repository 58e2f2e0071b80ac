import { useState, type FormEvent } from "react";
import type { Connector, MessageParam } from "taskpane-connector";

import { useConnector } from "./use_connector";
import { useConversation } from "./use_conversation";

export function Pane({ connector }: { connector: Connector }) {
  const { state, confirmation, models, error } = useConnector(connector);
  const { messages, arriving, problem, ask, stop } = useConversation(connector, models[0]?.id);
  const [question, setQuestion] = useState("");

  function submit(event: FormEvent) {
    event.preventDefault();
    setQuestion("");
    void ask(question);
  }

  return (
    <>
      <p id="status" role="status">
        {problem ?? error?.hint?.text ?? state}
      </p>
      {confirmation && (
        <button id="confirm" onClick={() => connector.connect(undefined, { confirm: confirmation.origin }).catch(() => {})}>
          Connect to {confirmation.host}
        </button>
      )}
      <ol id="answer">
        {messages.map((message, at) => (
          <li key={at}>{textOf(message)}</li>
        ))}
        {arriving !== undefined && <li aria-busy="true">{arriving}</li>}
      </ol>
      <form id="ask" onSubmit={submit}>
        <input id="question" aria-label="Question" value={question} onChange={({ target }) => setQuestion(target.value)} required />
        <button disabled={state !== "ready"}>Ask</button>
        {arriving !== undefined && (
          <button type="button" onClick={stop}>
            Stop
          </button>
        )}
      </form>
    </>
  );
}

/** React writes it as text, so no markup of the model's does anything. */
function textOf({ content }: MessageParam): string {
  if (typeof content === "string") return content;
  return content.map((block) => ("text" in block && typeof block.text === "string" ? block.text : "")).join("");
}
