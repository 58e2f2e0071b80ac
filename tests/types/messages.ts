// Values go between this package's types and the SDK's without casts. Compiled, never run.

import type Anthropic from "@anthropic-ai/sdk";
import type {
  ContentBlock,
  ContentBlockDelta,
  CountTokensParams,
  Message,
  MessageCreateParams,
  MessageParam,
  MessageStreamEvent,
  MessageTokensCount,
  UnknownType,
  Usage,
} from "taskpane-connector";

type Sdk = typeof Anthropic;
type Messages = {
  params: Anthropic.MessageCreateParams;
  streaming: Anthropic.MessageCreateParamsStreaming;
  count: Anthropic.MessageCountTokensParams;
  message: Anthropic.Message;
  event: Anthropic.MessageStreamEvent;
  usage: Anthropic.Usage;
  block: Anthropic.ContentBlock;
  tokens: Anthropic.MessageTokensCount;
  messageParam: Anthropic.MessageParam;
};

declare const sdk: Messages;
declare const unused: Sdk;
void unused;

// What was written for the SDK can be handed to the connector.
sdk.params satisfies MessageCreateParams;
sdk.streaming satisfies MessageCreateParams;
sdk.count satisfies CountTokensParams;
sdk.messageParam satisfies MessageParam;

// What came from the SDK fits where ours is expected.
sdk.message satisfies Message;
sdk.event satisfies MessageStreamEvent;
sdk.usage satisfies Usage;
sdk.block satisfies ContentBlock;
sdk.tokens satisfies MessageTokensCount;

// What came from the connector can be sent again, by the connector and by the SDK.
declare const ours: { message: Message; usage: Usage; tokens: MessageTokensCount; params: MessageCreateParams };
({ role: "assistant", content: ours.message.content }) satisfies MessageParam;
({ model: "claude", max_tokens: 1, messages: [{ role: ours.message.role, content: ours.message.content }] }) satisfies MessageCreateParams;
ours.tokens satisfies Anthropic.MessageTokensCount;
for (const block of ours.message.content) {
  switch (block.type) {
    case "text":
      ({ type: block.type, text: block.text }) satisfies Anthropic.TextBlockParam;
      break;
    case "thinking":
      block satisfies Anthropic.ThinkingBlockParam;
      break;
    case "redacted_thinking":
      block satisfies Anthropic.RedactedThinkingBlockParam;
      break;
    case "tool_use":
      block satisfies Anthropic.ToolUseBlockParam;
      break;
  }
}

// Narrowing by `type` gives the listed kind alone, and leaves the unknown ones.
declare const block: ContentBlock;
if (block.type === "text") {
  block.text satisfies string;
  // @ts-expect-error: a text block has no input
  void block.input;
}
switch (block.type) {
  case "text":
  case "thinking":
  case "redacted_thinking":
  case "tool_use":
  case "server_tool_use":
  case "mcp_tool_use":
  case "web_search_tool_result":
  case "web_fetch_tool_result":
  case "code_execution_tool_result":
  case "bash_code_execution_tool_result":
  case "text_editor_code_execution_tool_result":
  case "tool_search_tool_result":
  case "advisor_tool_result":
  case "mcp_tool_result":
  case "container_upload":
  case "compaction":
  case "fallback":
    break;
  default:
    block.type satisfies UnknownType;
    block["anything"] satisfies unknown;
}

declare const event: MessageStreamEvent;
if (event.type === "content_block_delta" && event.delta.type === "text_delta") event.delta.text satisfies string;
if (event.type === "message_start") event.message.id satisfies string;
declare const delta: ContentBlockDelta;
if (delta.type === "input_json_delta") delta.partial_json satisfies string;

// Written out in place.
({
  model: "claude",
  max_tokens: 10,
  system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }],
  messages: [
    { role: "user", content: "Hi" },
    { role: "user", content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: "" } }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: "42" }] }] },
  ],
  tools: [
    { name: "add", description: "Adds.", input_schema: { type: "object", properties: { a: { type: "number" } }, required: ["a"] } },
    { type: "web_search_20250305", name: "web_search", max_uses: 3 },
  ],
  tool_choice: { type: "auto" },
  thinking: { type: "enabled", budget_tokens: 1024 },
}) satisfies MessageCreateParams;

// @ts-expect-error: a model is needed
({ max_tokens: 1, messages: [] }) satisfies MessageCreateParams;
// @ts-expect-error: a text block's text is called text
({ role: "user", content: [{ type: "text", txt: "Hi" }] }) satisfies MessageParam;
// @ts-expect-error: nobody else speaks
({ role: "robot", content: "Hi" }) satisfies MessageParam;
// @ts-expect-error: a tool of the page's needs a schema
({ model: "claude", max_tokens: 1, messages: [], tools: [{ name: "add" }] }) satisfies MessageCreateParams;
