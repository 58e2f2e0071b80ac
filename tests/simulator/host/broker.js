// The application's broker: answers the bridge in the pane's frame by a script that a person or a test writes.

/** What hosts do and the protocol doesn't have: an answer, and what becomes of it. */
const ODDITIES = {
  "success-text": (answer) => ({ ...answer, success: `${answer.success}` }),
  "expires-text": (answer) => withToken(answer, { expires_in: `${answer.token?.expires_in}` }),
  "no-expiry": (answer) => withToken(answer, { expires_in: undefined }),
  "null-error": (answer) => ("error" in answer ? { ...answer, error: null } : answer),
  "no-account": (answer) => ({ ...answer, account: undefined }),
  "no-id-token": (answer) => withToken(answer, { id_token: "" }),
  "broken-id-token": (answer) => withToken(answer, { id_token: "not.a-token" }),
  "other-account": (answer, accounts) => (answer.token ? { ...answer, account: accounts.bob } : answer),
  "no-type": (answer) => ({ ...answer, messageType: undefined }),
  noise: (answer) => answer,
};

const withToken = (answer, members) => (answer.token ? { ...answer, token: { ...answer.token, ...members } } : answer);

/** What a script is made of: `name=value` with commas between, each with what holds where it isn't named. */
const DEFAULTS = {
  // How the bridge is offered: now, late:MS, hook:MS, broken, none.
  bridge: "now",
  // What a request gets that may not ask the user, and one that may: ok, never, STATUS, STATUS:CODE,
  // STATUS:CODE:SUBERROR, or the number of one of Entra's errors.
  silent: "ok",
  // `ask` lets the person in front of the application decide.
  popup: "ask",
  greeting: "ok",
  // How an answer reaches the page: event, text, object, quoted.
  delivery: "event",
  latency: "0",
  // How often each answer comes.
  repeat: "1",
  // How many tokens are held back, to be delivered in the wrong order.
  reorder: "1",
  // How long a token lives, in seconds.
  expires: "3600",
  // Something that the protocol doesn't have: one of ODDITIES.
  odd: "",
  // NAME:VALUE, a claim more in ID tokens; several are added to each other.
  claim: "",
};

/** The values of a script. Throws what a person can read where a part of it is unknown. */
export function readScript(text) {
  const script = { ...DEFAULTS };
  for (const part of text.split(",").map((part) => part.trim()).filter(Boolean)) {
    const [name, value = ""] = part.split(/=(.*)/s);
    if (!(name in DEFAULTS)) throw new Error(`The broker knows no ${name}: it knows ${Object.keys(DEFAULTS).join(", ")}.`);
    if (name === "odd" && !(value in ODDITIES)) throw new Error(`Oddities are ${Object.keys(ODDITIES).join(", ")}.`);
    script[name] = name === "claim" && script.claim ? `${script.claim},${name}=${value}` : value;
  }
  return script;
}

export class Broker {
  #frame;
  #askPerson;
  #told;
  #held = [];
  #issued = 0;
  /** Where Entra is, and who can be signed in, by name: told once they are known. */
  identityUrl;
  accounts = {};
  /** Who is signed in to the application; nobody where it is undefined. */
  user = "ada";
  script = readScript("");

  /**
   * `askPerson(user, scope)` resolves to whether the person goes on; `told` hears of each message, for a person to see.
   */
  constructor(frame, askPerson, told = () => {}) {
    this.#frame = frame;
    this.#askPerson = askPerson;
    this.#told = told;
    addEventListener("message", ({ source, data }) => {
      if (source === frame.contentWindow && data?.nestedAppAuth) this.#heard(data.nestedAppAuth);
    });
  }

  #send(message) {
    // The frame may be sandboxed, and then it is of no origin.
    this.#frame.contentWindow?.postMessage({ nestedAppAuth: message }, "*");
  }

  async #heard({ loaded, text }) {
    if (loaded) {
      const [offer, ms = "0"] = this.script.bridge.split(":");
      this.#held = [];
      this.#send({ offer, ms: Number(ms) });
      return;
    }
    const request = JSON.parse(text);
    this.#told(`${request.method} ${request.tokenParams?.scope ?? ""}`);
    const answer = await this.#answer(request);
    if (!answer) return;
    const { odd, delivery } = this.script;
    const plain = { messageType: "NestedAppAuthResponse", requestId: request.requestId, ...answer };
    const envelope = odd ? ODDITIES[odd](plain, this.accounts) : plain;
    await new Promise((resolve) => setTimeout(resolve, Number(this.script.latency)));
    this.#held.push(JSON.stringify(envelope));
    if (answer.token && this.#held.length < Number(this.script.reorder)) return;
    for (const text of this.#held.splice(0).reverse()) {
      if (odd === "noise") this.#send({ text: "<html>502 Bad Gateway", delivery: "text" });
      for (let time = 0; time < Number(this.script.repeat); time += 1) this.#send({ text, delivery });
    }
  }

  async #answer({ method, tokenParams }) {
    const { greeting, silent, popup } = this.script;
    const wanted = { GetInitContext: greeting, GetToken: silent, GetTokenPopup: popup }[method];
    if (wanted === "never") return undefined;
    if (method === "GetInitContext") return wanted === "ok" ? { success: true, initContext: this.#context() } : refusal(...wanted.split(":"));
    if (wanted === "ask" && !(await this.#askPerson(this.accounts[this.user], tokenParams.scope))) return refusal("USER_CANCEL", "user_canceled");
    const isNumber = /^\d+$/.test(wanted);
    if (wanted !== "ok" && wanted !== "ask" && !isNumber) return refusal(...wanted.split(":"));
    return this.#token(tokenParams, method === "GetTokenPopup", isNumber ? Number(wanted) : undefined);
  }

  #context() {
    const { homeAccountId, environment, tenantId } = this.accounts[this.user] ?? {};
    const accountContext = homeAccountId && { homeAccountId, environment, tenantId };
    return { sdkName: "simulated-office", sdkVersion: "1.0", capabilities: { queryAccount: true }, accountContext };
  }

  /** What Entra says to this user's request. */
  async #token({ clientId, scope, claims }, attended, refusal) {
    const { expires, claim } = this.script;
    if (this.user) this.#issued += 1;
    // Told apart by number where a test looks.
    const number = `nested-${this.user}-${this.#issued}-`;
    const request = { user: this.user, clientId, scope, claims, attended, refusal, number, expires: Number(expires) };
    const how = claim ? `/with/claim=${claim}` : "";
    const answer = await fetch(`${this.identityUrl}${how}/office/token`, { method: "POST", body: JSON.stringify(request) });
    return answer.json();
  }
}

function refusal(status, code, subError) {
  return { success: false, error: { status, code, subError, description: "scripted by the simulated Office host" } };
}
