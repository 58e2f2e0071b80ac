// What a page does with the connector's own types. Compiled, never run.

import type { Confirmation, ConnectorError, StorageStatus } from "taskpane-connector";

declare const asked: Confirmation;

/** Every value that a question can name has its word. */
const words: Record<keyof Confirmation["changed"], string> = {
  gateway_url: "Address",
  gateway_token: "Token",
  inference_headers: "Headers",
};
export const lines: string[] = [asked.host, asked.address, ...Object.values(asked.changed)];
export const known: boolean = asked.changed.gateway_url === undefined;

// @ts-expect-error: nothing else is asked about.
asked.changed.auto_connect;

/** The hint of an attempt that has to ask first gives the same. */
export function question(error: ConnectorError): Confirmation | undefined {
  if (error.hint?.id !== "confirm-host") return undefined;
  const { host = "", origin = "", address = "", ...changed } = error.hint.params;
  return { host, origin, address, changed };
}

/** Every reason can be told. */
export const reasons: Record<NonNullable<StorageStatus["reason"]>, string> = {
  blocked: words.gateway_url,
  quota: "full",
  absent: "none",
  asynchronous: "its methods return promises",
  locked: "its key has not come",
};

/** And why what is kept lies in the clear. */
export const unprotected: Record<NonNullable<StorageStatus["protectionReason"]>, string> = {
  "insecure-context": "no https",
  "crypto-absent": "no WebCrypto",
  "crypto-failed": "WebCrypto fails",
  "indexeddb-absent": "no IndexedDB",
  "indexeddb-blocked": "IndexedDB refuses",
  "custom-storage": "the page's own",
};
export const isSealed = ({ protection }: StorageStatus): boolean => protection === "encrypted";
