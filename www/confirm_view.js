/** Asks whether to connect to a host that only the page's address names. */

import { byId, element } from "./element.js";

/** @type {Record<string, string>} */
const NAMES = {
  gateway_token: "Token",
  inference_headers: "Further headers",
  google_client_id: "Google client",
  google_client_secret: "Google client’s secret",
  gcp_project_id: "Google Cloud project",
  aws_role_arn: "AWS role",
  azure_resource_name: "Azure resource",
  azure_api_key: "Azure key",
};

/** The keys that say who answers. */
const NAMING = ["bootstrap_url", "gateway_url", "google_client_id", "aws_role_arn", "azure_resource_name"];

/**
 * @param {ReturnType<typeof import("./views.js").createViews>} views
 */
export function createConfirmView(views) {
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
  return function confirmHost({ host, origin, address, changed }) {
    answer(false);
    const shown = byId("confirm-host");
    shown.textContent = origin.startsWith("https:") ? host : origin;
    const known = !NAMING.some((key) => key in changed);
    byId("confirm-heading").textContent = known ? "Connect with what the link brings?" : "Connect to this host?";
    byId("confirm-lead").textContent = known
      ? "You have connected to this host before. The link that opened this page changes what is sent there:"
      : "The link that opened this page asks to connect to:";
    const rows = Object.entries(changed).filter(([key]) => key in NAMES).map(([key, value]) => [NAMES[key], value]);
    if (address !== origin) rows.unshift(["Address", address]);
    byId("confirm-details").replaceChildren(
      ...rows.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", { dir: "ltr" }, value || "none"))),
    );
    const brought = changed.gateway_token || changed.azure_api_key ? ", with the token from the link" : "";
    const goes = changed.bootstrap_url ? "Your settings would come from there, and it may learn who you are" : `Your messages would go there${brought}`;
    byId("confirm-text").textContent = `${goes}. Go on only if your organisation told you to use this ${known ? "link" : "host"}.`;
    views.show("confirm", byId("confirm-heading"));
    return new Promise((resolve) => {
      settle = resolve;
    });
  };
}
