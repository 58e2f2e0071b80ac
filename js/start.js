/**
 * What every page loads, apart from the version. Scripts that are loaded on
 * demand import it as well: a bundler with code splitting cuts what is shared
 * by who reaches it, so all of this stays one script for all of them.
 */
export { signAwsRequest } from "./aws_request.js";
export { Connector } from "./connector.js";
export { isConnectorError } from "./error.js";
export { EventStreamDecoder } from "./event_stream_decoder.js";
export { init as default, initSync } from "./loader.js";
export { MessageDecoder } from "./message_decoder.js";
export { NestedAppAuth, StandardSignIn, claimsFromChallenge } from "./sign_in.js";
export { SseDecoder } from "./sse_decoder.js";
