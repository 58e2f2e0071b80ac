/** What few sessions need of the package's scripts; it comes with its own module. */
export { Bootstrap, allowed, keptProblems, offered, permit, reviewed, skillsOf } from "./bootstrap.js";
export { SignIn } from "./connector_sign_in.js";
export { diagnose } from "./diagnose.js";
export { NestedAppAuth } from "./nested_app_auth.js";
export { PageTokens } from "./page_tokens.js";
export { StandardSignIn } from "./standard_sign_in.js";
// Why: see start.js.
export { isConnectorError } from "./start.js";
