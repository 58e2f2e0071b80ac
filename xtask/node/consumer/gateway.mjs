// A gateway that lists one model and answers everything alike.

import { readBody } from "./headless.mjs";

export const MODEL = "claude-haiku-5-5";
export const ANSWER = "Grüße aus dem Gateway";

const events = [
  { type: "message_start", message: { id: "m", type: "message", role: "assistant", model: MODEL, content: [], usage: {} } },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Grüße aus " } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "dem Gateway" } },
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 2 } },
  { type: "message_stop" },
];

/** Answers, and gives the request's body where it was for a message. */
export async function answerAsGateway(request, response) {
  if (request.method === "GET") {
    response.setHeader("content-type", "application/json").end(JSON.stringify({ data: [{ id: MODEL }] }));
    return undefined;
  }
  const asked = JSON.parse(await readBody(request));
  const body = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
  response.setHeader("content-type", "text/event-stream").end(body);
  return asked;
}
