/** What the page's address shows, and what its policy refuses. */
import { settled } from "./describe.js";
import { open, visible } from "./talk.js";

/** This page's address before and after a connector was opened with it. */
export async function lookAtAddress() {
  const before = location.href;
  const historyBefore = history.length;
  const connector = await open({ parameters: location.search });
  return {
    before,
    after: location.href,
    historyBefore,
    historyAfter: history.length,
    token: connector.configuration.values.gateway_token.value,
  };
}

/** Opens and connects as a task pane does when it starts. */
export async function connectAsPane({ open: options }) {
  const connector = await open({ ...options, parameters: location.search });
  const { error } = await settled(connector.connect());
  return { error, ...visible(connector) };
}

/** Tries what the policy forbids, and hands over what was noted of it. */
export async function tryPolicy() {
  // Drivers run what they are told to run past the policy, and what it calls with it.
  await new Promise((resolve) => setTimeout(resolve));
  let ran = "";
  try {
    ran = (0, eval)("'ran'");
  } catch (error) {
    ran = error.name;
  }
  const script = document.createElement("script");
  script.textContent = "window.inlineRan = true";
  const refused = new Promise((resolve) => document.addEventListener("securitypolicyviolation", resolve, { once: true }));
  document.head.append(script);
  await refused;
  await new Promise((resolve) => setTimeout(resolve));
  const violations = globalThis.watched.violations.splice(0);
  return { eval: String(ran), inline: Boolean(window.inlineRan), violations };
}
