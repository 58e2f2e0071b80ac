/**
 * Turns a model's Markdown into elements that can do no harm.
 *
 * Model output is untrusted: whoever wrote the document, mail or web page that
 * the model read may have written the answer too. So markup in the text is
 * shown as text, no image is fetched (its address could carry the conversation
 * away), links go nowhere by themselves and say where they go, and what marked
 * renders passes a sanitizer with a short list of allowed elements before it
 * becomes part of the page.
 */

import DOMPurify from "/vendor/purify.es.mjs";
import { Lexer, Marked, Tokenizer } from "/vendor/marked.esm.js";
import { copyButton } from "./clipboard.js";
import { element } from "./element.js";

/** @typedef {Record<string, { href: string, title?: string }>} Links Reference-style link targets by label. */

/** How deep quotes and lists nest; what is deeper costs marked time with its square, and nobody reads it. */
const DEEPEST = 16;

/** How far an emphasis reaches, for the same reason. */
const LONGEST_EMPHASIS = 2000;

const LINK_SCHEMES = ["https:", "http:", "mailto:"];

const SANITIZE = {
  ALLOWED_TAGS: [
    "a", "blockquote", "br", "code", "del", "em", "h3", "h4", "h5", "h6", "hr", "li",
    "ol", "p", "pre", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
  ],
  ALLOWED_ATTR: ["href", "start", "data-align", "data-image", "data-language", "data-markup"],
  ALLOWED_NAMESPACES: ["http://www.w3.org/1999/xhtml"],
  // What isn't listed here would have to look like an address.
  ADD_URI_SAFE_ATTR: ["start", "data-align", "data-language"],
  ALLOWED_URI_REGEXP: /^(?:https?:\/\/|mailto:)/i,
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
  ALLOW_UNKNOWN_PROTOCOLS: false,
  RETURN_DOM_FRAGMENT: true,
};

let depth = 0;

/**
 * @template T
 * @param {() => T} tokenize
 * @returns {T | undefined} nothing where it is too deep, which makes it text
 */
function nested(tokenize) {
  if (depth >= DEEPEST) return undefined;
  depth += 1;
  try {
    return tokenize();
  } finally {
    depth -= 1;
  }
}

const marked = new Marked({
  gfm: true,
  tokenizer: {
    blockquote(source) {
      return nested(() => Tokenizer.prototype.blockquote.call(this, source));
    },
    list(source) {
      return nested(() => Tokenizer.prototype.list.call(this, source));
    },
    emStrong(source, masked, previous) {
      if (source.length <= LONGEST_EMPHASIS) return false;
      const start = masked.length - source.length;
      const reach = start + LONGEST_EMPHASIS;
      return Tokenizer.prototype.emStrong.call(this, source.slice(0, LONGEST_EMPHASIS), masked.slice(start, reach), previous);
    },
  },
  renderer: {
    // A pane's own headings are h1 and h2.
    heading({ tokens, depth }) {
      const level = Math.min(depth + 2, 6);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
    },
    html({ text, block }) {
      if (/^<br\s*\/?>$/i.test(text)) return "<br>";
      return block ? `<p data-markup="">${escapeAll(text.replace(/\n+$/, ""))}</p>` : escapeAll(text);
    },
    // marked passes text between raw tags through unescaped; here it is text like any other.
    text(token) {
      return "tokens" in token && token.tokens ? this.parser.parseInline(token.tokens) : escapeText(token.text);
    },
    code({ text, lang }) {
      const language = (lang || "").trim().split(/\s+/)[0] || "";
      return `<pre data-language="${escapeAll(language)}"><code>${escapeAll(text)}</code></pre>`;
    },
    codespan({ text }) {
      return `<code>${escapeAll(text)}</code>`;
    },
    link({ href, tokens }) {
      const label = this.parser.parseInline(tokens);
      const target = linkTarget(href);
      return target ? `<a href="${escapeAll(target.href)}">${label}</a>` : label;
    },
    image({ href, text }) {
      return `<span data-image="">${escapeAll(imageNote(href, text))}</span>`;
    },
    checkbox({ checked }) {
      return checked ? "☑ " : "☐ ";
    },
    tablecell({ header, align, tokens }) {
      const tag = header ? "th" : "td";
      return `<${tag}${align ? ` data-align="${align}"` : ""}>${this.parser.parseInline(tokens)}</${tag}>`;
    },
  },
});

/**
 * The blocks of a text. `raw` of all of them, joined, is the text.
 *
 * @param {string} source with `\n` line ends
 * @param {Links} links known so far; the text's own are added
 */
export function blocks(source, links) {
  const lexer = new Lexer(marked.defaults);
  lexer.tokens.links = /** @type {any} */ (links);
  return lexer.lex(source);
}

/**
 * Elements of some blocks.
 *
 * @param {{ type: string, raw: string }[]} tokens as {@link blocks} returned them
 * @returns {DocumentFragment}
 */
