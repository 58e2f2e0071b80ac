// connector.fetch goes wherever a fetch is wanted. Compiled, never run.

import type { Anthropic } from "@anthropic-ai/sdk";
import type { Anthropic as Before } from "@anthropic-ai/sdk-0";
import type { Connector } from "taskpane-connector";

declare const connector: Connector;

({ fetch: connector.fetch }) satisfies ConstructorParameters<typeof Anthropic>[0];
({ fetch: connector.fetch }) satisfies ConstructorParameters<typeof Before>[0];
// What other clients ask for; the AI SDK's declarations need those of Node.
connector.fetch satisfies typeof fetch;

void connector.fetch(new Request("https://api.anthropic.com/v1/messages"));
void connector.fetch(new URL("https://api.anthropic.com/v1/models"), { signal: AbortSignal.timeout(1000) });

// @ts-expect-error: it belongs to the connector
connector.fetch = fetch;
// @ts-expect-error: an address is needed
void connector.fetch();
