/**
 * Writes the reference of the package's declarations:
 *
 *     node reference.mjs <declarations> <pages>
 *
 * It fails where an exported name is described by nothing.
 */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { readPackage } from "./declarations.mjs";
import { pagesOf } from "./pages.mjs";

const [from, to] = process.argv.slice(2);
const { pages, faults } = pagesOf(await readPackage(resolve(from)));

await mkdir(to, { recursive: true });
for (const name of await readdir(to)) if (!pages.has(name)) await rm(join(to, name));
for (const [name, text] of pages) await writeFile(join(to, name), text);
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
