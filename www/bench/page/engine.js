/** Tells which engine a page runs in. */

/**
 * @param {{ userAgent: string }} navigator
 * @returns {{ engine: "chromium" | "firefox" | "webkit" | "unknown", version: string }}
 */
export function engineOf({ userAgent }) {
  // Each names those that it wants to be taken for; the order matters.
  const [, chromium] = /(?:Chrome|HeadlessChrome)\/(\d+)/.exec(userAgent) ?? [];
  if (chromium) return { engine: "chromium", version: `Chromium ${chromium}` };
  const [, firefox] = /Firefox\/(\d+)/.exec(userAgent) ?? [];
  if (firefox) return { engine: "firefox", version: `Firefox ${firefox}` };
  const [, webkit] = /AppleWebKit\/([\d.]+)/.exec(userAgent) ?? [];
  if (webkit) {
    const [, safari] = /Version\/([\d.]+)/.exec(userAgent) ?? [];
    return { engine: "webkit", version: safari ? `WebKit (Safari ${safari})` : `WebKit ${webkit}` };
  }
  return { engine: "unknown", version: "an unknown browser" };
}
