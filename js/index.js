/** The package's public names; see index.d.ts. */
export * from "./start.js";
export { default } from "./start.js";

/** Set by the build from Cargo.toml. */
export const version = __VERSION__;
