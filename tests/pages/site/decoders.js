/** The decoders fed from a real connection, in the chunks that the engine makes. */
import init, { MessageDecoder, SseDecoder } from "/pkg/index.js";
import { describe } from "./describe.js";
import { paramsFor } from "./talk.js";

async function chunksOf(base, token, params) {
  const response = await fetch(`${base}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", "anthropic-version": "2023-06-01", "x-api-key": token },
    body: JSON.stringify({ ...paramsFor(params), stream: true }),
  });
  const chunks = [];
  const reader = response.body.getReader();
  let whole = true;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
    }
  } catch {
    whole = false;
  }
  return { chunks, whole, type: response.headers.get("content-type") };
}

/** Decodes one answer by each of the decoders. */
export async function decode({ base, token, params }) {
  await init();
  const { chunks, whole, type } = await chunksOf(base, token, params);
  const byText = new MessageDecoder(type);
  const byEvents = new MessageDecoder(type);
  const bySse = new SseDecoder();
  let text = "";
  const types = [];
  const frames = [];
  let error;
  for (const chunk of chunks) {
    text += byText.push(chunk);
    types.push(...byEvents.pushEvents(chunk).map((event) => event.type));
    frames.push(...bySse.push(chunk));
  }
  let message;
  let same;
  try {
    message = byText.finish();
    same = JSON.stringify(message) === JSON.stringify(byEvents.finish());
  } catch (thrown) {
    error = describe(thrown);
  }
  bySse.finish();
  return { text, types, frames: frames.length, lastFrame: frames.at(-1), message: message ?? null, same, error, metrics: byText.metrics, chunks: chunks.length, whole };
}
