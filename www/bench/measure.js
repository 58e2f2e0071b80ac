/**
 * Measures a case: checks that all contenders decode the same, then times them by turns.
 *
 * On a machine that does other things too, times wander; contenders that are
 * timed in the same round wander together. So each round times everyone once,
 * in an order of its own, and ratios are taken within rounds.
 */

import { cut } from "./chunks.js";
import { generate } from "./corpora.js";
import { createRandom } from "./random.js";
import { Counter, Digest } from "./results.js";
import { spread } from "./statistics.js";

/** @typedef {import("./cases.js").Case} Case */
/** @typedef {import("./cases.js").Entry} Entry */
/** @typedef {import("./chunks.js").Input} Input */
/** @typedef {import("./contenders/index.js").Contender} Contender */
/** @typedef {import("./statistics.js").Spread} Spread */

/**
 * How thorough to be.
 *
 * @typedef {object} Effort
 * @property {number} rounds
 * @property {number} sampleMs How long a sample takes at least; what is faster is run several times in it.
 * @property {number} warmUpMs For each contender, before the first round.
 * @property {number} [deltas] Instead of the corpora's own number.
 */

/** The last one tries whether everything runs, and says nothing about speed. @type {Record<"usual" | "quick" | "trial", Effort>} */
export const EFFORTS = {
  usual: { rounds: 9, sampleMs: 25, warmUpMs: 400 },
  quick: { rounds: 5, sampleMs: 10, warmUpMs: 150 },
  trial: { rounds: 2, sampleMs: 0, warmUpMs: 0, deltas: 200 },
};

/**
 * One contender in one case.
 *
 * @typedef {object} Row
 * @property {string} contender
 * @property {string} name
 * @property {string} [version] Of the package.
 * @property {Contender["kind"]} kind
 * @property {"measured" | "differs" | "failed" | "missing"} status
 * @property {string} [note] What differs, failed or is missing.
 * @property {Spread} [nsPerEvent]
 * @property {number} [megabytesPerSecond] Of wire bytes, by the median.
 * @property {Spread} [ratio] Its time divided by ours, of the same rounds.
 */

/**
 * @typedef {object} CaseResult
 * @property {string} id
 * @property {number} level
 * @property {number} events
 * @property {number} bytes
 * @property {number} rounds
 * @property {Row[]} rows Ours first.
 */

/**
 * @param {Case} case_
 * @param {Map<string, Contender>} contenders
 * @param {Effort} effort
 * @param {object} [options]
 * @param {() => void} [options.onStart] Before results are compared and engines warmed up.
 * @param {(done: number, of: number) => void} [options.onRound]
 * @param {AbortSignal} [options.signal] Throws its reason between two samples.
 * @returns {Promise<CaseResult>}
 */
export async function measure(case_, contenders, effort, { onStart = () => {}, onRound = () => {}, signal } = {}) {
  onStart();
  const entrants = enter(case_, contenders, effort);
  const { input } = entrants[0];
  await compareResults(entrants, signal);
  const fit = entrants.filter(({ row }) => row.status === "measured");
  for (const entrant of fit) await warmUp(entrant, effort, signal);

  const random = createRandom(1);
  for (let round = 0; round < effort.rounds; round += 1) {
    onRound(round, effort.rounds);
    for (const entrant of shuffled(fit, random)) {
      await breathe(signal);
      entrant.samples.push(await timeOf(entrant, entrant.passes));
    }
  }
  onRound(effort.rounds, effort.rounds);
  const ours = entrants[0];
  for (const entrant of fit) summarise(entrant, ours);
  return { id: case_.id, level: case_.level, events: input.events, bytes: input.bytes, rounds: effort.rounds, rows: entrants.map(({ row }) => row) };
}

/**
 * A contender with its input and what it has done so far.
 *
 * @typedef {object} Entrant
 * @property {import("./contenders/index.js").Run} run
 * @property {1 | 2 | 3} level
 * @property {Input} input
 * @property {Row} row
 * @property {number} passes How often it runs in a sample.
 * @property {number[]} samples ns per event.
 */

/**
 * @param {Case} case_
 * @param {Map<string, Contender>} contenders
 * @param {Effort} effort
 * @returns {Entrant[]}
 */
