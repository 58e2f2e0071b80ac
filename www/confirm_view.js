/** Asks whether to connect to a host that only the page's address names. */

import { byId } from "./element.js";

/**
 * @param {ReturnType<typeof import("./views.js").createViews>} views
 * @param {import("/pkg/index.js").Connector} connector
 */
export function createConfirmView(views, connector) {
  /** @type {((agreed: boolean) => void) | undefined} */
  let settle;

  /** @param {boolean} agreed */
  function answer(agreed) {
    settle?.(agreed);
    settle = undefined;
  }
  byId("confirm-accept").addEventListener("click", () => answer(true));
  byId("confirm-decline").addEventListener("click", () => answer(false));
  byId("confirm-view").addEventListener("keydown", (event) => {
    if (event.key === "Escape") answer(false);
  });

  /**
   * The focus goes to the question and not to a button, so that a key pressed
   * for something else agrees to nothing.
   *
   * @param {import("/pkg/index.js").Confirmation} confirmation
   * @returns {Promise<boolean>}
   */
  return function confirmHost({ host, origin }) {
    answer(false);
    const shown = byId("confirm-host");
    shown.textContent = origin.startsWith("https:") ? host : origin;
    const withToken = connector.configuration.values.gateway_token?.layer === "manifest";
    byId("confirm-text").textContent = `Your messages would go there${withToken ? ", with the token from the link" : ""}. Go on only if your organisation told you to use this host.`;
    views.show("confirm", byId("confirm-heading"));
    return new Promise((resolve) => {
      settle = resolve;
    });
  };
}
