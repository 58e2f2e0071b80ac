/** Reads a gateway's address as people type it, with or without its scheme. */

/**
 * @param {string} address
 * @returns {URL | undefined}
 */
function parse(address) {
  const text = address.trim();
  try {
    return new URL(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  } catch {
    return undefined;
  }
}

/**
 * @param {string} address
 * @returns {string | undefined}
 */
export function hostOf(address) {
  return parse(address)?.host || undefined;
}

/**
 * The address without what may hold a password or a key: an address that was
 * refused can have a user name or a query.
 *
 * @param {string} address
 * @returns {string}
 */
export function plainAddress(address) {
  const url = parse(address);
  return url ? `${url.protocol}//${url.host}${url.pathname}` : "(not an address)";
}
