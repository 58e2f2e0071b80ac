/**
 * AES-GCM over text: the base64 of a vector that is drawn anew each time, 96
 * bits as NIST SP 800-38D recommends, and the ciphertext with its tag.
 */
const IV_BYTES = 12;

export async function seal(key, associated, text) {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const sealed = await crypto.subtle.encrypt(parameters(iv, associated), key, bytesOf(text));
  let binary = "";
  for (const bytes of [iv, new Uint8Array(sealed)]) for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Throws when it was sealed with another key, or with other associated data, or was altered. */
export async function unseal(key, associated, sealed) {
  const bytes = Uint8Array.from(atob(sealed), (character) => character.charCodeAt(0));
  const iv = bytes.subarray(0, IV_BYTES);
  const text = await crypto.subtle.decrypt(parameters(iv, associated), key, bytes.subarray(IV_BYTES));
  return new TextDecoder().decode(text);
}

const parameters = (iv, associated) => ({ name: "AES-GCM", iv, additionalData: bytesOf(associated) });
const bytesOf = (text) => new TextEncoder().encode(text);
