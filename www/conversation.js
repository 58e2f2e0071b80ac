/**
 * Keeps a conversation in memory and says what to send of it.
 *
 * What was shown and what may be sent differ: an answer that broke off can hold
 * a tool's input cut in half or thinking without its signature, which the API
 * refuses to read back.
 */

/** @typedef {import("/pkg/index.js").Message} Message */
/** @typedef {Record<string, any> & { type: string }} Block */
/** @typedef {{ role: "user" | "assistant", content: Block[] }} Turn */

export function createConversation() {
  /** @type {Turn[]} */
  let turns = [];

  function lastTurn() {
    return turns[turns.length - 1];
  }

  /** @returns {Block[]} */
  function openToolUses() {
    const last = lastTurn();
    return last?.role === "assistant" ? last.content.filter((block) => block.type === "tool_use") : [];
  }

  return {
    get isEmpty() {
      return turns.length === 0;
    },

    /**
     * Adds what the user wrote. Tools that the last answer asked for and that
     * nobody ran are answered too, for the API wants a result for each.
     *
     * @param {string} text
     */
    addUserText(text) {
      const refused = openToolUses().map((block) => ({
        type: "tool_result",
        tool_use_id: block.id,
        content: "The user did not allow this.",
        is_error: true,
      }));
      turns.push({ role: "user", content: [...refused, { type: "text", text }] });
    },

    /** @param {Block[]} results */
    addToolResults(results) {
      turns.push({ role: "user", content: results });
    },

    /**
     * Adds an answer that arrived whole.
     *
     * @param {Message} message
     */
    addAnswer(message) {
      const content = /** @type {Block[]} */ (message.content);
      const stopped = message.stop_reason !== "tool_use";
      turns.push({ role: "assistant", content: content.filter((block) => isSendable(block, stopped)) });
    },

    /**
     * Adds what there is of an answer that didn't arrive whole. Nothing else of
     * it but text can be sent back.
     *
     * @param {string} text
     */
    addPartialAnswer(text) {
      turns.push({ role: "assistant", content: text.trim() ? [{ type: "text", text: text.trimEnd() }] : [] });
    },

    /** Takes back the last answer, so that the same question can be sent again. */
    removeAnswer() {
      if (lastTurn()?.role === "assistant") turns.pop();
    },

    /**
     * The turns in the API's shape: none empty, and never two of one role in a
     * row, which some gateways refuse.
     *
     * @param {string} [draft] a message that isn't part of the conversation yet
     */
    messages(draft) {
      /** @type {Turn[]} */
      const merged = [];
      const all = draft ? [...turns, { role: /** @type {const} */ ("user"), content: [{ type: "text", text: draft }] }] : turns;
      for (const { role, content } of all) {
        if (content.length === 0) continue;
        const last = merged[merged.length - 1];
        if (last?.role === role) last.content = [...last.content, ...content];
        else merged.push({ role, content });
      }
      return merged;
    },

    clear() {
      turns = [];
    },
  };
}

/**
 * @param {Block} block
 * @param {boolean} stopped whether the answer ended for another reason than a tool
 */
function isSendable(block, stopped) {
  switch (block.type) {
    case "text":
      return typeof block.text === "string" && block.text.trim() !== "";
    case "thinking":
      return Boolean(block.signature);
    case "tool_use":
      return !stopped;
    default:
      return true;
  }
}
