// The code in the project's pages holds against the declarations.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { check, pages, readPage, snippetsIn } from "./snippets.mjs";

let folder;
before(async () => (folder = await mkdtemp(join(tmpdir(), "snippets-"))));
after(() => rm(folder, { recursive: true }));

const snippets = [];
for (const page of await pages()) snippets.push(...snippetsIn(page, await readPage(page)));

test("there is code in the pages", () => {
  const of = (page) => snippets.filter((snippet) => snippet.page === page).length;
  assert.ok(of("README.md") > 10);
  assert.ok(of("docs/migration.md") > 1);
  assert.ok(snippets.some(({ isWhole }) => isWhole) && snippets.some(({ isWhole }) => !isWhole));
});

const faults = check(snippets, join(await mkdtemp(join(tmpdir(), "snippets-")), "all"));
for (const { name } of snippets) {
  test(name, async () => assert.deepEqual((await faults).get(name), []));
}

/** Pages that say what isn't so, and what the compiler says of it. */
const WRONG = {
  "a name that isn't exported": ['```js\nimport { Conector } from "taskpane-connector";\n```', /page\.md:2: error TS.*Conector/],
  "a path that isn't there": ['```js\nimport { explain } from "taskpane-connector/explanations";\n```', /taskpane-connector\/explanations/],
  "a member of a fragment": ["```js\nconnector.conect();\n```", /'conect'/],
  "an option": ["```js\nawait Connector.open({ parameter: location.search });\n```", /parameter/],
  "an event of a stream": ['```js\nconnector.messages.stream({ model, max_tokens: 1, messages }).on("txt", show);\n```', /txt/],
  "a value that may be absent": ["```ts\nconnector.error.message;\n```", /possibly 'undefined'/],
  "a whole program without what came before": ['```js\nimport { version } from "taskpane-connector";\nconnector.connect(version);\n```', /page\.md:3: .*'connector'/],
  "what replaces a line": ["```diff\n-connector.nothing();\n+connector.something();\n```", /page\.md:3: .*'something'/],
  "a script in a page": ['# Page\n\n```html\n<script type="module">\n  import "taskpane-connector/auth";\n</script>\n```', /page\.md:5: .*taskpane-connector\/auth/],
};

for (const [name, [page, expected]] of Object.entries(WRONG)) {
  test(`is told: ${name}`, async () => {
    const [snippet, ...others] = snippetsIn("page.md", page);
    assert.equal(others.length, 0);
    const found = (await check([snippet], join(folder, name))).get(snippet.name);
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0], expected);
  });
}
