/**
 * Shows Markdown while it arrives, at a cost that grows with the text and not
 * with its square.
 *
 * A block that another one follows can't change any more: it is rendered once
 * and left alone. Only the last block is rendered again, at most once a frame,
 * less often when that takes long. An open code block, the longest that models
 * write, isn't even rendered again: its text grows in place.
 */

import { blocks, numberHeadings, renderBlocks, renderMarkdown } from "./markdown.js";
import { provisional } from "./provisional.js";

/**
 * Blocks longer than this are shown in pieces: browsers take the square of its
 * length to lay out a paragraph. Lists and tables keep their shape for longer,
 * because a piece of one is none; fenced code has lines and no limit.
 *
 * @type {Record<string, number>}
 */
const LONGEST = { list: 48 * 1024, blockquote: 48 * 1024, table: 128 * 1024 };
const LONGEST_PARAGRAPH = 16 * 1024;

/** Past this, link targets that come after their use stay unused rather than rendering everything twice. */
const LONGEST_SECOND_PASS = 256 * 1024;

/** A share of the time of at most 1 / (1 + REST) goes into rendering. */
const REST = 4;

/** The longest that new text waits for the eye. */
const LONGEST_REST_MS = 500;

/** @typedef {{ type: string, raw: string }} Token A block of the text, as marked tells it. */

/**
 * @param {HTMLElement} container
 * @param {() => void} rendered called after what is shown has grown
 */