function enter(case_, contenders, effort) {
  const { level, ours, against } = case_;
  /** @type {Map<string, Input>} */
  const inputs = new Map();
  const inputOf = (/** @type {Entry} */ entry) => {
    const corpus = entry.corpus ?? case_.corpus;
    const repeats = entry.repeats ?? case_.repeats ?? 1;
    const key = `${corpus} ${repeats}`;
    const input = inputs.get(key) ?? cut(generate(corpus, effort.deltas ?? case_.deltas), case_.chunks, repeats);
    inputs.set(key, input);
    return input;
  };
  return [{ contender: ours }, ...against].map((/** @type {Entry} */ entry) => {
    const contender = contenders.get(entry.contender);
    const input = inputOf(entry);
    const run = contender?.levels[level];
    const missing = run ? contender?.missing?.(input) : "not here";
    /** @type {Row} */
    const row = {
      contender: entry.contender,
      name: entry.name ?? contender?.name ?? entry.contender,
      version: entry.name === undefined ? contender?.version : undefined,
      kind: contender?.kind ?? "peer",
      status: missing === undefined ? "measured" : "missing",
    };
    if (missing !== undefined) row.note = missing;
    return { run: run ?? (() => {}), level, input, row, passes: 1, samples: [] };
  });
}

/**
 * Strikes out whoever doesn't decode the same as ours. Limits decode nothing.
 *
 * @param {Entrant[]} entrants
 * @param {AbortSignal} [signal]
 */
async function compareResults(entrants, signal) {
  /** What the first decoder made of an input. @type {Map<Input, string>} */
  const expected = new Map();
  for (const { run, level, input, row } of entrants) {
    if (row.status !== "measured" || row.kind === "limit") continue;
    await breathe(signal);
    const digest = new Digest(level);
    try {
      const result = digest.finish(await run(input, digest.take));
      const others = expected.get(input);
      expected.set(input, others ?? result);
      if (others !== undefined && others !== result) {
        row.status = "differs";
        row.note = `${result}; others: ${others}`;
      }
    } catch (error) {
      row.status = "failed";
      row.note = String(error);
    }
  }
}

/**
 * Lets the engine optimise, and finds how many passes fill a sample.
 *
 * @param {Entrant} entrant
 * @param {Effort} effort
 * @param {AbortSignal} [signal]
 */
async function warmUp(entrant, { sampleMs, warmUpMs }, signal) {
  let fastest = Infinity;
  let spent = 0;
  while (spent < warmUpMs) {
    await breathe(signal);
    const took = (await timeOf(entrant, 1)) * entrant.input.events * 1e-6;
    fastest = Math.min(fastest, took);
    // A clock too coarse to see a pass must not keep this from ending.
    spent += Math.max(took, 0.1);
  }
  entrant.passes = Math.max(1, Math.ceil(sampleMs / Math.max(fastest, 0.1)));
}

/** Kept so that no engine may leave out work whose result nobody looks at. */
export let seen = 0;

/**
 * @param {Entrant} entrant
 * @param {number} passes
 * @returns {Promise<number>} ns per event.
 */
async function timeOf({ run, level, input }, passes) {
  const counter = new Counter(level);
  const { take } = counter;
  const started = performance.now();
  for (let pass = 0; pass < passes; pass += 1) {
    const result = run(input, take);
    if (result instanceof Promise) await result;
  }
  const took = performance.now() - started;
  seen += counter.events + counter.units;
  return (took * 1e6) / (passes * input.events);
}

/**
 * @param {Entrant} entrant
 * @param {Entrant} ours
 */
function summarise({ row, input, samples }, ours) {
  row.nsPerEvent = spread(samples);
  row.megabytesPerSecond = (input.bytes / input.events / row.nsPerEvent.median) * 1e3;
  if (ours.samples.length === samples.length && row !== ours.row) {
    row.ratio = spread(samples.map((sample, round) => sample / ours.samples[round]));
  }
}

/**
 * @template T
 * @param {T[]} items
 * @param {import("./random.js").Random} random
 */
function shuffled(items, random) {
  const all = [...items];
  for (let at = all.length - 1; at > 0; at -= 1) {
    const other = random.below(at + 1);
    [all[at], all[other]] = [all[other], all[at]];
  }
  return all;
}

/**
 * Lets the page draw, the user stop and the engine tidy up.
 *
 * @param {AbortSignal} [signal]
 */
async function breathe(signal) {
  await new Promise((resolve) => setTimeout(resolve, 0));
  if (signal?.aborted) throw signal.reason;
}
