/** What the Office host says of itself, where there is one. */

/** Microsoft's pages that frame a task pane on the web. Not every host of theirs: customers publish on some. */
const OFFICE_ON_THE_WEB =
  /^https:\/\/(([a-z0-9-]+\.)*officeapps(-df)?\.live\.com|([a-z0-9-]+\.)*cloud\.microsoft|outlook\.(office|office365|live)\.com|([a-z0-9-]+\.)*officewebapps\.cn|outlook\.office365\.us|partner\.outlook\.cn)$/;

/** Separates what several hosts keep on one origin; undefined where the host has no such notion. */
export function partitionKey() {
  const key = globalThis.Office?.context?.partitionKey;
  return typeof key === "string" ? key : undefined;
}

/** Application, platform and version, as office.js has them or as `_host_Info` begins with them. */
export function hostName(hostInfo = "") {
  const { host, platform, version } = globalThis.Office?.context?.diagnostics ?? {};
  return (host ? [host, platform, version] : hostInfo.split(/[$|]/, 3)).join(" ");
}

/** Whether the page belongs to Outlook: by what it says itself, else by what Office says. */
export function isOutlook(app) {
  return /^outlook$/i.test(app?.name ?? globalThis.Office?.context?.host);
}

/**
 * Whether a real Office host, and not just any link, opened this page.
 *
 * `Office.context.host` alone proves nothing: office.js derives it from the
 * page's address. So there must also be what office.js talks to, which a native
 * host puts there and no address can; or a frame whose parent is Microsoft's
 * or one of `hostOrigins`, which page code names.
 */
export function isOfficeHost(hostOrigins = []) {
  const parent = framedBy();
  if (parent && hostOrigins.includes(parent)) return true;
  if (!globalThis.Office?.context?.host) return false;
  if (parent) return OFFICE_ON_THE_WEB.test(parent);
  return globalThis.parent === globalThis && hasNativeHost();
}

/**
 * What office.js calls: on Windows `window.external.GetContext`, on macOS and
 * iOS the message handler `Agave`, on Android the object `agaveHost`. Browsers
 * and other programs' web views have none of them.
 */
function hasNativeHost() {
  const { external, webkit, agaveHost } = globalThis;
  return Boolean(external?.GetContext ?? webkit?.messageHandlers?.Agave ?? agaveHost?.postMessage);
}

/** The origin of the page that frames this one; undefined when none does or the engine doesn't tell. */
function framedBy() {
  if (globalThis.parent === globalThis || !globalThis.location) return undefined;
  const ancestors = globalThis.location.ancestorOrigins;
  if (ancestors?.length) return ancestors[0];
  try {
    return new URL(globalThis.document.referrer).origin;
  } catch {
    return undefined;
  }
}

/** Whether Office says that it has nested app authentication; undefined without Office. Some versions say so and have none. */
export function claimsNestedAppAuth() {
  try {
    return globalThis.Office?.context?.requirements?.isSetSupported("NestedAppAuth", "1.1");
  } catch {
    return undefined;
  }
}
