/** Loads office.js where an Office application has opened the page, and nowhere else. */

/** Where Microsoft says that pages load it from. */
const CDN = "https://appsforoffice.microsoft.com/lib/1/hosted/office.js";

/** A CDN that doesn't answer must not keep the pane from starting. */
const LOADED_MS = 4_000;

/**
 * Whether an Office application may have opened this page: it writes itself into the address, and frames
 * its panes on the web alone. What else frames this page, the demo's host page for example, is no Office.
 *
 * @param {string} platform As in `_host_Info`: `Win32`, `Mac`, `Web`; empty where the address has none.
 */
function isOpenedByOffice(platform) {
  return platform !== "" && (window.parent === window || platform.toLowerCase() === "web");
}

/**
 * Waits for office.js, but not for long. Without it the page goes on as in a browser.
 *
 * @param {string} platform As in `_host_Info`.
 * @param {import("./organisation.js").Organisation | undefined} organisation The demo's, whose policy lets it load where it says so.
 * @returns {Promise<void>}
 */
export async function loadOfficeScript(platform, organisation) {
  const address = organisation ? organisation.officeJs : CDN;
  if (!address || "Office" in window || !isOpenedByOffice(platform)) return;
  await new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => {
      // An application that hears nothing calls its add-in broken, however late the script came.
      /** @type {any} */ (window).Office?.onReady?.();
      resolve(undefined);
    };
    script.onerror = resolve;
    setTimeout(resolve, LOADED_MS);
    document.head.append(script);
  });
}