export function renderBlocks(tokens) {
  const fragment = /** @type {DocumentFragment} */ (
    /** @type {unknown} */ (DOMPurify.sanitize(marked.parser(/** @type {any} */ (tokens)), SANITIZE))
  );
  finish(fragment);
  return fragment;
}

/**
 * Elements of a text. A text that defeats the parser, for example by nesting
 * quotes a thousand deep, is shown as it is.
 *
 * @param {string} source
 * @param {Links} links
 * @returns {DocumentFragment}
 */
export function renderMarkdown(source, links) {
  try {
    return renderBlocks(blocks(source, links));
  } catch (error) {
    if (!(error instanceof RangeError)) console.error(error);
    const fragment = document.createDocumentFragment();
    fragment.append(element("p", { "data-markup": true, dir: "auto" }, source));
    return fragment;
  }
}

/**
 * Numbers a finished text's headings without gaps, for who moves from one to
 * the next by their level. Models often begin with the third.
 *
 * @param {HTMLElement} container
 */
export function numberHeadings(container) {
  /** @type {number[]} */
  const open = [];
  for (const heading of container.querySelectorAll("h3, h4, h5, h6")) {
    const level = Number(heading.localName.slice(1));
    while (open.length > 0 && open[open.length - 1] >= level) open.pop();
    open.push(level);
    heading.setAttribute("aria-level", String(open.length + 2));
  }
}

/**
 * Adds what depends on the page: where links open, scrolling, copying, direction.
 *
 * @param {DocumentFragment} fragment
 */
function finish(fragment) {
  for (const link of fragment.querySelectorAll("a")) finishLink(link);
  // Only the outermost: an element with a direction of its own doesn't count for the one around it.
  for (const block of fragment.children) block.setAttribute("dir", "auto");
  for (const table of fragment.querySelectorAll("table")) {
    const scroller = element("div", { class: "table-scroll", tabindex: "0", role: "group", "aria-label": "Table" });
    table.replaceWith(scroller);
    scroller.append(table);
  }
  for (const pre of fragment.querySelectorAll("pre")) finishCode(pre);
}

/** @param {HTMLAnchorElement} link */
function finishLink(link) {
  const target = linkTarget(link.getAttribute("href") || "");
  if (!target) {
    link.replaceWith(...link.childNodes);
    return;
  }
  const destination = target.protocol === "mailto:" ? target.pathname : target.host;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  link.referrerPolicy = "no-referrer";
  link.title = `Opens ${destination}`;
  if (misleads(link.textContent || "", target)) {
    link.after(element("span", { class: "link-host", dir: "ltr" }, ` (${destination})`));
  }
}

/** @param {HTMLPreElement} pre */
function finishCode(pre) {
  const language = pre.dataset.language || "";
  pre.removeAttribute("data-language");
  pre.tabIndex = 0;
  pre.dir = "ltr";
  pre.setAttribute("role", "group");
  pre.setAttribute("aria-label", language ? `Code, ${language}` : "Code");
  const bar = element(
    "div",
    { class: "code-bar" },
    element("span", { class: "code-language" }, language || "code"),
    copyButton("Copy", () => pre.textContent || ""),
  );
  const box = element("div", { class: "code" }, bar);
  pre.replaceWith(box);
  box.append(pre);
}

/**
 * @param {string} href
 * @returns {URL | undefined} `undefined` for relative addresses, which would point into this page, and for schemes that run code
 */
function linkTarget(href) {
  try {
    const url = new URL(href);
    return LINK_SCHEMES.includes(url.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether a link's text names a host that isn't the one it opens, or its
 * address hides the host behind a user name.
 *
 * @param {string} text
 * @param {URL} target
 */
function misleads(text, target) {
  if (target.protocol === "mailto:") return false;
  if (target.username || target.password) return true;
  const named = /(?:^|[\s/@(])((?:[\p{L}\p{N}-]+\.)+[\p{L}]{2,})(?=$|[\s/:?#),])/u.exec(text)?.[1];
  if (!named) return false;
  try {
    // The parser spells international names as the target does.
    const host = new URL(`https://${named}`).hostname;
    return host.replace(/^www\./, "") !== target.hostname.replace(/^www\./, "");
  } catch {
    return true;
  }
}

/**
 * @param {string} href
 * @param {string} alt
 */
function imageNote(href, alt) {
  let source = "not loaded";
  try {
    const url = new URL(href);
    source = url.host ? `on ${url.host}, not loaded` : "not loaded";
  } catch {
    // A relative address says nothing that helps.
  }
  return `Image: ${alt || "no description"} (${source})`;
}

/** @param {string} text */
function escapeAll(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * Leaves character references alone, which stand for characters in Markdown too.
 *
 * @param {string} text
 */
function escapeText(text) {
  return text.replace(/[<>"']|&(?!#\d{1,7};|#[Xx][\dA-Fa-f]{1,6};|\w+;)/g, (character) => `&#${character.charCodeAt(0)};`);
}
