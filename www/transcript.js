/**
 * The list of messages, which follows the newest text until the reader scrolls
 * away from it.
 */

import { byId, element } from "./element.js";

/** Within this distance of the end the reader is taken to read the end. */
const NEAR_END_PX = 40;

export function createTranscript() {
  const list = byId("transcript");
  const welcome = byId("welcome");
  const jump = /** @type {HTMLButtonElement} */ (byId("jump"));
  let following = true;
  let lastTop = 0;

  function belowPx() {
    return list.scrollHeight - list.clientHeight - list.scrollTop;
  }

  /** @param {boolean} follow */
  function setFollowing(follow) {
    following = follow;
    jump.hidden = follow || belowPx() <= NEAR_END_PX;
  }

  list.addEventListener(
    "scroll",
    () => {
      const top = list.scrollTop;
      const below = belowPx();
      // A movement upwards is a wish to leave, be it as small as a touchpad's. Content that
      // shrinks moves the text as well, but leaves it at its end.
      if (top < lastTop && below > 1) setFollowing(false);
      else if (top > lastTop && below <= NEAR_END_PX) setFollowing(true);
      else if (!following) setFollowing(below <= 1);
      lastTop = top;
    },
    { passive: true },
  );

  jump.addEventListener("click", () => {
    setFollowing(true);
    toEnd();
    // The button disappears, and the focus with it.
    byId("message").focus();
  });

  function toEnd() {
    list.scrollTop = list.scrollHeight;
    lastTop = list.scrollTop;
  }

  function grown() {
    // A greeting is read from its beginning.
    if (!welcome.hidden) return;
    if (following) toEnd();
    else setFollowing(false);
  }

  // A composer that grows or a pane that narrows must not hide the end.
  new ResizeObserver(grown).observe(list);

  return {
    grown,

    /** @param {HTMLElement} turn */
    add(turn) {
      welcome.hidden = true;
      list.append(turn);
      grown();
    },

    /** @param {string} text */
    addUserText(text) {
      const bubble = element("div", { class: "bubble", dir: "auto" }, text);
      this.add(element("article", { class: "turn user" }, element("h2", { class: "visually-hidden" }, "You"), bubble));
    },

    /**
     * Shows what the reader should see from its beginning, although it may be taller than the
     * pane.
     *
     * @param {HTMLElement} node the last of what the list holds
     */
    showFromTop(node) {
      if (!following || node.offsetHeight <= list.clientHeight) return;
      list.scrollTop += node.getBoundingClientRect().top - list.getBoundingClientRect().top;
      lastTop = list.scrollTop;
      setFollowing(false);
    },

    /** Follows again, as the reader expects after sending. */
    follow() {
      setFollowing(true);
      toEnd();
    },

    clear() {
      list.replaceChildren(welcome);
      welcome.hidden = false;
      setFollowing(true);
    },
  };
}
