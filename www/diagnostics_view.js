/** Diagnostics: what works and what doesn't, step by step, with the fix beside it. */

import { announce } from "./announcer.js";
import { copyButton } from "./clipboard.js";
import { createConfigurationView } from "./configuration_view.js";
import { byId, element, icon } from "./element.js";
import { errorCard } from "./error_view.js";
import { createTabs } from "./tabs.js";
import { createTaskProgress } from "./task_progress.js";

/**
 * @typedef {import("/pkg/index.js").Diagnosis} Diagnosis
 * @typedef {import("/pkg/index.js").DiagnosisStep} DiagnosisStep
 * @typedef {typeof import("/pkg/explain.js")} Words
 */

/** @type {Record<import("/pkg/index.js").DiagnosisStepId, string>} */
const TITLES = {
  configuration: "Configuration",
  network: "The host answers",
  origin: "This page may read its answers",
  headers: "The headers are let through",
  models: "It can be opened, and has a model",
  answer: "The model answers",
  stream: "The answer streams",
  hosts: "The other hosts answer",
};

const STEPS = /** @type {import("/pkg/index.js").DiagnosisStepId[]} */ (Object.keys(TITLES));

/** @type {Record<DiagnosisStep["status"], { word: string, symbol: string }>} */
const STATUSES = {
  pending: { word: "Waiting", symbol: "" },
  running: { word: "Checking", symbol: "" },
  passed: { word: "Passed", symbol: "check" },
  warned: { word: "Works, but", symbol: "error" },
  failed: { word: "Failed", symbol: "error" },
  skipped: { word: "Left out", symbol: "" },
};

const WHO = { user: "What you can do", admin: "For your IT administrator", developer: "For the developer of this add-in" };

/**
 * @param {object} options
 * @param {import("/pkg/index.js").Connector} options.connector
 * @param {(error: unknown) => string} options.report
 * @param {import("./connection.js").Connection} options.connection
 * @param {() => void} options.onReturn after a confirmation took the screen
 */
