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

  function atEnd() {
    return list.scrollHeight - list.clientHeight - list.scrollTop <= NEAR_END_PX;
  }

  /** @param {boolean} follow */
  function setFollowing(follow) {
    following = follow;
    jump.hidden = follow;
  }

  list.addEventListener(
    "scroll",
    () => {
      const top = list.scrollTop;
      // Only a movement upwards is a wish to leave; content that grows moves nothing.
      if (atEnd()) setFollowing(true);
      else if (top < lastTop) setFollowing(false);
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
    if (following) toEnd();
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
