/** Diagnoses a gateway, and tells what a page could show of it. */
import { explain, sentence } from "/pkg/explain.js";
import { describe, settled } from "./describe.js";
import { open } from "./talk.js";

/** A diagnosis of what is typed, or of what is connected when `connect` says so. */
export async function diagnose({ open: options, settings, connect }) {
  const connector = await open(options);
  if (connect) await connector.connect(settings);
  const progress = [];
  const onProgress = ({ steps }) => progress.push(steps.map(({ status }) => status).join(" "));
  const { value, error } = await settled(connector.diagnose({ settings: connect ? undefined : settings, onProgress }));
  if (!value) return { error };
  const { failure, ...diagnosis } = value;
  const explained = value.steps.map((step) => explain(step, value) ?? null);
  return {
    diagnosis,
    failure: failure && describe(failure),
    explained,
    report: connector.report({ explain: sentence }),
    progress,
    state: connector.state,
    allowlist: connector.allowlist(),
  };
}

/** Stops a diagnosis while a step runs. */
export async function stopDiagnosis({ open: options, settings, at }) {
  const connector = await open(options);
  const controller = new AbortController();
  const onProgress = ({ steps }) => steps.some(({ id, status }) => id === at && status === "running") && controller.abort("enough");
  const began = performance.now();
  const { reason } = await connector.diagnose({ settings, signal: controller.signal, onProgress }).then(
    () => ({}),
    (thrown) => ({ reason: thrown }),
  );
  return { reason, ms: Math.round(performance.now() - began) };
}

/** What this page's policy has refused is what the case is about. */
export const forgetViolations = () => void window.watched.violations.splice(0);
