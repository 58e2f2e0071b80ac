/** What the sign-in's window and the pane call each other by. */

/** The type of its messages: `{ type, answer }`, where `answer` is the fragment or query of its address. */
export const SIGN_IN = "taskpane-connector/sign-in";

/** The channel for the answer that brings the `state` of an address. Servers encode it as they like. */
export const channelName = (address) => `${SIGN_IN}/${new URLSearchParams(address.split(/[?#]/)[1]).get("state")}`;
