/**
 * The package in one script, with both modules in it: as `taskpane-connector`,
 * but that nothing has to lie beside it, and nothing else is downloaded.
 */

import type { ModuleSource, SecondModule } from "./index.js";

export * from "./index.js";

// Standalone

/** Starts the modules that are in the script, or others. */
export default function init(source?: ModuleSource, options?: SecondModule): Promise<void>;

/** The same without waiting. Browsers refuse large modules on the main thread. */
export function initSync(source?: BufferSource | WebAssembly.Module, options?: SecondModule): void;