export function createStreamingMarkdown(container, rendered) {
  /** @type {string[]} */
  const settled = [];
  let settledLength = 0;
  let rest = "";
  /** @type {ChildNode[]} */
  let restNodes = [];
  /** @type {import("./markdown.js").Links} */
  const links = Object.create(null);
  /** How much of `rest` is known to hold no finished block. */
  let examined = 0;
  /** @type {{ text: Text, fence: RegExp, shown: number } | undefined} */
  let openCode;
  let carriageReturn = false;
  /** @type {(() => void) | undefined} */
  let unschedule;
  let restUntil = 0;

  function schedule() {
    if (unschedule) return;
    const wait = restUntil - performance.now();
    if (wait > 16) {
      const timer = setTimeout(frame, wait);
      unschedule = () => clearTimeout(timer);
    } else {
      const request = requestAnimationFrame(frame);
      unschedule = () => cancelAnimationFrame(request);
    }
  }

  function frame() {
    unschedule = undefined;
    const start = performance.now();
    if (!growOpenCode()) {
      settle();
      showRest();
    }
    const end = performance.now();
    restUntil = end + Math.min((end - start) * REST, LONGEST_REST_MS);
    rendered();
  }

  /** Moves finished blocks out of `rest`. */
  function settle() {
    const complete = rest.lastIndexOf("\n") + 1;
    if (complete <= examined) {
      splitOverlong();
      return;
    }
    // The last line may still become anything, so that only complete lines decide what is finished.
    const found = Object.create(links);
    let tokens;
    try {
      tokens = blocks(rest.slice(0, complete), found);
    } catch {
      splitOverlong();
      return;
    }
    let last = tokens.length - 1;
    while (last >= 0 && tokens[last].type === "space") last -= 1;
    const ended = last >= 0 && isClosedCode(tokens[last].raw) ? last + 1 : last;
    const finished = tokens.slice(0, Math.max(ended, 0));
    const length = finished.reduce((sum, token) => sum + token.raw.length, 0);
    if (length > 0) {
      // Only what is finished counts: the target of an unfinished link definition may be cut.
      if (Object.keys(found).length > 0) blocks(rest.slice(0, length), links);
      clearRest();
      showFinished(finished);
      forget(length);
    }
    examined = rest.lastIndexOf("\n") + 1;
    splitOverlong(tokens[last]);
  }

  /** @param {Token} [token] the block that `rest` begins with */
  function splitOverlong(token = { type: "", raw: rest }) {
    const limit = longest(token);
    while (rest.length > limit) {
      const cut = cutAt(rest, limit);
      clearRest();
      container.append(renderMarkdown(rest.slice(0, cut), links));
      forget(cut);
      examined = 0;
    }
  }

  /** @param {Token[]} tokens */
  function showFinished(tokens) {
    /** @type {Token[]} */
    let group = [];
    const flush = () => {
      if (group.length === 0) return;
      try {
        container.append(renderBlocks(group));
      } catch {
        container.append(renderMarkdown(group.map(({ raw }) => raw).join(""), links));
      }
      group = [];
    };
    for (const token of tokens) {
      const limit = longest(token);
      if (token.raw.length <= limit) {
        group.push(token);
        continue;
      }
      flush();
      for (let { raw } = token; raw; ) {
        const cut = cutAt(raw, limit);
        container.append(renderMarkdown(raw.slice(0, cut), links));
        raw = raw.slice(cut);
      }
    }
    flush();
  }

  /** @param {number} length */
  function forget(length) {
    settled.push(rest.slice(0, length));
    settledLength += length;
    rest = rest.slice(length);
  }

  function clearRest() {
    for (const node of restNodes) node.remove();
    restNodes = [];
    openCode = undefined;
  }

  function showRest() {
    clearRest();
    if (!rest) return;
    const fragment = renderMarkdown(provisional(rest), Object.create(links));
    restNodes = [...fragment.childNodes];
    container.append(fragment);
    const fence = /^(`{3,}|~{3,})[^\n]*\n/.exec(rest);
    if (!fence) return;
    const code = restNodes[0] instanceof HTMLElement ? restNodes[0].querySelector("code") : null;
    if (!code) return;
    const mark = fence[1];
    const body = rest.slice(fence[0].length);
    code.textContent = "";
    const text = document.createTextNode("");
    code.append(text);
    openCode = {
      text,
      fence: new RegExp(`^ {0,3}\\${mark[0]}{${mark.length},}[ \\t]*$`, "m"),
      shown: rest.length - body.length,
    };
    growOpenCode();
  }

  /**
   * Adds what arrived to the open code block.
   *
   * @returns {boolean} whether it is still open and shows everything
   */
  function growOpenCode() {
    if (!openCode) return false;
    const added = rest.slice(openCode.shown);
    if (openCode.fence.test(added)) return false;
    const line = added.lastIndexOf("\n") + 1;
    // A line is shown whole, because its beginning may be the closing fence's.
    openCode.text.appendData(added.slice(0, line));
    openCode.shown += line;
    return true;
  }

  return {
    /** @param {string} delta */
    append(delta) {
      // Line ends are made one kind, also where a piece ends between CR and LF.
      let text = carriageReturn && delta.startsWith("\n") ? delta.slice(1) : delta;
      if (delta) carriageReturn = delta.endsWith("\r");
      text = text.replace(/\r\n?/g, "\n");
      rest += text;
      schedule();
    },
    /** Renders what is left, once and for all. */
    finish() {
      unschedule?.();
      unschedule = undefined;
      clearRest();
      try {
        showFinished(blocks(rest, links));
      } catch {
        showFinished([{ type: "paragraph", raw: rest }]);
      }
      // A definition may come after its use, as in a list of sources at the end.
      if (Object.keys(links).length > 0 && settledLength + rest.length <= LONGEST_SECOND_PASS) {
        container.replaceChildren(renderMarkdown(settled.join("") + rest, Object.create(null)));
      }
      numberHeadings(container);
      settled.length = 0;
      rest = "";
      rendered();
    },
  };
}

/**
 * @param {Token} token
 * @returns {number}
 */
function longest({ type, raw }) {
  if (/^ {0,3}(?:```|~~~)/.test(raw)) return Infinity;
  return LONGEST[type] || LONGEST_PARAGRAPH;
}

/**
 * Where to cut a text that is longer than a limit: after a line, else after a
 * word, and never through a character.
 *
 * @param {string} text
 * @param {number} limit
 */
function cutAt(text, limit) {
  if (text.length <= limit) return text.length;
  const head = text.slice(0, limit);
  const cut = head.lastIndexOf("\n") + 1 || head.lastIndexOf(" ") + 1;
  if (cut) return cut;
  const last = head.charCodeAt(limit - 1);
  return last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit;
}

/**
 * Whether a block is fenced code with its closing fence, which nothing can add to.
 *
 * @param {string} raw
 */
function isClosedCode(raw) {
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(raw)?.[1];
  if (!fence) return false;
  const text = raw.trimEnd();
  const last = text.slice(text.lastIndexOf("\n") + 1).trim();
  return text.includes("\n") && last.length >= fence.length && [...last].every((mark) => mark === fence[0]);
}
