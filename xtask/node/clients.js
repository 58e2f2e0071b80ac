// The Messages API's clients, as one script for browsers: the tests of `connector.fetch` bundle it.
export { Anthropic as AnthropicNow } from "@anthropic-ai/sdk";
export { Anthropic as AnthropicBefore } from "@anthropic-ai/sdk-0";
export { createAnthropic } from "@ai-sdk/anthropic";
export { jsonSchema, streamText, tool } from "ai";
