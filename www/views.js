/** Shows one view at a time and keeps the focus where the person expects it. */

import { byId } from "./element.js";

/** @typedef {"start" | "connect" | "sign-in" | "confirm" | "chat" | "settings" | "diagnostics"} ViewName */

const NAMES = /** @type {ViewName[]} */ (["start", "connect", "sign-in", "confirm", "chat", "settings", "diagnostics"]);

export function createViews() {
  /** @type {ViewName} */
  let current = "start";

  return {
    get current() {
      return current;
    },
    /**
     * Focus moves into the new view, for without that it falls back to the
     * page's beginning. A page that has no focus takes none: the person is
     * working in the document beside it.
     *
     * @param {ViewName} name
     * @param {HTMLElement} [focus] Default: the view's heading.
     */
    show(name, focus) {
      const changed = name !== current;
      current = name;
      for (const each of NAMES) byId(`${each}-view`).hidden = each !== name;
      if ((changed || focus) && document.hasFocus()) (focus || byId(`${name}-heading`)).focus();
    },
  };
}
