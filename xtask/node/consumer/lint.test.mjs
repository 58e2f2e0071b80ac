// What the package's own linters say of it.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const tools = createRequire(join(process.env.NODE_TOOLS, "package.json"));
const load = (name) => import(pathToFileURL(tools.resolve(name)));

test("publint", async () => {
  const { publint } = await load("publint");
  const { messages } = await publint({ pkgDir: join(here, "node_modules/taskpane-connector"), strict: true });
  assert.deepEqual(messages, []);
});

test("arethetypeswrong", async () => {
  const { checkPackage, createPackageFromTarballData } = await load("@arethetypeswrong/core");
  const [tarball] = (await readdir(here)).filter((name) => name.endsWith(".tgz"));
  const packed = createPackageFromTarballData(new Uint8Array(await readFile(join(here, tarball))));
  // The modules are files, for their addresses.
  const { types, problems } = await checkPackage(packed, { excludeEntrypoints: [/\.wasm$/] });
  assert.equal(types.kind, "included");
  // A package of modules alone: CommonJS asks for it by `import()`.
  const known = ({ kind, resolutionKind }) => kind === "CJSResolvesToESM" && resolutionKind === "node16-cjs";
  assert.deepEqual(problems.filter((problem) => !known(problem)), []);
  assert.ok(problems.some(known), "it looked at nothing");
});
