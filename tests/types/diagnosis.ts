// What a page does with a diagnosis. Compiled, never run.

import type { Connector, Diagnosis, DiagnosisStep } from "taskpane-connector";
import { allowlistCsv, connectSrc, corsRequirements, explain, sentence } from "taskpane-connector/explain";

declare const connector: Connector;

const controller = new AbortController();
declare const diagnosis: Diagnosis;
export const running: Promise<Diagnosis> = connector.diagnose({
  settings: { gateway_url: "https://gw.example.com" },
  signal: controller.signal,
  onProgress: ({ steps }) => steps.map(({ status }) => status),
});

/** Every status has its colour. */
const colours: Record<DiagnosisStep["status"], string> = {
  pending: "grey",
  running: "blue",
  passed: "green",
  warned: "orange",
  failed: "red",
  skipped: "grey",
};
export const shown = diagnosis.steps.map((step) => [colours[step.status], explain(step, diagnosis)?.message]);
export const kept: boolean = diagnosis.failure?.retryable ?? diagnosis.passed;

export const report: string = connector.report({ explain: sentence });
export const plain: string = connector.report();

const entries = connector.allowlist();
export const texts: string[] = [allowlistCsv(entries), connectSrc(entries), ...corsRequirements(entries).flatMap(({ lines }) => lines)];

// @ts-expect-error: no verdict has this word.
diagnosis.steps[0]!.verdict = "fine";
