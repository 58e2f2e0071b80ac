/** Tabs: one panel at a time, arrow keys between them (WAI-ARIA Authoring Practices, "Tabs"). */

import { byId } from "./element.js";

/**
 * @param {string} list the tablist’s id; each tab names its panel by `aria-controls`
 * @param {(panel: string) => void} onSelect
 */
export function createTabs(list, onSelect) {
  const tabs = /** @type {HTMLElement[]} */ ([...byId(list).querySelectorAll('[role="tab"]')]);
  /** @param {HTMLElement} tab */
  const panelOf = (tab) => tab.getAttribute("aria-controls") || "";

  /** @param {HTMLElement} chosen */
  function select(chosen) {
    for (const tab of tabs) {
      const is = tab === chosen;
      tab.setAttribute("aria-selected", String(is));
      tab.tabIndex = is ? 0 : -1;
      byId(panelOf(tab)).hidden = !is;
    }
    onSelect(panelOf(chosen));
  }

  /** @type {Record<string, (at: number) => number>} */
  const MOVES = {
    ArrowRight: (at) => at + 1,
    ArrowLeft: (at) => at - 1,
    Home: () => 0,
    End: () => tabs.length - 1,
  };

  for (const tab of tabs) tab.addEventListener("click", () => select(tab));
  byId(list).addEventListener("keydown", (event) => {
    const at = tabs.indexOf(/** @type {HTMLElement} */ (event.target));
    const move = MOVES[event.key];
    if (!move || at < 0) return;
    event.preventDefault();
    const next = tabs[(move(at) + tabs.length) % tabs.length];
    if (!next) return;
    select(next);
    next.focus();
  });

  return {
    /** @param {string} panel its id */
    show(panel) {
      const tab = tabs.find((each) => panelOf(each) === panel);
      if (tab) select(tab);
    },
  };
}
