/** What the sign-in's window and the pane call each other by. */

/** The type of its messages: `{ type, answer }`, where `answer` is the fragment or query of its address. */
export const SIGN_IN = "taskpane-connector/sign-in";

/** The channel for the answer that brings the `state` of an address. */
export const channelName = (address) => `${SIGN_IN}/${/[?#&]state=([^&#]*)/.exec(address)?.[1]}`;
