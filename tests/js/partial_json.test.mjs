// What is certain of a JSON text that is still arriving, at every prefix, against
// the SDK's parser of partial JSON.
//
// Theirs looks at the whole text each time, ours at each character once. Where
// the rules differ, ours are stricter: a text that can't go on to be JSON fails
// at once (`{"a":01`, `"\x`, `{t`), where theirs leaves out the last token
// whatever it is, or fails only when the text goes on. What theirs refuses, ours
// refuses; what both take, both take for the same.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { partialParse } from "./peers.mjs";
import { rounds } from "./random.mjs";
import { object, value } from "./random_answer.mjs";
import { PartialJson } from "./support.mjs";

/** The text so far by theirs: its value as JSON, or nothing where it is refused. */
function theirs(text) {
  try {
    return JSON.stringify(partialParse(text));
  } catch {
    return undefined;
  }
}

/** Feeds a text in pieces; calls `look` after each with what came so far. */
function watch(pieces, look) {
  const partial = new PartialJson();
  let text = "";
  for (const piece of pieces) {
    text += piece;
    partial.push(piece);
    look(partial, text);
  }
  return partial;
}

const written = (random) => JSON.stringify(random.once(3) ? [value(random), value(random)] : object(random), null, random.pick([0, 0, 1]));

describe("a text in pieces", () => {
  test("each prefix shows what the SDK's parser shows", () =>
    rounds(1500, (random, shown) => {
      const text = written(random);
      shown.stream = text;
      let seen = 0;
      watch([...text], (partial, prefix) => {
        assert.equal(partial.failed, false, prefix);
        assert.equal(JSON.stringify(partial.value), theirs(prefix), prefix);
        seen += 1;
      });
      assert.equal(seen, [...text].length);
    }));

  test("the pieces don't matter, and a whole text is its value", () =>
    rounds(1500, (random, shown) => {
      const text = written(random);
      shown.stream = text;
      const partial = watch(random.slices(text), () => {});
      assert.equal(JSON.stringify(partial.value), JSON.stringify(JSON.parse(text)));
    }));

  test("a damaged text is refused where the SDK's parser refuses it, at the latest", () =>
    rounds(4000, (random, shown) => {
      const whole = written(random);
      const at = random.below(whole.length + 1);
      const inserted = random.pick(["", "}", "]", ",", ":", '"', "\\", "0", "-", "1e", "tru", "x", "\n", "{", "["]);
      const text = whole.slice(0, at) + inserted + whole.slice(at + random.below(3));
      shown.stream = text;
      let refused = false;
      const partial = watch([...text], ({ failed, value: ours }, prefix) => {
        assert.ok(failed || !refused, `no longer refused: ${prefix}`);
        refused = failed;
        const view = theirs(prefix);
        if (!failed && ours !== undefined) assert.equal(JSON.stringify(ours), view, prefix);
      });
      const other = watch(random.slices(text), () => {});
      assert.equal(other.failed, partial.failed);
      if (!partial.failed) assert.equal(JSON.stringify(other.value), JSON.stringify(partial.value));
      let valid = true;
      try {
        JSON.parse(text);
      } catch {
        valid = false;
      }
      if (valid) assert.equal(partial.failed, false);
    }));

  test("what only ours refuses", () => {
    for (const text of ['{"a":01', '{"a":"\\x', "{t", '{"a":-.', '{"a":"\n']) {
      assert.equal(watch([text], () => {}).failed, true, text);
      assert.equal(theirs(text), "{}", text);
    }
  });
});
