// The reference is what the declarations say, and says something of everything.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { readPackage } from "./declarations.mjs";
import { pagesOf } from "./pages.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const DECLARATIONS = join(root, "js");
const PAGES = join(root, "docs/api");

test("the pages are those that cargo xtask docs writes", async () => {
  const { pages } = pagesOf(await readPackage(DECLARATIONS));
  assert.ok(pages.size > 10);
  assert.deepEqual((await readdir(PAGES)).sort(), Array.from(pages.keys()).sort());
  for (const [name, text] of pages) {
    const same = text === (await readFile(join(PAGES, name), "utf8"));
    assert.ok(same, `docs/api/${name} is not what js/*.d.ts says: run cargo xtask docs`);
  }
});

test("each exported name is described, and each link leads somewhere", async () => {
  assert.deepEqual(pagesOf(await readPackage(DECLARATIONS)).faults, []);
});

test("each exported name is on a page", async () => {
  for (const { specifier, sections, exported } of await readPackage(DECLARATIONS)) {
    const told = sections.flatMap(({ entries }) => entries.map(({ name, isDefault }) => (isDefault ? "default" : name)));
    // The standalone script has those of the package, which are told of there.
    if (!specifier.endsWith("/standalone")) assert.deepEqual(told.sort(), exported.sort(), specifier);
  }
});

test("what is undocumented, or leads nowhere, or stands under no heading, is a fault", () => {
  const entry = (name, doc, others) => ({ kind: "interface", name, doc, text: "", heritage: "", members: [], ...others });
  const bareMember = { kind: "method", name: "push", doc: "", text: "push(): void" };
  const things = [
    entry("Bare", ""),
    entry("Lost", "See {@link Nobody}, {@link Thing.pull} and {@link Thing.push}."),
    entry("Thing", "It pushes.", { kind: "class", members: [bareMember] }),
  ];
  const sections = [
    { title: undefined, entries: [entry("Early", "What it is for.")] },
    { title: "Things", entries: things },
  ];
  const { pages, faults } = pagesOf([{ specifier: "package", intro: "A package.", sections, exported: [] }]);
  assert.deepEqual(faults, [
    "package: Early stands under no heading",
    "Thing.push is described by nothing",
    "package: Bare is described by nothing",
    "Lost: {@link Nobody} leads nowhere",
    "Lost: {@link Thing.pull} leads nowhere",
  ]);
  assert.match(pages.get("things.md"), /and \[`Thing\.push`\]\(#thingpush\)\./);
});
