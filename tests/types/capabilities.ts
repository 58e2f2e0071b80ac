// What a page does with what a provider can do, and with verdicts. Compiled, never run.

import type { Capabilities, Connector, Model, OpenOptions } from "taskpane-connector";

/** Every verdict has its word. */
const verdicts: Record<Model["verdict"], string> = {
  usable: "",
  "no-quota": "quota used up",
  unknown: "not tried",
  "no-access": "not for you",
  "not-routed": "not there",
};
export const labels = (models: readonly Model[]): string[] =>
  models.map(({ displayName, verdict, unsupported, retiresAt }) =>
    [displayName, verdicts[verdict], unsupported ?? "", retiresAt === undefined ? "" : new Date(retiresAt).toISOString()].join(" "),
  );

/** A tool is offered where it may run. */
export const tools = ({ webSearch, codeExecution }: Capabilities) =>
  [webSearch, codeExecution].filter((support) => support !== "unavailable").length;

export function notices(connector: Connector): string[] {
  const gateway = connector.capabilitiesOf("gateway", "vertex");
  // @ts-expect-error: there is no such provider.
  connector.capabilitiesOf("azure");
  return [gateway, connector.capabilities].flatMap((row) => (row?.notices ?? []).map(({ text }) => text));
}

export const options: OpenOptions[] = [
  { app: { name: "outlook", version: "1.4.2" }, parameters: { anthropic_version: "2026-10-21" } },
  // @ts-expect-error: an application has a name.
  { app: "outlook" },
];
