// Random answers of the Messages API, as events and as streams.

/** Texts that end in the middle of what looks like something. */
const WORDS = ["", "a", "Hello", ", ", "world", "\n", '"', "\\", "}}", '"}}\n\n', "é", "一", "😀", "\u2028", "data: x", "\\u0041", "\ud83d\ude00b", "\t"];

const text = (random) => random.some(6, () => random.pick(WORDS)).join("");

/** A JSON value, arrays and objects up to a depth. */
export function value(random, depth = 3) {
  const kind = random.below(depth > 0 ? 8 : 6);
  if (kind === 6) return random.some(4, () => value(random, depth - 1));
  if (kind === 7) return object(random, depth - 1);
  const leaves = [null, true, false, random.pick([0, -1, 12, 3.25, -3e2, 1e-7, 9007199254740993, 1e21]), text(random), ""];
  return leaves[kind];
}

export function object(random, depth = 3) {
  const names = ["a", "b", "query", "", "é", "__proto__", "constructor", "1", "0", "length"];
  // Through JSON, so that `__proto__` is a name like others.
  const members = random.some(4, () => `${JSON.stringify(random.pick(names))}:${JSON.stringify(value(random, depth))}`);
  return JSON.parse(`{${members.join(",")}}`);
}

const delta = (index, type, member, part) => ({ type: "content_block_delta", index, delta: { type, [member]: part } });

const citation = (random) => ({ type: "char_location", cited_text: text(random), document_index: 0, document_title: null, start_char_index: 0, end_char_index: random.below(9) });

/** Each kind of block: how it starts, and its deltas. `beta` kinds are known to the SDK's beta half only. */
const BLOCKS = [
  { make: (random) => [{ type: "text", text: random.once(5) ? "start" : "" }, random.some(8, () => ["text_delta", "text", text(random)])] },
  {
    make: (random) => [
      { type: "text", text: "", citations: random.pick([null, []]) },
      random.some(6, () => (random.once(3) ? ["citations_delta", "citation", citation(random)] : ["text_delta", "text", text(random)])),
    ],
  },
  {
    make: (random) => [
      { type: "thinking", thinking: "", signature: "" },
      [...random.some(5, () => ["thinking_delta", "thinking", text(random)]), ...random.some(2, () => ["signature_delta", "signature", `Eq${random.below(99)}==`])],
    ],
  },
  { make: () => [{ type: "redacted_thinking", data: "EmwKAhgB" }, []] },
  { make: (random) => tool(random, { type: "tool_use", id: "toolu_1", name: "n", input: {} }) },
  { make: (random) => tool(random, { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} }) },
  { make: (random) => [{ type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [object(random)] }, []] },
  { make: (random) => [{ type: "hologram", frames: value(random), kept: 1 }, random.some(2, () => ["hologram_delta", "frame", text(random)])] },
  { beta: true, make: (random) => tool(random, { type: "mcp_tool_use", id: "m", name: "n", server_name: "s", input: {} }) },
  {
    beta: true,
    make: (random) => [{ type: "compaction", content: null }, random.some(2, () => ["compaction_delta", "content", random.pick([null, text(random)])])],
  },
  { beta: true, make: () => [{ type: "fallback", from: { model: "claude-x" }, to: { model: "claude-y" } }, []] },
];

function tool(random, block) {
  const input = random.once(5) ? "" : JSON.stringify(object(random), null, random.pick([0, 0, 1]));
  return [block, random.slices(input).map((part) => ["input_json_delta", "partial_json", part])];
}

/**
 * An answer's events. `extra` adds members and events that nobody knows: `kept`
 * in what the SDK passes on whole, `late` in what it picks members from.
 */
export function answer(random, { beta = false, extra = false } = {}) {
  const usage = { input_tokens: random.below(99), cache_read_input_tokens: random.pick([0, null]), output_tokens: 1 };
  const message = { id: "msg_1", type: "message", role: "assistant", model: "claude-x", content: [], stop_reason: null, stop_sequence: null, usage };
  if (extra) Object.assign(message, { kept: value(random) });
  const kinds = BLOCKS.filter((block) => beta || !block.beta);
  const blocks = random.some(6, () => random.pick(kinds).make(random));
  const events = [{ type: "message_start", message }];
  // Blocks that are open at the same time take turns.
  let open = [];
  const advance = (block) => {
    const [type, member, part] = block.deltas.shift() ?? [];
    if (type) {
      const one = delta(block.index, type, member, part);
      if (extra && random.once(6)) Object.assign(random.pick([one, one.delta]), { kept: value(random) });
      events.push(one);
    } else {
      events.push({ type: "content_block_stop", index: block.index });
      open = open.filter((other) => other !== block);
    }
    if (random.once(10)) events.push({ type: "ping" });
    if (extra && random.once(12)) events.push({ type: "hologram_start", kept: value(random) });
  };
  const inTurn = random.once(3);
  blocks.forEach(([block, deltas], index) => {
    const content_block = extra && random.once(3) ? { ...block, kept: value(random) } : block;
    events.push({ type: "content_block_start", index, content_block });
    open.push({ index, deltas: [...deltas] });
    if (!inTurn) while (open.length > 0) advance(open[0]);
  });
  while (open.length > 0) advance(random.pick(open));
  events.push(...random.some(1, () => update(random, beta, null, false)), update(random, beta, "end_turn", extra), { type: "message_stop" });
  return events;
}

function update(random, beta, stop_reason, extra) {
  const delta = { stop_reason, stop_sequence: random.pick([null, "END"]), stop_details: random.pick([null, { type: "refusal", category: null }]) };
  if (random.once(3)) delta.container = { id: "c", expires_at: "2026-11-21T00:00:00Z" };
  const usage = { output_tokens: random.below(500) };
  const totals = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
  for (const name of totals) if (random.once(2)) usage[name] = random.pick([null, random.below(500)]);
  if (random.once(3)) usage.server_tool_use = { web_search_requests: random.below(3) };
  if (random.once(3)) usage.output_tokens_details = { thinking_tokens: random.below(50) };
  const event = { type: "message_delta", delta, usage };
  if (beta && random.once(3)) event.context_management = { applied_edits: [] };
  if (beta && random.once(3)) usage.iterations = [{ input_tokens: 1, output_tokens: 2 }];
  if (extra) {
    const late = value(random) ?? "late";
    random.pick([delta, usage, event]).late = late;
  }
  return event;
}

/** The events as a stream, in one of the forms that servers write. */
export function stream(random, events) {
  const end = random.pick(["\n", "\n", "\r\n", "\r"]);
  const named = !random.once(4);
  const padded = random.once(2);
  const frames = events.map((event) => {
    let data = JSON.stringify(event);
    if (padded) data = `${data.slice(0, -1)}${" ".repeat(random.below(13))}}`;
    if (random.once(9)) data = data.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
    if (random.once(20)) data = JSON.stringify(event, null, 1).replaceAll("\n", `${end}data: `);
    const comment = random.once(20) ? `: comment${end}${end}` : "";
    return `${comment}${named ? `event: ${event.type}${end}` : ""}data: ${data}${end}${end}`;
  });
  return new TextEncoder().encode(frames.join(""));
}
