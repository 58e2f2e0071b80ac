/** Text and JSON as a model might write them, in pieces of about a token. */

/** @typedef {import("./random.js").Random} Random */

const WORDS =
  "the of and to in is that for on with as by an be are this from or have not at which their can will one more quarter revenue table column forecast because between customers average growth estimate however sheet formula total percent region summary".split(
    " ",
  );
const LATIN = ["für", "größer", "Umsätze", "naïve", "résumé", "año", "São", "façade", "Müller", "déjà", "Øst", "12 €"];
const CJK = ["合計", "売上", "前年比", "グラフ", "を含む", "の平均", "数据", "增长", "地区", "매출", "합계"];
const EMOJI = ["🙂", "📈", "✅ ok", "👩🏽‍💻", "🇩🇪"];
const ESCAPED = ["\n", "\n\n", "\"", "\\", "\t", "\": \"", "\n- "];

/** How often a piece holds characters that JSON escapes, and how often, if not, characters beyond ASCII: one in ten and one in six of all. */
const ESCAPE_SHARE = 0.1;
const FOREIGN_SHARE = 0.17 / (1 - ESCAPE_SHARE);

const SHORTEST = 2;
const LONGEST = 20;

/**
 * A piece of an answer: 2 to 20 characters, mostly few.
 *
 * @param {Random} random
 * @param {boolean} foreign Whether it may go beyond ASCII.
 */
export function piece(random, foreign) {
  if (random.chance(ESCAPE_SHARE)) return random.pick(ESCAPED) + random.pick(WORDS);
  if (foreign && random.chance(FOREIGN_SHARE)) {
    const word = random.pick(random.chance(0.5) ? LATIN : random.chance(0.8) ? CJK : EMOJI);
    return random.chance(0.5) ? ` ${word}` : word;
  }
  let text = random.chance(0.8) ? " " : "";
  text += random.pick(WORDS).slice(0, 1 + random.below(8));
  while (random.chance(0.1)) text += ` ${random.pick(WORDS)}`;
  return text.length < SHORTEST ? `${text}.` : text.slice(0, LONGEST);
}

/**
 * A tool's input: JSON text of at least so many characters.
 *
 * @param {Random} random
 * @param {number} length
 */
export function toolInput(random, length) {
  const rows = [];
  for (let written = 0; written < length; ) {
    const row = {
      cell: `${String.fromCharCode(65 + random.below(26))}${1 + random.below(999)}`,
      value: random.below(1_000_000) / 100,
      formula: random.chance(0.5) ? `=SUM(A1:B${random.below(99)})` : null,
      note: `${random.pick(WORDS)} ${random.pick(random.chance(FOREIGN_SHARE) ? LATIN : WORDS)}${random.chance(ESCAPE_SHARE) ? "\n" : ""}`,
      bold: random.chance(0.5),
    };
    rows.push(row);
    written += JSON.stringify(row).length;
  }
  return JSON.stringify({ sheet: "Forecast", rows });
}

/**
 * Cuts text into pieces as a tokenizer might, never within a surrogate pair.
 *
 * @param {Random} random
 * @param {string} text
 */
export function* cutIntoPieces(random, text) {
  for (let from = 0; from < text.length; ) {
    let to = from + SHORTEST + random.below(9);
    if (/[\ud800-\udbff]/.test(text.charAt(to - 1))) to += 1;
    yield text.slice(from, to);
    from = to;
  }
}
