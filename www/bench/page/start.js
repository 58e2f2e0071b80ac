/**
 * The benchmark page: choose, run, stop, read.
 *
 * `?run` starts at once; `case` (repeatable), `rounds` and `quick` choose as the
 * command line does; `trial` only tries whether everything runs. `window.benchmark` tells whoever drives the page how far it is.
 */

import init, * as ours from "/pkg/index.js";
import { announce } from "../../announcer.js";
import { copyButton } from "../../clipboard.js";
import { byId } from "../../element.js";
import { findHost } from "../../host.js";
import { createTheme } from "../../theme.js";
import { CASES, titleOf } from "../cases.js";
import { createContenders } from "../contenders/index.js";
import { EFFORTS, measure } from "../measure.js";
import { markdown } from "../report.js";
import { textTable } from "../text_table.js";
import { createChoices } from "./choices.js";
import { engineOf } from "./engine.js";
import { caseResult } from "./results_view.js";

const UNOPTIMISED = "This is the connector’s development build, which is several times slower: “cargo xtask demo --release” serves the other.";

/** Parameters of this page. */
const OWN = ["run", "case", "rounds", "quick", "trial"];

/**
 * @typedef {object} Benchmark
 * @property {"ready" | "running" | "done" | "stopped" | "failed"} state
 * @property {string} progress
 * @property {import("../report.js").Report} report
 * @property {string} markdown
 * @property {string} text What there is so far, for a terminal.
 * @property {string} [error]
 */

export async function start() {
  const parameters = new URLSearchParams(location.search);
  const theme = createTheme(parameters);
  theme.follow(await findHost(parameters));
  const [peers, optimised] = await Promise.all([loadPeers(), startModule()]);
  const contenders = createContenders({ ours, peers });
  const choices = createChoices(parameters);
  const { engine, version } = engineOf(navigator);
  /** @type {HTMLAnchorElement} */ (byId("back")).search = theirs(parameters);

  /** @type {Benchmark} */
  const benchmark = {
    state: "ready",
    progress: "",
    report: { engine, version, rounds: 0, cases: [] },
    get markdown() {
      return markdown(this.report);
    },
    get text() {
      return this.report.cases.map((result) => textTable(result, engine)).join("\n");
    },
  };
  Object.assign(window, { benchmark });

  const run = byId("run");
  const stop = byId("stop");
  const status = byId("status");
  const progress = /** @type {HTMLProgressElement} */ (byId("progress"));
  /** @type {AbortController | undefined} */
  let controller;

  byId("choices").addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    if (!controller) measureChosen();
  });
  stop.addEventListener("click", () => controller?.abort(new DOMException("stopped", "AbortError")));
  byId("copy").append(copyButton("Copy as Markdown", () => benchmark.markdown, "button small"));
  run.removeAttribute("disabled");
  if (!optimised) status.textContent = UNOPTIMISED;
  else if (!peers) status.textContent = "The other packages are not served here; the rest can be compared.";
  else status.textContent = "";
  if (parameters.has("run")) measureChosen();

  async function measureChosen() {
    const chosen = CASES.filter(({ id }) => choices.cases.includes(id));
    if (chosen.length === 0) {
      status.textContent = "Choose at least one case.";
      return;
    }
    const effort = { ...EFFORTS[parameters.has("trial") ? "trial" : choices.effort] };
    const rounds = Number(parameters.get("rounds"));
    if (rounds > 0) effort.rounds = rounds;
    controller = new AbortController();
    benchmark.state = "running";
    benchmark.report = { engine, version, rounds: effort.rounds, cases: [] };
    byId("results").hidden = false;
    byId("case-results").replaceChildren();
    byId("failure").hidden = true;
    byId("conditions").textContent = conditions(version) + (optimised ? "" : ` ${UNOPTIMISED}`);
    show(true);
    try {
      for (const [index, case_] of chosen.entries()) {
        const title = titleOf(case_);
        const result = await measure(case_, contenders, effort, {
          signal: controller.signal,
          onRound(done, of) {
            tell(index + done / of, chosen.length, `${case_.id}, round ${Math.min(done + 1, of)} of ${of}`);
          },
          onStart: () => tell(index, chosen.length, `${case_.id}, comparing results`),
        });
        benchmark.report.cases.push(result);
        byId("case-results").append(caseResult(result, title, engine));
      }
      end("done", "Done.");
    } catch (error) {
      if (controller.signal.aborted) {
        end("stopped", "Stopped.");
      } else {
        console.error(error);
        benchmark.error = String(error);
        byId("failure").hidden = false;
        byId("failure").textContent = `It could not be measured: ${error}`;
        end("failed", "Failed.");
      }
    }
  }

  /**
   * @param {number} done
   * @param {number} of
   * @param {string} what
   */
  function tell(done, of, what) {
    progress.value = done / of;
    status.textContent = what;
    benchmark.progress = what;
  }

  /**
   * @param {Benchmark["state"]} state
   * @param {string} text
   */
  function end(state, text) {
    controller = undefined;
    benchmark.state = state;
    show(false);
    status.textContent = text;
    announce(text);
  }

  /** @param {boolean} running */
  function show(running) {
    const hadFocus = [run, stop].includes(/** @type {HTMLElement} */ (document.activeElement));
    run.hidden = running;
    stop.hidden = !running;
    progress.hidden = !running;
    choices.disabled = running;
    if (hadFocus) (running ? stop : run).focus();
  }
}

/**
 * The parameters that this page was only given to keep: the manifest's and the host's.
 *
 * @param {URLSearchParams} parameters
 */
function theirs(parameters) {
  const kept = new URLSearchParams(parameters);
  for (const name of OWN) kept.delete(name);
  return kept.toString();
}

/** What the times depend on besides the decoders. */
function conditions(/** @type {string} */ version) {
  const clock = globalThis.crossOriginIsolated ? "" : " The clock is coarse here, since the page isn’t cross-origin isolated.";
  return `${version}, ${navigator.hardwareConcurrency} processor threads.${clock}`;
}

/**
 * Starts the connector's module. Whether it is optimised: a development build keeps the names of its functions.
 *
 * @returns {Promise<boolean>}
 */
async function startModule() {
  const response = await fetch("/pkg/taskpane_connector_bg.wasm");
  const module = await WebAssembly.compile(await response.arrayBuffer());
  await init(module);
  return WebAssembly.Module.customSections(module, "name").length === 0;
}

/** The other packages, where they are served. */
async function loadPeers() {
  try {
    return await import("/vendor/bench-peers.js");
  } catch {
    return undefined;
  }
}
