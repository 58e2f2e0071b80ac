/**
 * Takes the code out of the project's pages and checks it against the
 * declarations, as strictly as TypeScript can.
 *
 * What imports the package is a whole program, which has nothing but the page
 * around it (`page.d.ts`). All else goes on where one has begun
 * (`fragment.d.ts`).
 */
import { execFile } from "node:child_process";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../../..");
const tools = join(here, "../node_modules");

const FENCE = /^([ ]*)```(\w+)[^\n]*\n([^]*?)^\1```$/gm;
const OPTIONS = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedSideEffectImports: true,
  noEmit: true,
  target: "es2022",
  module: "esnext",
  moduleResolution: "bundler",
  lib: ["es2023", "esnext.disposable", "dom", "dom.iterable"],
  types: [],
  // Of the clients', which ask for those of Node.
  skipLibCheck: true,
};

/** The pages that have code in them, by their paths in the project. */
export async function pages() {
  const written = await readdir(join(root, "docs"), { recursive: true });
  const ofDocs = written.filter((name) => name.endsWith(".md")).map((name) => join("docs", name));
  return ["README.md", "examples/README.md", ...ofDocs.sort()];
}

export const readPage = (page) => readFile(join(root, page), "utf8");

/** `[{ name, line, code, isWhole }]`: what of a page is JavaScript; `line` is that of its fence. */
export function snippetsIn(page, text) {
  const snippets = [];
  for (const { 2: language, 3: block, index } of text.matchAll(FENCE)) {
    const line = text.slice(0, index).split("\n").length;
    for (const { code, below } of programsIn(page, language, block)) {
      snippets.push({ name: `${page}:${line}`, page, line: line + below, code, isWhole: /\bfrom "taskpane-connector/.test(code) });
    }
  }
  return snippets;
}

function programsIn(page, language, block) {
  // A signature by itself is no program.
  const isReference = page.startsWith("docs/api/");
  if (language === "js" || (language === "ts" && !isReference)) return [{ code: block, below: 0 }];
  if (language === "diff") return [{ code: block.replace(/^-.*$/gm, "").replace(/^[+ ]/gm, ""), below: 0 }];
  if (language !== "html") return [];
  return Array.from(block.matchAll(/<script type="module">([^]*?)<\/script>/g), ({ 0: all, 1: code, index }) => ({
    code,
    below: block.slice(0, index + all.indexOf(code)).split("\n").length - 1,
  }));
}

/** What the compiler says of snippets, by their names; of a fault it tells the page's own line. */
export async function check(snippets, folder) {
  await rm(folder, { recursive: true, force: true });
  const faults = new Map(snippets.map(({ name }) => [name, []]));
  const isFragment = ({ isWhole }) => !isWhole;
  await Promise.all([
    compile(snippets.filter(({ isWhole }) => isWhole), ["page.d.ts"], join(folder, "whole"), faults),
    compile(snippets.filter(isFragment), ["page.d.ts", "fragment.d.ts"], join(folder, "fragments"), faults),
  ]);
  return faults;
}

async function compile(snippets, around, folder, faults) {
  await mkdir(folder, { recursive: true });
  const files = [];
  for (const [index, { line, code }] of snippets.entries()) {
    // Where it stands in its page.
    files.push(`${index}.ts`);
    await writeFile(join(folder, `${index}.ts`), `${"\n".repeat(line)}${code}\nexport {};\n`);
  }
  const from = (path) => [relative(folder, path)].map((path) => (path.startsWith(".") ? path : `./${path}`));
  const { name, exports } = JSON.parse(await readFile(join(root, "js/package.json"), "utf8"));
  const own = Object.entries(exports).filter(([, { types }]) => types);
  const paths = Object.fromEntries(own.map(([path, { types }]) => [join(name, path), from(join(root, "js", types))]));
  const compilerOptions = { ...OPTIONS, paths: { ...paths, "*": from(join(tools, "*")) } };
  const all = [...files, ...around.flatMap((file) => from(join(here, file)))];
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: all }));
  for (const said of (await tsc(folder)).split("\n")) {
    const [, index, line, what] = /^(\d+)\.ts\((\d+),\d+\): (.*)$/.exec(said) ?? [];
    if (index !== undefined) faults.get(snippets[index].name).push(`${snippets[index].page}:${line}: ${what}`);
    else if (/error TS/.test(said)) throw new Error(said);
  }
}

/** What it finds; it fails where it finds anything. */
function tsc(folder) {
  return new Promise((resolve, reject) => {
    const arguments_ = [join(tools, "typescript/bin/tsc"), "--pretty", "false", "--project", "."];
    execFile(process.execPath, arguments_, { cwd: folder }, (error, stdout, stderr) => {
      if (error && typeof error.code !== "number") reject(error);
      else resolve(stdout + stderr);
    });
  });
}
