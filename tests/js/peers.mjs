// The packages that ours are compared with. They are tools of the build and lie with them.

import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const folder = new URL(`${process.env.NODE_TOOLS ?? "../../xtask/node"}/`, import.meta.url);
const require = createRequire(new URL("package.json", folder));
const load = (name) => import(pathToFileURL(require.resolve(name)));

export const { createParser } = await load("eventsource-parser");
export const { MessageStream } = await load("@anthropic-ai/sdk/lib/MessageStream");
export const { BetaMessageStream } = await load("@anthropic-ai/sdk/lib/BetaMessageStream");
export const { Stream } = await load("@anthropic-ai/sdk/streaming");
export const { partialParse } = await load("@anthropic-ai/sdk/_vendor/partial-json-parser/parser");
export const { Anthropic: AnthropicNow } = await load("@anthropic-ai/sdk");
export const { Anthropic: AnthropicBefore } = await load("@anthropic-ai/sdk-0");
export const ai = await load("ai");
export const { createAnthropic } = await load("@ai-sdk/anthropic");
export const wasmOpt = fileURLToPath(new URL("node_modules/binaryen/bin/wasm-opt", folder));

/** The SDK's message for a stream that it reads to the end; as JSON, for what it sets to undefined. */
export async function sdkMessage(chunks, Reader = MessageStream) {
  const body = new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  const quiet = { logLevel: "off", logger: console };
  const events = Stream.fromSSEResponse(new Response(body), new AbortController(), quiet);
  const message = await Reader.fromReadableStream(events.toReadableStream()).finalMessage();
  // A helper of its own.
  const { parsed_output: ignored, ...rest } = JSON.parse(JSON.stringify(message));
  return rest;
}
