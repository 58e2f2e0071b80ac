/**
 * The Messages API's types, as far as a page handles them. Structural: values
 * go to and from the types of `@anthropic-ai/sdk` without casts.
 *
 * What a server adds is kept. A block, delta or event of a kind that isn't
 * listed here has an `UnknownType`: `switch` on `type` narrows to the listed
 * kinds, and the rest falls to `default`.
 */

// Params

/** Exists as a type only: a string that equals none of the listed types, so that `switch` can tell it apart. */
declare enum Unlisted {
  Type = "",
}

/** A `type` that this package doesn't list. */
export type UnknownType = Unlisted.Type;

/** Keeps a cached prefix of the prompt. */
export interface CacheControl {
  type: "ephemeral";
  ttl?: "5m" | "1h";
}

/** Text, in a prompt. */
export interface TextBlockParam {
  type: "text";
  text: string;
  cache_control?: CacheControl | null;
  citations?: readonly unknown[] | null;
}

/** A file in base64. */
export interface Base64Source {
  type: "base64";
  media_type: string;
  data: string;
}

/** A file that the server fetches. */
export interface UrlSource {
  type: "url";
  url: string;
}

/** A file that was uploaded by the Files API. */
export interface FileSource {
  type: "file";
  file_id: string;
}

/** A document's text. */
export interface TextSource {
  type: "text";
  media_type: "text/plain";
  data: string;
}

/** A document in blocks. */
export interface ContentSource {
  type: "content";
  content: string | readonly (TextBlockParam | ImageBlockParam)[];
}

/** A picture. */
export interface ImageBlockParam {
  type: "image";
  source: Base64Source | UrlSource | FileSource;
  cache_control?: CacheControl | null;
}

/** A document, such as a PDF file; with `citations` enabled the answer says where its statements are from. */
export interface DocumentBlockParam {
  type: "document";
  source: Base64Source | UrlSource | FileSource | TextSource | ContentSource;
  title?: string | null;
  context?: string | null;
  citations?: { enabled?: boolean } | null;
  cache_control?: CacheControl | null;
}

/** A result of the page's own search, which the answer can cite. */
export interface SearchResultBlockParam {
  type: "search_result";
  source: string;
  title: string;
  content: readonly TextBlockParam[];
  citations?: { enabled?: boolean };
  cache_control?: CacheControl | null;
}

/** A call of the page's tool, sent back as it came. */
export interface ToolUseBlockParam {
  type: "tool_use";
  id: string;
  name: string;
  input: unknown;
  cache_control?: CacheControl | null;
}

/** A call of a tool that the server ran, sent back as it came. */
export interface ServerToolUseBlockParam {
  type: "server_tool_use" | "mcp_tool_use";
  id: string;
  name: string;
  input: unknown;
  cache_control?: CacheControl | null;
}

/** What a tool of the page's returned, to the call with that `id`. */
export interface ToolResultBlockParam {
  type: "tool_result";
  tool_use_id: string;
  content?: string | readonly ToolResultContentParam[];
  is_error?: boolean;
  cache_control?: CacheControl | null;
}

/** Text, images, documents, search results, and what certain tools return. */
export type ToolResultContentParam =
  | TextBlockParam
  | ImageBlockParam
  | DocumentBlockParam
  | SearchResultBlockParam
  | { type: "tool_reference"; tool_name: string }
  | { type: "browser_state" }
  | UnknownBlock;

/** Anything that a message can be made of. */
export type ContentBlockParam =
  | TextBlockParam
  | ImageBlockParam
  | DocumentBlockParam
  | SearchResultBlockParam
  | ThinkingBlock
  | RedactedThinkingBlock
  | ToolUseBlockParam
  | ServerToolUseBlockParam
  | ToolResultBlockParam
  | ServerToolResultBlock
  | ContainerUploadBlock
  | CompactionBlock
  | FallbackBlock
  | UnknownBlock;

/** One turn of the conversation. */
export interface MessageParam {
  role: "user" | "assistant" | "system";
  content: string | readonly ContentBlockParam[];
}

/** A tool that the page runs. */
export interface Tool {
  name: string;
  input_schema: { type: "object"; properties?: unknown; required?: readonly string[] | null; [keyword: string]: unknown };
  description?: string;
  type?: "custom" | null;
  strict?: boolean;
  cache_control?: CacheControl | null;
  eager_input_streaming?: boolean | null;
}

