import { defineConfig } from "vite";

// Relative addresses, so that the build can lie in any folder. The modules of
// the package are found without further words.
export default defineConfig({ base: "./", build: { target: "es2022" } });
