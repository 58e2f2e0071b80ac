/**
 * The verdicts of `connector.diagnose()` in words, with the exact lines that
 * mend them and how the usual servers are told. A file of its own, to load when
 * a diagnosis is shown:
 *
 * ```js
 * const { explain, sentence } = await import("taskpane-connector/explain");
 * for (const step of diagnosis.steps) show(step.status, explain(step, diagnosis)?.message);
 * copy(connector.report({ explain: sentence }));
 * ```
 */
import type { AllowlistEntry, Diagnosis, DiagnosisStep } from "./index.js";

// Explanations

/** A verdict in words. */
export interface Explanation {
  /** A sentence: what is so, or what is wrong. */
  message: string;
  /** What to do about it, and what a browser can't tell apart. Empty where nothing is wrong. */
  text: string;
  /** Who can mend it. */
  audience: "user" | "admin" | "developer";
  /** What to add, line by line, to the letter. */
  lines: string[];
  /** Where the lines go. */
  where: string;
  /** The same for servers that gateways run on. */
  snippets: { server: string; text: string }[];
}

/** A step's verdict in English; undefined for a step without one. */
export function explain(step: DiagnosisStep, diagnosis: Diagnosis): Explanation | undefined;

/** A step for {@link Connector.report}: its message, and the lines to add. */
export function sentence(step: DiagnosisStep, diagnosis: Diagnosis): string;

/** The hosts of {@link Connector.allowlist} as columns of text. */
export function allowlistTable(entries: readonly AllowlistEntry[]): string;

/** The same as comma-separated values (RFC 4180), with a line of names. */
export function allowlistCsv(entries: readonly AllowlistEntry[]): string;

/** The directive `connect-src` for the Content Security Policy of the taskpane's pages. */
export function connectSrc(entries: readonly AllowlistEntry[]): string;

/** What each host that the organisation runs has to answer so that the page may read it. */
export function corsRequirements(entries: readonly AllowlistEntry[]): { address: string; lines: string[] }[];