/** A tool of the server's or one whose schema the model knows, for example `web_search_20250305`. */
export interface TypedTool {
  type: string;
  name?: string;
}

/** The same written out in place, with the members of its kind. */
export interface TypedToolLiteral extends TypedTool {
  [member: string]: unknown;
}

/** A tool of the page's or of the server's. */
export type ToolUnion = Tool | TypedTool | TypedToolLiteral;

/** Whether a tool has to be called, and which. */
export type ToolChoice =
  | { type: "auto"; disable_parallel_tool_use?: boolean }
  | { type: "any"; disable_parallel_tool_use?: boolean }
  | { type: "tool"; name: string; disable_parallel_tool_use?: boolean }
  | { type: "none" };

/** Whether the model thinks before it answers, and how much. */
export type ThinkingConfig =
  | { type: "enabled"; budget_tokens: number; display?: "summarized" | "omitted" | null }
  | { type: "adaptive"; display?: "summarized" | "omitted" | null }
  | { type: "disabled" }
  | { type: "between_tools" };

/** What a prompt is made of. */
interface PromptParams {
  model: string;
  messages: readonly MessageParam[];
  system?: string | readonly TextBlockParam[];
  tools?: readonly ToolUnion[];
  tool_choice?: ToolChoice;
  thinking?: ThinkingConfig;
  output_config?: { effort?: "low" | "medium" | "high" | "xhigh" | "max" | null; format?: OutputFormat | null };
  cache_control?: CacheControl | null;
  speed?: "standard" | "fast" | null;
}

/** Structured output by a JSON schema. */
export interface OutputFormat {
  type: "json_schema";
  schema: Record<string, unknown>;
}

/** What a message is asked for with. Members that are not listed here pass through. */
export interface MessageCreateParams extends PromptParams {
  max_tokens: number;
  stream?: boolean;
  metadata?: { user_id?: string | null };
  stop_sequences?: readonly string[];
  temperature?: number;
  top_k?: number;
  top_p?: number;
  service_tier?: "auto" | "standard_only";
  container?: string | { id?: string | null } | null;
  inference_geo?: string | null;
}

/** What a prompt's tokens are counted of. */
export interface CountTokensParams extends PromptParams {}

// Answers

/** The size of a prompt. */
export interface MessageTokensCount {
  input_tokens: number;
}

/** Where a text's statement is from. */
export type TextCitation =
  | {
      type: "char_location";
      cited_text: string;
      document_index: number;
      document_title: string | null;
      start_char_index: number;
      end_char_index: number;
      file_id?: string | null;
    }
  | {
      type: "page_location";
      cited_text: string;
      document_index: number;
      document_title: string | null;
      start_page_number: number;
      end_page_number: number;
      file_id?: string | null;
    }
  | {
      type: "content_block_location";
      cited_text: string;
      document_index: number;
      document_title: string | null;
      start_block_index: number;
      end_block_index: number;
      file_id?: string | null;
    }
  | { type: "web_search_result_location"; cited_text: string; encrypted_index: string; title: string | null; url: string }
  | {
      type: "search_result_location";
      cited_text: string;
      search_result_index: number;
      source: string;
      title: string | null;
      start_block_index: number;
      end_block_index: number;
    }
  | UnknownBlock;

/** Text of an answer. */
export interface TextBlock {
  type: "text";
  text: string;
  citations?: TextCitation[] | null;
}

/** What the model thought, or a summary of it. */
export interface ThinkingBlock {
  type: "thinking";
  thinking: string;
  /** Sent back unchanged with the block. */
  signature: string;
}

/** What the model thought, encrypted. */
export interface RedactedThinkingBlock {
  type: "redacted_thinking";
  data: string;
}

/** A call of the page's tool: run it and send a {@link ToolResultBlockParam}. */
export interface ToolUseBlock {
  type: "tool_use";
  id: string;
  name: string;
  /** While it streams: what is certain of it. */
  input: unknown;
}

/** A call of a tool that the server runs. */
export interface ServerToolUseBlock {
  type: "server_tool_use" | "mcp_tool_use";
  id: string;
  name: string;
  input: unknown;
}

