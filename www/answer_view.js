/** One answer: while it is awaited, while it arrives, and how it ended. */

import { copyButton } from "./clipboard.js";
import { element } from "./element.js";
import { errorTitle } from "./error_text.js";
import { createStreamingMarkdown } from "./streaming_markdown.js";
import { toolBlock, toolInProgress, unknownBlock } from "./tool_view.js";

/** @typedef {import("/pkg/index.js").Message} Message */
/** @typedef {import("./conversation.js").Block} Block */

/** After this long a person wonders whether anything happens. */
const COUNT_SECONDS_AFTER_MS = 3000;

/** A longer text is tiring to hear unasked; the rest is read from the transcript. */
const LONGEST_SPOKEN = 600;

/** @param {() => void} grown called whenever the answer's height may have changed */
export function createAnswerView(grown) {
  const body = element("div", { class: "answer-body" });
  const status = element("p", { class: "answer-status" });
  const node = element(
    "article",
    // Said when it is complete; every piece of a stream would be noise.
    { class: "turn answer", "aria-busy": "true", "aria-live": "off" },
    element("h2", { class: "visually-hidden" }, "Claude"),
    body,
    status,
  );

  let text = "";
  let shownBlocks = 0;
  /** @type {{ kind: "text", end(): void, append(delta: string): void } | { kind: "thinking", end(): void, append(delta: string): void } | { kind: "tool", end(): void, append(json: string): void } | undefined} */
  let section;
  /** @type {Map<string, HTMLElement>} */
  const tools = new Map();

  let statusTimer = startWaiting();

  function startWaiting() {
    const since = Date.now();
    status.replaceChildren(dots(), element("span", {}, "Waiting for the answer"));
    return setInterval(() => {
      const waited = Date.now() - since;
      if (waited < COUNT_SECONDS_AFTER_MS) return;
      status.replaceChildren(dots(), element("span", {}, `Waiting for the answer, ${Math.round(waited / 1000)} s`));
    }, 1000);
  }

  function endStatus() {
    clearInterval(statusTimer);
    status.replaceChildren();
  }

  function endSection() {
    section?.end();
    section = undefined;
  }

  /** @param {"text" | "thinking" | "tool"} kind */
  function open(kind) {
    if (section?.kind === kind) return section;
    endSection();
    endStatus();
    shownBlocks += 1;
    section = kind === "text" ? openText() : kind === "thinking" ? openThinking() : openTool();
    return section;
  }

  function openText() {
    const container = element("div", { class: "markdown" });
    body.append(container);
    const markdown = createStreamingMarkdown(container, grown);
    return { kind: /** @type {const} */ ("text"), append: markdown.append, end: markdown.finish };
  }

  function openThinking() {
    const since = Date.now();
    const summary = element("summary", {}, dots(), "Thinking");
    const content = element("div", { class: "thinking-text", dir: "auto" });
    const words = document.createTextNode("");
    content.append(words);
    const details = element("details", { class: "thinking" }, summary, content);
    details.addEventListener("toggle", grown);
    body.append(details);
    /** @type {string[]} */
    let waiting = [];
    let request = 0;
    const flush = () => {
      request = 0;
      words.appendData(waiting.join(""));
      waiting = [];
      grown();
    };
    return {
      kind: /** @type {const} */ ("thinking"),
      /** @param {string} delta */
      append(delta) {
        waiting.push(delta);
        request ||= requestAnimationFrame(flush);
      },
      end() {
        cancelAnimationFrame(request);
        flush();
        const seconds = Math.max(1, Math.round((Date.now() - since) / 1000));
        summary.replaceChildren(words.data ? `Thought for ${seconds} s` : "Thought, without showing it");
      },
    };
  }

  function openTool() {
    const progress = toolInProgress(grown);
    body.append(progress.node);
    return { kind: /** @type {const} */ ("tool"), append: progress.grow, end: progress.end };
  }

  /** @param {Block} block */
  function showBlock(block) {
    endSection();
    endStatus();
    shownBlocks += 1;
    if (block.type === "tool_use") {
      const tool = toolBlock(/** @type {any} */ (block));
      tools.set(block.id, tool);
      body.append(tool);
    } else if (block.type === "redacted_thinking") {
      body.append(element("p", { class: "muted" }, "Part of the thinking is encrypted."));
    } else {
      body.append(unknownBlock(block));
    }
    grown();
  }

  /** @param {...HTMLElement} actions */
  function foot(...actions) {
    if (text) actions.unshift(copyButton("Copy", () => text));
    if (actions.length > 0) node.append(element("div", { class: "answer-foot" }, ...actions));
  }

  function end() {
    endSection();
    endStatus();
    status.remove();
    node.setAttribute("aria-busy", "false");
  }

  return {
    node,
    get text() {
      return text;
    },
    /** What a screen reader says when the answer is there: its words, without Markdown's marks. */
    get spoken() {
      let spoken = "";
      for (const block of body.querySelectorAll(".markdown > *")) {
        if (block.matches(".code")) spoken += "Code. ";
        else if (block.matches(".table-scroll")) spoken += "Table. ";
        else spoken += `${block.textContent} `;
        if (spoken.length > LONGEST_SPOKEN) return `${spoken.slice(0, LONGEST_SPOKEN)} … The answer goes on.`;
      }
      return spoken.trim() || "Claude has answered.";
    },
    /** Where each tool that was asked for is shown, by its id. */
    tools,

    /** @param {string} delta */
    addText(delta) {
      if (!delta) return;
      text += delta;
      open("text").append(delta);
    },

    /** @param {string} delta */
    addThinking(delta) {
      open("thinking").append(delta);
    },

    /** @param {string} partialJson */
    addInputJson(partialJson) {
      open("tool").append(partialJson);
    },

    /** @param {Block} block that is complete */
    endBlock(block) {
      if (block.type === "text" || block.type === "thinking") {
        if (section) endSection();
        else if (block.type === "thinking") open("thinking").end();
        section = undefined;
        // Something may follow, and until it does there is nothing to see.
        if (!status.isConnected) return;
        status.replaceChildren(dots());
        return;
      }
      showBlock(block);
    },

    /**
     * Says that the request is sent again, and counts down to it.
     *
     * @param {import("/pkg/index.js").RetryNotice} notice
     */
    awaitRetry({ attempt, delayMs, error }) {
      endStatus();
      const until = Date.now() + delayMs;
      const show = () => {
        const seconds = Math.ceil((until - Date.now()) / 1000);
        if (seconds <= 0) {
          clearInterval(statusTimer);
          statusTimer = startWaiting();
          return;
        }
        status.replaceChildren(
          dots(),
          element("span", {}, `${errorTitle(error)}. Retry ${attempt} in ${seconds} s.`),
        );
      };
      statusTimer = setInterval(show, 1000);
      show();
      grown();
    },

    /**
     * @param {Message} message
     * @param {HTMLElement[]} actions
     */
    complete(message, actions) {
      endSection();
      // An answer that came in one piece was never streamed here.
      if (shownBlocks === 0) {
        for (const block of /** @type {Block[]} */ (message.content)) {
          if (block.type === "text") this.addText(block.text);
          else if (block.type === "thinking") this.addThinking(block.thinking);
          else showBlock(block);
          endSection();
        }
      }
      end();
      const note = STOP_NOTES[String(message.stop_reason)];
      if (note) node.append(element("p", { class: "answer-note" }, note));
      if (shownBlocks === 0 && !note) node.append(element("p", { class: "answer-note" }, "The answer is empty."));
      foot(...actions, usage(message));
      grown();
    },

    /**
     * @param {string} note
     * @param {HTMLElement[]} actions
     */
    incomplete(note, actions) {
      end();
      node.classList.add("incomplete");
      if (note) node.append(element("p", { class: "answer-note" }, note));
      foot(...actions);
      grown();
    },

    /** @param {HTMLElement} card */
    addError(card) {
      node.append(card);
      grown();
    },
  };
}

/** @type {Record<string, string>} */
const STOP_NOTES = {
  max_tokens: "The answer reached its length limit.",
  refusal: "The model declined to answer.",
  model_context_window_exceeded: "The conversation has filled the model’s memory. Start a new chat to go on.",
};

/** @param {Message} message */
function usage(message) {
  const { input_tokens: input, output_tokens: output, cache_read_input_tokens: cached } = /** @type {any} */ (message.usage || {});
  const parts = [];
  if (typeof input === "number") parts.push(`${input.toLocaleString("en")} tokens in`);
  if (typeof output === "number") parts.push(`${output.toLocaleString("en")} out`);
  const text = parts.join(", ");
  const title = [text, cached ? `${cached.toLocaleString("en")} of them cached` : "", message.model].filter(Boolean).join(", ");
  return element("span", { class: "usage", title }, text);
}

function dots() {
  return element("span", { class: "dots", "aria-hidden": "true" }, element("i"), element("i"), element("i"));
}
