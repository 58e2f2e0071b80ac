// What the benchmark compares with, as one script for browsers and Node: `cargo xtask bench` bundles it.
export { createParser } from "eventsource-parser";
export { Stream } from "@anthropic-ai/sdk/streaming";
export { MessageStream } from "@anthropic-ai/sdk/lib/MessageStream";
export { EventStreamCodec } from "@smithy/eventstream-codec";
export { fromUtf8, toUtf8 } from "@smithy/core/serde";

import manifest from "./package.json" with { type: "json" };

// Pinned exactly, so these are the versions that are there.
export const versions = manifest.devDependencies;
