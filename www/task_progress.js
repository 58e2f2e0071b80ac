/**
 * Runs one thing at a time that can be cancelled: its buttons give way to a
 * word on what happens and a Cancel button, in the same place.
 */

import { byId } from "./element.js";

/**
 * @param {{ actions: string, progress: string, busy: string, cancel: string }} ids of the elements
 */
export function createTaskProgress(ids) {
  const actions = byId(ids.actions);
  const progress = byId(ids.progress);
  const busy = byId(ids.busy);
  const cancel = byId(ids.cancel);
  /** @type {AbortController | undefined} */
  let controller;
  cancel.addEventListener("click", () => controller?.abort());

  return {
    get isRunning() {
      return Boolean(controller);
    },
    /**
     * @template T
     * @param {string} words
     * @param {(signal: AbortSignal) => Promise<T>} task
     * @returns {Promise<{ value?: T, error?: unknown, cancelled: boolean }>}
     */
    async run(words, task) {
      controller?.abort();
      const mine = new AbortController();
      controller = mine;
      const focused = /** @type {HTMLElement | null} */ (document.activeElement);
      busy.textContent = words;
      actions.hidden = true;
      progress.hidden = false;
      if (focused && actions.contains(focused)) cancel.focus();
      try {
        return { value: await task(mine.signal), cancelled: false };
      } catch (error) {
        return { error, cancelled: mine.signal.aborted };
      } finally {
        if (controller === mine) {
          controller = undefined;
          const hadFocus = progress.contains(document.activeElement);
          actions.hidden = false;
          progress.hidden = true;
          if (hadFocus && focused) focused.focus();
        }
      }
    },
  };
}
