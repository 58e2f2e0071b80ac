/** Follows the host's theme, else the system's, unless a theme is chosen. */

import { byId } from "./element.js";

/** @typedef {"auto" | "light" | "dark"} Choice */

const KEY = "taskpane-demo:theme";

/**
 * @param {URLSearchParams} parameters `?theme=dark` stands in for the host's theme, where no Office tells it.
 */
export function createTheme(parameters) {
  const link = /** @type {HTMLLinkElement} */ (byId("dark-theme"));
  /** @type {boolean | undefined} */
  let hostIsDark = { dark: true, light: false }[parameters.get("theme") || ""];
  let choice = recall();

  function apply() {
    const dark = choice === "auto" ? hostIsDark : choice === "dark";
    if (dark === undefined) link.media = "(prefers-color-scheme: dark)";
    else link.media = dark ? "all" : "not all";
  }
  apply();

  return {
    get choice() {
      return choice;
    },
    /** Whether a host says which theme to use. */
    get followsHost() {
      return hostIsDark !== undefined;
    },
    /** @param {Choice} chosen */
    choose(chosen) {
      choice = chosen;
      try {
        localStorage.setItem(KEY, chosen);
      } catch {
        // Storage may be blocked in a frame; the choice then lasts as long as the pane.
      }
      apply();
    },
    /** @param {import("./host.js").Host} host */
    follow(host) {
      document.documentElement.dataset.host = host.name;
      const context = host.context;
      if (!context) return;
      const read = () => {
        const theme = context.officeTheme;
        if (!theme) return;
        hostIsDark = typeof theme.isDarkTheme === "boolean" ? theme.isDarkTheme : isDark(theme.bodyBackgroundColor);
        apply();
      };
      read();
      // Outlook tells changes through the mailbox, the others through the document.
      const source = context.mailbox || context.document;
      const event = /** @type {any} */ (window).Office?.EventType?.OfficeThemeChanged;
      if (event && typeof source?.addHandlerAsync === "function") source.addHandlerAsync(event, read);
    },
  };
}

/** @returns {Choice} */
function recall() {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept === "light" || kept === "dark") return kept;
  } catch {
    // As above.
  }
  return "auto";
}

/**
 * @param {unknown} colour `#rrggbb`, as Office gives it
 * @returns {boolean | undefined}
 */
function isDark(colour) {
  const digits = /^#?([0-9a-f]{6})$/i.exec(String(colour))?.[1];
  if (!digits) return undefined;
  const value = Number.parseInt(digits, 16);
  const luma = 0.299 * (value >> 16) + 0.587 * ((value >> 8) & 255) + 0.114 * (value & 255);
  return luma < 128;
}
