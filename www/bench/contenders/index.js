/** Everything that is measured. */

import { baselineContenders } from "./baseline.js";
import { limitContenders } from "./limits.js";
import { ourContenders } from "./ours.js";
import { peerContenders } from "./peers.js";

/** @typedef {import("../chunks.js").Input} Input */

/**
 * Decodes an input whole and hands over what comes out; at level 3 it returns the message.
 *
 * @typedef {(input: Input, take: (first: any, second?: any) => void) => any} Run
 */

/**
 * @typedef {object} Contender
 * @property {string} id
 * @property {string} name
 * @property {string} [version]
 * @property {"ours" | "peer" | "baseline" | "limit"} kind
 * @property {Partial<Record<1 | 2 | 3, Run>>} levels
 * @property {(input: Input) => string | undefined} [missing] Why it can't take part with this input.
 */

/**
 * @param {object} packages
 * @param {typeof import("taskpane-connector")} packages.ours
 * @param {any} [packages.peers] Absent where the page is served without them.
 * @returns {Map<string, Contender>}
 */
export function createContenders({ ours, peers }) {
  const all = [...ourContenders(ours), ...(peers ? peerContenders(peers) : []), ...baselineContenders(), ...limitContenders()];
  return new Map(all.map((contender) => [contender.id, contender]));
}
