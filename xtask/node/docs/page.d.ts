// What the code in the project's pages has around it: a taskpane's own page.

import type { Confirmation, ConnectorState, Model } from "taskpane-connector";

declare global {
  const Office: { onReady(): Promise<unknown> };

  /** Nodes of the page. */
  const answer: HTMLElement;
  const button: HTMLButtonElement;

  /** Values of the page. */
  const clientId: string;
  const tenant: string;
  const authority: string;
  const token: string;
  const model: string;
  const messages: { role: "user"; content: string }[];
  const signal: AbortSignal;
  const response: Response;
  const url: string;
  const body: string;

  function render(state: ConnectorState, models: readonly Model[]): void;
  function userAgreesTo(question: Confirmation): boolean;
  function show(...what: unknown[]): void;
  function copy(text: string): void;
}
