/**
 * Guesses how an unfinished piece of Markdown will end, so that what is shown
 * while it arrives doesn't change its shape a moment later.
 */

/** The beginning of a line that may become a heading, a rule, a list item, a quote, a fence or an underline. */
const UNDECIDED_LINE = /^[ \t]*(?:[-=+*_]+|#{1,6}|\d{1,9}[.)]?|>|`{1,2}|~{1,2}|<[^>\n]*)[ \t]*$/;

/** The first row of a table and its underline, which make a table only together. */
const UNDECIDED_TABLE = /(?:^|\n)[ \t]*\|[^\n]*(?:\n[ \t|:-]*)?$/;

/** An underline has arrived, so the rows after it are rows. */
const TABLE = /(?:^|\n)[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\n/;

/**
 * The text to show for one that isn't complete yet.
 *
 * @param {string} text the last, unfinished block
 * @returns {string}
 */
export function provisional(text) {
  if (/^[ \t]*(?:```|~~~)/.test(text)) return text;
  let shown = text;
  if (UNDECIDED_TABLE.test(shown) && !TABLE.test(shown)) shown = shown.replace(UNDECIDED_TABLE, "");
  const lineStart = shown.lastIndexOf("\n") + 1;
  const line = shown.slice(lineStart);
  if (UNDECIDED_LINE.test(line)) return shown.slice(0, lineStart);
  return shown.slice(0, lineStart) + closeInline(line);
}

/**
 * Closes what is open at a line's end.
 *
 * @param {string} line
 */
function closeInline(line) {
  // A link or an image shows its text until its address is complete.
  let closed = line.replace(/!\[[^\]\n]*(?:\](?:\([^()\n]*)?)?$/, "").replace(/\[([^\][\n]*)\]\([^()\n]*$/, "$1");
  // Marks at the very end may still grow, as `*` into `**`.
  closed = closed.replace(/[*_~`]+$/, (marks) => (count(closed, marks) % 2 ? "" : marks));
  if (count(closed, "`") % 2) return `${closed}\``;
  const outsideCode = closed.replace(/`[^`]*`/g, "");
  let suffix = "";
  const single = outsideCode.replace(/\*\*/g, "");
  if (/(?:^|[\s(])\*(?![\s*])[^*]*$/.test(single)) suffix += "*";
  if (count(outsideCode, "**") % 2) suffix += "**";
  if (count(outsideCode, "~~") % 2) suffix += "~~";
  return suffix ? closed.replace(/\s+$/, "") + suffix : closed;
}

/**
 * @param {string} text
 * @param {string} part
 */
function count(text, part) {
  return text.split(part).length - 1;
}
