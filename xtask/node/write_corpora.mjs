// Writes the benchmark's streams for the native one: write_corpora.mjs FOLDER. Each wire event after its length.
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CORPORA, generate } from "../../www/bench/corpora.js";

const folder = process.argv[2];
await mkdir(folder, { recursive: true });
for (const name of Object.keys(CORPORA)) {
  const { head, body, tail } = generate(name);
  const parts = [...head, ...body, ...tail].flatMap((event) => [new Uint8Array(Uint32Array.of(event.length).buffer), event]);
  const whole = Buffer.concat(parts);
  // Whoever finds the file finds all of it.
  await writeFile(join(folder, `${name}.part`), whole);
  await rename(join(folder, `${name}.part`), join(folder, `${name}.bin`));
}
