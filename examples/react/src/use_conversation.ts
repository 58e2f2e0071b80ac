import { useCallback, useEffect, useRef, useState } from "react";
import { isConnectorError, type Connector, type MessageParam, type MessageStream } from "taskpane-connector";

/** A conversation: what was said, what is arriving, and what went wrong. */
export function useConversation(connector: Connector, model: string | undefined) {
  const [messages, setMessages] = useState<MessageParam[]>([]);
  const [arriving, setArriving] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const stream = useRef<MessageStream>(undefined);

  const stop = useCallback(() => stream.current?.abort(), []);
  // Whoever leaves doesn't wait for the end.
  useEffect(() => stop, [stop]);

  const ask = useCallback(
    async (content: string) => {
      if (!model) return;
      stop();
      const asked: MessageParam[] = [...messages, { role: "user", content }];
      setMessages(asked);
      setProblem(undefined);
      const answer = connector.messages.stream({ model, max_tokens: 4096, messages: asked });
      stream.current = answer;
      answer.on("text", (_delta, snapshot) => setArriving(snapshot));
      try {
        const message = await answer.finalMessage();
        setMessages([...asked, { role: "assistant", content: message.content }]);
      } catch (error) {
        if (answer.aborted) return;
        if (!isConnectorError(error)) throw error;
        setProblem([error.message, error.hint?.text].filter(Boolean).join(" – "));
      } finally {
        if (stream.current === answer) setArriving(undefined);
      }
    },
    [connector, messages, model, stop],
  );

  return { messages, arriving, problem, ask, stop };
}
