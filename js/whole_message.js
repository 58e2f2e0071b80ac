/** The events that a message would have streamed as, for a gateway that answers whole. */
export function* eventsOf(message) {
  const { content, stop_reason, stop_sequence, usage, ...rest } = message;
  yield {
    type: "message_start",
    message: { ...rest, content: [], stop_reason: null, stop_sequence: null, usage: { ...usage, output_tokens: 0 } },
  };
  for (const [index, block] of content.entries()) {
    yield* eventsOfBlock(index, block);
  }
  yield { type: "message_delta", delta: { stop_reason: stop_reason ?? null, stop_sequence: stop_sequence ?? null }, usage };
  yield { type: "message_stop" };
}

function* eventsOfBlock(index, block) {
  const deltas = [];
  let begun = block;
  if (block?.type === "text" && typeof block.text === "string") {
    begun = { ...block, text: "" };
    deltas.push({ type: "text_delta", text: block.text });
  } else if (block?.type === "thinking" && typeof block.thinking === "string") {
    begun = { ...block, thinking: "" };
    deltas.push({ type: "thinking_delta", thinking: block.thinking });
    if (typeof block.signature === "string") {
      begun.signature = "";
      deltas.push({ type: "signature_delta", signature: block.signature });
    }
  } else if (block?.type === "tool_use" && block.input !== undefined) {
    begun = { ...block, input: {} };
    deltas.push({ type: "input_json_delta", partial_json: JSON.stringify(block.input) });
  }
  yield { type: "content_block_start", index, content_block: begun };
  for (const delta of deltas) yield { type: "content_block_delta", index, delta };
  yield { type: "content_block_stop", index };
}
