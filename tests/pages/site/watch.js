/**
 * Notes what a page must not do: print, throw where nobody catches it, or try
 * what its policy forbids. Notes what it copies, too, which no page may read back.
 */
(() => {
  const watched = { console: [], errors: [], violations: [], copied: [] };
  const inWords = (value) => {
    if (value instanceof Error) return `${value} ${value.stack} ${JSON.stringify(value)}`;
    if (typeof value === "string") return value;
    try {
      return JSON.stringify(value) ?? String(value);
    } catch {
      return String(value);
    }
  };
  for (const level of ["debug", "log", "info", "warn", "error", "trace", "dir", "table"]) {
    const print = console[level];
    console[level] = (...values) => {
      watched.console.push(`${level}: ${values.map(inWords).join(" ")}`);
      print.apply(console, values);
    };
  }
  addEventListener("error", ({ message, error }) => watched.errors.push(`${message} ${inWords(error)}`));
  addEventListener("unhandledrejection", ({ reason }) => watched.errors.push(`unhandled rejection: ${inWords(reason)}`));
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile, lineNumber }) =>
    watched.violations.push(`${violatedDirective} ${blockedURI} (${sourceFile}:${lineNumber})`),
  );
  const write = globalThis.Clipboard?.prototype.writeText;
  if (write) {
    Clipboard.prototype.writeText = function (text) {
      watched.copied.push(text);
      return write.call(this, text);
    };
  }
  document.addEventListener("copy", () => watched.copied.push(document.activeElement?.value ?? String(getSelection())));
  globalThis.watched = watched;
})();
