/** Finds out which Office application this page runs in, if any. */

import { loadOfficeScript } from "./office_script.js";

/** Office answers within moments or, with a broken script, never. */
const OFFICE_READY_MS = 10_000;

const NAMES = ["excel", "word", "powerpoint", "outlook"];

/**
 * @typedef {object} Host
 * @property {"excel" | "word" | "powerpoint" | "outlook" | "browser"} name
 * @property {string} description For reports: application and platform.
 * @property {any} context `Office.context`, where office.js is on the page.
 */

/**
 * Waits for office.js where Office opened the page; otherwise reads what the
 * host wrote into the page's address.
 *
 * @param {URLSearchParams} parameters
 * @param {import("./organisation.js").Organisation} [organisation]
 * @returns {Promise<Host>}
 */
export async function findHost(parameters, organisation) {
  // `_host_Info=Excel$Win32$16.01$en-US$…` or the same with `|`.
  const [application = "", platform = ""] = (parameters.get("_host_Info") || "").split(/[$|]/);
  await loadOfficeScript(platform, organisation);
  const office = /** @type {any} */ (window).Office;
  if (office && typeof office.onReady === "function") {
    const ready = await Promise.race([
      Promise.resolve(office.onReady()).catch(() => undefined),
      new Promise((resolve) => setTimeout(resolve, OFFICE_READY_MS)),
    ]);
    if (ready && ready.host) {
      return {
        name: hostName(ready.host),
        description: `${ready.host} on ${ready.platform}`,
        context: office.context,
      };
    }
  }
  if (NAMES.includes(application.toLowerCase())) {
    const description = `${application} on ${platform}`.replace(/[^\w .-]/g, "");
    return { name: hostName(application), description, context: undefined };
  }
  return { name: "browser", description: "no Office application", context: undefined };
}

/**
 * @param {string} application
 * @returns {Host["name"]}
 */
function hostName(application) {
  const name = application.toLowerCase();
  return /** @type {Host["name"]} */ (NAMES.includes(name) ? name : "browser");
}