/** What a tool of the server's returned. */
export interface ServerToolResultBlock {
  type:
    | "web_search_tool_result"
    | "web_fetch_tool_result"
    | "code_execution_tool_result"
    | "bash_code_execution_tool_result"
    | "text_editor_code_execution_tool_result"
    | "tool_search_tool_result"
    | "advisor_tool_result"
    | "mcp_tool_result";
  tool_use_id: string;
  content?: unknown;
}

/** A file for the container that code runs in, or from it. */
export interface ContainerUploadBlock {
  type: "container_upload";
  file_id: string;
}

/** What the conversation so far was put together into. */
export interface CompactionBlock {
  type: "compaction";
  content: string | null;
  encrypted_content?: string | null;
}

/** From here on another model answered. */
export interface FallbackBlock {
  type: "fallback";
  from: { model: string };
  to: { model: string };
}

/** A block of a kind that this package doesn't list, with all its members. */
export interface UnknownBlock {
  type: UnknownType;
  [member: string]: unknown;
}

/** Anything that an answer can be made of. */
export type ContentBlock =
  | TextBlock
  | ThinkingBlock
  | RedactedThinkingBlock
  | ToolUseBlock
  | ServerToolUseBlock
  | ServerToolResultBlock
  | ContainerUploadBlock
  | CompactionBlock
  | FallbackBlock
  | UnknownBlock;

/** Why the answer ended. */
export type StopReason =
  | "end_turn"
  | "max_tokens"
  | "stop_sequence"
  | "tool_use"
  | "pause_turn"
  | "refusal"
  | "model_context_window_exceeded"
  | (string & {});

/** What the answer took, in tokens. */
export interface Usage {
  input_tokens: number;
  output_tokens: number;
  cache_creation_input_tokens?: number | null;
  cache_read_input_tokens?: number | null;
  cache_creation?: { ephemeral_1h_input_tokens: number; ephemeral_5m_input_tokens: number } | null;
  output_tokens_details?: { thinking_tokens: number } | null;
  server_tool_use?: { web_search_requests?: number; web_fetch_requests?: number } | null;
  service_tier?: "standard" | "priority" | "batch" | null;
}

/** An answer. */
export interface Message {
  id: string;
  type: "message";
  role: "assistant";
  model: string;
  content: ContentBlock[];
  stop_reason: StopReason | null;
  stop_sequence: string | null;
  stop_details?: unknown;
  usage: Usage;
  container?: { id: string; expires_at: string } | null;
}

/** What a block grows by. */
export type ContentBlockDelta =
  | { type: "text_delta"; text: string }
  | { type: "input_json_delta"; partial_json: string }
  | { type: "thinking_delta"; thinking: string }
  | { type: "signature_delta"; signature: string }
  | { type: "citations_delta"; citation: TextCitation }
  | { type: "compaction_delta"; content: string | null; encrypted_content?: string | null }
  | UnknownBlock;

/** The answer begins; `message` is empty as yet. */
export interface MessageStartEvent {
  type: "message_start";
  message: Message;
}

/** A block begins. */
export interface ContentBlockStartEvent {
  type: "content_block_start";
  index: number;
  content_block: ContentBlock;
}

/** A block grows. */
export interface ContentBlockDeltaEvent {
  type: "content_block_delta";
  index: number;
  delta: ContentBlockDelta;
}

/** A block is whole. */
export interface ContentBlockStopEvent {
  type: "content_block_stop";
  index: number;
}

/** Why the answer ends, and what it took. */
export interface MessageDeltaEvent {
  type: "message_delta";
  delta: {
    stop_reason: StopReason | null;
    stop_sequence: string | null;
    stop_details?: unknown;
    container?: { id: string; expires_at: string } | null;
  };
  /** Totals so far, not increments. */
  usage: {
    output_tokens: number;
    input_tokens?: number | null;
    cache_creation_input_tokens?: number | null;
    cache_read_input_tokens?: number | null;
    output_tokens_details?: { thinking_tokens: number } | null;
    server_tool_use?: { web_search_requests?: number; web_fetch_requests?: number } | null;
  };
}

/** The answer is whole. */
export interface MessageStopEvent {
  type: "message_stop";
}

/** The server is still there. */
export interface PingEvent {
  type: "ping";
}

/** Anything that a streamed answer tells. */
export type MessageStreamEvent =
  | MessageStartEvent
  | ContentBlockStartEvent
  | ContentBlockDeltaEvent
  | ContentBlockStopEvent
  | MessageDeltaEvent
  | MessageStopEvent
  | PingEvent
  | UnknownBlock;
