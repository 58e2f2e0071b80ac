/** The demo pane's own version; the package has one of its own. */

export const PANE_VERSION = "0.1.0";
