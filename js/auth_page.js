/**
 * The script of the page that the sign-in's window begins and ends with: goes
 * on to the identity provider, and hands the answer to the pane. It keeps
 * nothing, and takes the answer out of its address before anything else.
 */
import { SIGN_IN, channelName } from "./auth_message.js";

/** Who may be gone to without asking: any link can lead to this page. */
const KNOWN = /^https:\/\/(login\.microsoftonline\.(com|us)|login\.partner\.microsoftonline\.cn|accounts\.google\.com)\//;
const USABLE = /^(https:|http:\/\/(localhost|127(\.\d+){3}|\[::1\])[:/])/;

const HAS_STATE = /[?#&]state=/;

const { hash, search, pathname, origin } = location;
// office.js takes the page's own replaceState away.
History.prototype.replaceState.call(history, null, "", pathname);

const [, how, where] = /^#(go|relay)=(.*)$/.exec(hash) ?? [];
if (how) begin(how === "relay", decoded(where));
else end(HAS_STATE.test(hash) ? hash : search);

/** Goes to the identity provider: in this window, or, where this one has to stay to be heard, in another one. */
function begin(relays, url) {
  if (!USABLE.test(url)) return say("This link is not one to sign in with.");
  if (!relays && KNOWN.test(url)) return location.replace(url);
  const { host } = new URL(url);
  if (relays) {
    const channel = new BroadcastChannel(channelName(url));
    channel.onmessage = ({ data }) => tell({ type: SIGN_IN, answer: data.answer });
  }
  const button = document.createElement("button");
  button.textContent = `Continue to ${host}`;
  button.onclick = () => (relays ? open(url, "_blank", "popup,width=500,height=650") : location.assign(url));
  document.body.append(button);
  button.focus();
}

/** Hands the answer on, by all ways: that one of them was cut can't be seen from here. */
function end(answer) {
  if (!HAS_STATE.test(answer)) return say("Sign in from the task pane.");
  const message = { type: SIGN_IN, answer };
  try {
    new BroadcastChannel(channelName(answer)).postMessage(message);
  } catch {
    // Without an origin there is none.
  }
  tell(message);
}

function tell(message) {
  opener?.postMessage(message, origin);
  globalThis.Office?.onReady?.(() => globalThis.Office.context?.ui?.messageParent?.(JSON.stringify(message), { targetOrigin: origin }));
  say("You can close this window.");
  // Not at once: messages that are on their way would go with the page.
  setTimeout(close, 500);
}

/** An address as it will be read; empty where it is none. */
function decoded(text) {
  try {
    return new URL(decodeURIComponent(text)).href;
  } catch {
    return "";
  }
}

function say(text) {
  const line = document.createElement("p");
  line.setAttribute("role", "status");
  line.textContent = text;
  document.body.replaceChildren(line);
}
