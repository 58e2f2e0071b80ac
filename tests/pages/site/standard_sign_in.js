/** Signing in through a window that the test goes into. */
import init, { StandardSignIn } from "/pkg/index.js";
import { describe } from "./describe.js";

let signIn;
let outcome;

/** Opens a client, and a button that asks for a token when it is clicked. */
export async function offerSignIn({ open, request, blocked, silentFirst }) {
  await init();
  signIn?.free();
  outcome = undefined;
  signIn = await StandardSignIn.open({ redirectUri: "/auth.html", ...open });
  if (blocked) globalThis.open = () => null;
  const button = document.createElement("button");
  button.id = "sign-in";
  button.textContent = "Sign in";
  button.onclick = () => {
    const token = silentFirst ? signIn.acquireToken(request) : signIn.acquireTokenPopup(request);
    token.then(
      (value) => (outcome = { value: told(value) }),
      (error) => (outcome = { error: describe(error) }),
    );
  };
  document.querySelector("#sign-in")?.remove();
  document.body.append(button);
}

/** Whether the click has come to anything yet, and to what. */
export async function signInOutcome() {
  const deadline = performance.now() + 15_000;
  while (!outcome && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  return { ...(outcome ?? { pending: true }), ignored: signIn.ignored };
}

/** A token without the user, by a client that is opened anew. */
export async function silently({ open, request }) {
  await init();
  signIn?.free();
  signIn = await StandardSignIn.open({ redirectUri: "/auth.html", ...open });
  const { storage } = signIn;
  try {
    return { value: told(await signIn.acquireTokenSilent(request)), storage };
  } catch (error) {
    return { error: describe(error), storage };
  }
}

/** Which addresses a sign-in would open; nothing comes of it. */
export async function clickAndNote({ request }) {
  const noted = [];
  globalThis.open = (address) => void noted.push(decodeURIComponent(address));
  await signIn.acquireTokenPopup(request).catch(() => {});
  return noted;
}

export async function signOutOfStandard() {
  await signIn.signOut();
}

/** Messages of others while a window is open. */
export async function forge() {
  const answer = `#code=forged&state=${"A".repeat(22)}`;
  const message = { type: "taskpane-connector/sign-in", answer };
  globalThis.postMessage(message, location.origin);
  const frame = document.createElement("iframe");
  // Another origin: an opaque one.
  frame.sandbox = "allow-scripts";
  frame.src = "/forge.html";
  document.body.append(frame);
  await new Promise((resolve) => addEventListener("message", ({ origin }) => origin === "null" && resolve()));
  frame.remove();
}

/** All of a result that is no secret, and what the tokens look like. */
function told({ accessToken, idToken, account, idTokenClaims, ...rest }) {
  const { idToken: _again, idTokenClaims: _claims, ...who } = account;
  return { ...rest, account: who, team: idTokenClaims["extn.team"], tokens: [accessToken, idToken].map((token) => token.split(".").length) };
}
