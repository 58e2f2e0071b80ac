// A module with a counter at the start of every function and of every turn of
// every loop, its block copies unrolled into loops, so that moving bytes counts too.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wasmOpt } from "./peers.mjs";

/** The exports of such a module; `step` is called at each count. */
export function counting(moduleBytes, step) {
  const folder = mkdtempSync(join(tmpdir(), "cost-"));
  const [plain, counting] = ["plain.wasm", "counting.wasm"].map((name) => join(folder, name));
  writeFileSync(plain, moduleBytes);
  // The features of the module, without memories that copies can't be unrolled for.
  const features = ["simd", "bulk-memory", "bulk-memory-opt", "reference-types", "sign-ext", "nontrapping-float-to-int", "mutable-globals", "multivalue", "extended-const"];
  const passes = ["--llvm-memory-copy-fill-lowering", "--log-execution"];
  execFileSync(process.execPath, [wasmOpt, plain, ...features.map((name) => `--enable-${name}`), ...passes, "-o", counting]);
  const module = new WebAssembly.Module(readFileSync(counting));
  rmSync(folder, { recursive: true });
  const imports = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    assert.equal(kind, "function");
    (imports[from] ??= {})[name] = () => assert.fail(`the module called ${name}`);
    if (name === "log_execution") imports[from][name] = step;
  }
  return new WebAssembly.Instance(module, imports).exports;
}
