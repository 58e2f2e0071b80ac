/** What few sessions need of the package's scripts; it comes with its own module. */
export { diagnose } from "./diagnose.js";
export { NestedAppAuth } from "./nested_app_auth.js";
export { StandardSignIn } from "./standard_sign_in.js";