export function createDiagnosticsView({ connector, report, connection, onReturn }) {
  const list = byId("diagnosis-steps");
  const result = byId("diagnosis-result");
  const errors = byId("diagnosis-error");
  const progress = createTaskProgress({
    actions: "diagnosis-actions",
    progress: "diagnosis-progress",
    busy: "diagnosis-busy",
    cancel: "diagnosis-cancel",
  });
  /** @type {import("/pkg/index.js").Settings | undefined} */
  let settings;
  /** @type {Words | undefined} */
  let words;

  const configuration = createConfigurationView(connector);
  const tabs = createTabs("diagnostics-tabs", (panel) => panel === "configuration-panel" && configuration.show());

  /** What the verdicts mean is a file of its own: the pane works without it. */
  async function loadWords() {
    try {
      words ??= await import("/pkg/explain.js");
    } catch {
      // The verdicts' ids have to do.
    }
  }

  /** @param {Diagnosis} diagnosis */
  function show(diagnosis) {
    list.replaceChildren(...diagnosis.steps.map((step) => stepItem(step, diagnosis)));
  }

  /**
   * @param {DiagnosisStep} step
   * @param {Diagnosis} [diagnosis] what a verdict is explained by
   */
  function stepItem(step, diagnosis) {
    const { word, symbol } = STATUSES[step.status];
    const explained = diagnosis && step.verdict && words?.explain(step, diagnosis);
    const mark = element("span", { class: "step-mark", "aria-hidden": "true" }, ...(symbol ? [icon(symbol)] : []));
    const took = step.elapsedMs > 0 ? element("span", { class: "step-time" }, `${step.elapsedMs} ms`) : "";
    const text = element(
      "div",
      { class: "step-text" },
      element("p", { class: "step-title" }, element("span", {}, TITLES[step.id]), element("span", { class: "visually-hidden" }, `: ${word}. `), took),
    );
    if (explained && step.status !== "passed") text.append(...fix(explained));
    else if (explained && step.id !== "configuration") text.append(element("p", { class: "step-message" }, explained.message));
    else if (step.verdict && step.status !== "passed") text.append(element("p", { class: "step-message" }, step.verdict));
    return element("li", { class: `step ${step.status}` }, mark, text);
  }

  /** @param {import("/pkg/explain.js").Explanation} explained */
  function fix({ message, text, audience, lines, where, snippets }) {
    const parts = [element("p", { class: "step-message" }, message)];
    if (text) parts.push(element("p", { class: "step-fix" }, element("strong", {}, `${WHO[audience]}: `), text));
    if (lines.length > 0) {
      const block = lines.join("\n");
      parts.push(element("p", { class: "step-where" }, `Add ${where}:`));
      parts.push(element("pre", { class: "step-lines", dir: "ltr" }, block));
      parts.push(element("div", { class: "actions" }, copyButton("Copy lines", () => `${block}\n`)));
    }
    if (snippets.length > 0) {
      const choices = snippets.map(({ server, text: snippet }) => serverDetails(server, snippet));
      parts.push(element("div", { class: "step-servers" }, element("p", { class: "step-where" }, "On your server:"), ...choices));
    }
    return parts;
  }

  /**
   * Filled when it is opened: what is hidden is nothing to stop at.
   *
   * @param {string} server
   * @param {string} snippet
   */
  function serverDetails(server, snippet) {
    const details = element("details", {}, element("summary", {}, server));
    details.addEventListener(
      "toggle",
      () =>
        details.append(
          element("pre", { class: "step-lines", dir: "ltr" }, snippet),
          element("div", { class: "actions" }, copyButton("Copy", () => `${snippet}\n`)),
        ),
      { once: true },
    );
    return details;
  }

  async function run() {
    if (progress.isRunning) return;
    result.replaceChildren();
    errors.replaceChildren();
    announce("Checking.");
    byId("diagnosis-run").textContent = "Check again";
    // The list is as long as it will be, so that little moves while it fills.
    list.replaceChildren(...STEPS.map((id) => stepItem({ id, status: "pending", verdict: "", elapsedMs: 0 })));
    const { value, error, cancelled } = await progress.run("Checking…", async (signal) => {
      await loadWords();
      return connection.diagnose({ settings, signal, onProgress: show });
    });
    onReturn();
    if (!list.querySelector(".passed, .warned, .failed")) list.replaceChildren();
    if (cancelled) {
      result.replaceChildren(element("p", { class: "note" }, "Stopped."));
      for (const item of list.querySelectorAll(".running")) item.className = "step pending";
    } else if (error) {
      const details = report(error);
      errors.replaceChildren(errorCard(error, { report: () => details }));
    } else if (value) {
      finish(value);
    }
  }

  /** @param {Diagnosis} diagnosis */
  function finish(diagnosis) {
    show(diagnosis);
    const first = ["failed", "warned"].flatMap((wanted) => diagnosis.steps.find(({ status }) => status === wanted) || [])[0];
    const message = first ? words?.explain(first, diagnosis)?.message || first.verdict : "Everything works.";
    result.replaceChildren(element("p", { class: diagnosis.passed ? (first ? "note" : "success") : "note" }, message));
    (list.querySelector(".failed") || list.querySelector(".warned"))?.scrollIntoView({ block: "nearest" });
  }

  /** The hosts with what each is for, and what goes with them in text that is copied as it is. */
  function allowlistParts() {
    const entries = connector.allowlist();
    const rows = (words?.allowlistTable(entries) || "").trimEnd().split("\n");
    const hosts = entries.map(({ address }, at) => ({ address, purpose: rows[at]?.slice(address.length).trim() || "" }));
    const cors = (words?.corsRequirements(entries) || []).map(({ address, lines }) => ({ title: `${address} answers with:`, text: lines.join("\n") }));
    const policy = { title: "In the page’s Content Security Policy:", text: words?.connectSrc(entries) || "" };
    return { rows, hosts, blocks: [policy, ...cors] };
  }

  function showAllowlist() {
    const { hosts, blocks } = allowlistParts();
    const items = hosts.map(({ address, purpose }) =>
      element("div", {}, element("dt", {}, element("code", { dir: "ltr" }, address)), element("dd", {}, purpose)),
    );
    byId("allowlist-text").replaceChildren(
      element("dl", { class: "allowlist-hosts" }, ...items),
      ...blocks.flatMap(({ title, text }) => [element("p", { class: "step-where" }, title), element("pre", { class: "step-lines", dir: "ltr" }, text)]),
    );
  }

  function allowlistText() {
    const { rows, blocks } = allowlistParts();
    return [...rows, ...blocks.flatMap(({ title, text }) => ["", title, text])].join("\n");
  }

  byId("diagnosis-run").addEventListener("click", run);
  byId("diagnosis-copy").replaceWith(
    copyButton("Copy report", () => connector.report({ explain: (step, diagnosis) => words?.sentence(step, diagnosis) || "" }), "button"),
  );
  byId("allowlist-copies").append(
    copyButton("Copy CSV", () => words?.allowlistCsv(connector.allowlist()) || ""),
    copyButton("Copy text", allowlistText),
  );
  const allowlist = /** @type {HTMLDetailsElement} */ (byId("allowlist"));
  allowlist.addEventListener("toggle", async () => {
    if (!allowlist.open) return;
    await loadWords();
    showAllowlist();
  });

  return {
    /**
     * Checks what is typed, or what is connected or configured.
     *
     * @param {import("/pkg/index.js").Settings} [typed]
     */
    open(typed) {
      settings = typed;
      list.replaceChildren();
      allowlist.open = false;
      tabs.show("checks-panel");
      void run();
    },
    /** Whether it checks what is typed in the form. */
    get ofTyped() {
      return Boolean(settings);
    },
    /** Shows what is configured, and asks nobody. */
    openConfiguration() {
      settings = undefined;
      tabs.show("configuration-panel");
    },
    /** The configuration changed. */
    update: configuration.show,
  };
}
