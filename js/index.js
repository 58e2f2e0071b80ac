/** The package's public names; see index.d.ts. */
export { signAwsRequest } from "./aws_request.js";
export { Connector } from "./connector.js";
export { MessageDecoder, SseDecoder } from "./decoders.js";
export { EventStreamDecoder } from "./event_stream.js";
export { isConnectorError } from "./error.js";
export { init as default, initSync } from "./loader.js";
export { NestedAppAuth, StandardSignIn, claimsFromChallenge } from "./sign_in.js";

/** Set by the build from Cargo.toml. */
export const version = __VERSION__;
