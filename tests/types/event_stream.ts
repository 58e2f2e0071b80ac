// The frames' types as a page uses them. Compiled, never run.

import { EventStreamDecoder, MessageDecoder, type EventStreamHeaderValue, type EventStreamMessage } from "taskpane-connector";

declare const chunk: Uint8Array;

using decoder = new EventStreamDecoder({ maxMessageBytes: 1 << 20, maxHeaderBytes: 1 << 10 });
const messages: EventStreamMessage[] = decoder.push(chunk);
decoder.finish() satisfies EventStreamMessage[];

/** Every type of a value leads to the type of the value, and there is no other. */
function show(header: EventStreamHeaderValue): string {
  switch (header.type) {
    case "boolean":
      return String(header.value satisfies boolean);
    case "byte":
    case "short":
    case "integer":
      return header.value.toFixed();
    case "long":
      return (header.value satisfies bigint).toString();
    case "binary":
      return String(header.value.length);
    case "string":
    case "uuid":
      return header.value;
    case "timestamp":
      return header.value.toISOString();
    default:
      return header satisfies never;
  }
}

for (const { headers, payload } of messages) {
  const kind = headers[":event-type"];
  if (kind) show(kind);
  payload satisfies Uint8Array;
}

const { invocationMetrics } = new MessageDecoder("application/vnd.amazon.eventstream", { maxHeaderBytes: 1024 }).metrics;
invocationMetrics?.outputTokenCount satisfies number | undefined;

// @ts-expect-error: the limit is a number
new EventStreamDecoder({ maxMessageBytes: "16 MiB" });
// @ts-expect-error: so is that of the headers
new MessageDecoder("application/vnd.amazon.eventstream", { maxHeaderBytes: "128 KiB" });
// @ts-expect-error: a chunk is bytes
decoder.push("bytes");
