// The application's broker: answers the bridge in the pane's frame by a script that a person or a test writes.

export const USERS = {
  ada: { oid: "11111111-0000-4000-8000-000000000001", username: "ada@contoso.example", name: "Ada Lovelace" },
  bob: { oid: "22222222-0000-4000-8000-000000000002", username: "bob@contoso.example", name: "Bob Kahn" },
};
const TENANT = "aaaaaaaa-0000-4000-8000-00000000000a";
const ENVIRONMENT = "login.microsoftonline.com";

/** What a script is made of: `name=value` with commas between, each with what holds where it isn't named. */
const DEFAULTS = {
  // How the bridge is offered: now, late:MS, hook:MS, broken, none.
  bridge: "now",
  // What a request gets that may not ask the user, and one that may: ok, never, or STATUS, STATUS:CODE, STATUS:CODE:SUBERROR.
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
};

/** The values of a script. Throws what a person can read where a part of it is unknown. */
export function readScript(text) {
  const script = { ...DEFAULTS };
  for (const part of text.split(",").map((part) => part.trim()).filter(Boolean)) {
    const [name, value = ""] = part.split(/=(.*)/s);
    if (!(name in DEFAULTS)) throw new Error(`The broker knows no ${name}: it knows ${Object.keys(DEFAULTS).join(", ")}.`);
    script[name] = value;
  }
  return script;
}

const encode = (value) => {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

export class Broker {
  #frame;
  #askPerson;
  #told;
  #held = [];
  #issued = 0;
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
    const envelope = { messageType: "NestedAppAuthResponse", requestId: request.requestId, ...answer };
    await new Promise((resolve) => setTimeout(resolve, Number(this.script.latency)));
    this.#held.push(JSON.stringify(envelope));
    if (answer.token && this.#held.length < Number(this.script.reorder)) return;
    for (const text of this.#held.splice(0).reverse()) {
      for (let time = 0; time < Number(this.script.repeat); time += 1) this.#send({ text, delivery: this.script.delivery });
    }
  }

  async #answer({ method, tokenParams }) {
    const { greeting, silent, popup } = this.script;
    const wanted = { GetInitContext: greeting, GetToken: silent, GetTokenPopup: popup }[method];
    if (wanted === "never") return undefined;
    if (wanted === "ask" && !(await this.#askPerson(USERS[this.user], tokenParams.scope))) return refusal("USER_CANCEL", "user_canceled");
    if (wanted !== "ok" && wanted !== "ask") return refusal(...wanted.split(":"));
    if (method === "GetInitContext") return { success: true, initContext: this.#context() };
    return this.user ? this.#grant(tokenParams) : refusal("ACCOUNT_UNAVAILABLE", "no_account");
  }

  #context() {
    const account = this.user && accountOf(USERS[this.user]);
    return { sdkName: "simulated-office", sdkVersion: "1.0", capabilities: { queryAccount: true }, accountContext: account };
  }

  #grant({ clientId, scope }) {
    const user = USERS[this.user];
    const now = Math.floor(Date.now() / 1_000);
    const expires = Number(this.script.expires);
    this.#issued += 1;
    const claims = {
      aud: clientId,
      iss: `https://${ENVIRONMENT}/${TENANT}/v2.0`,
      iat: now,
      exp: now + expires,
      oid: user.oid,
      tid: TENANT,
      name: user.name,
      preferred_username: user.username,
    };
    return {
      success: true,
      token: {
        // Told apart by number, and recognised where it has no business.
        access_token: `nested-${this.user}-${this.#issued}-not-a-real-token`,
        expires_in: expires,
        id_token: `${encode({ alg: "none" })}.${encode(claims)}.c2lt`,
        // As Entra does: `.default` is granted under the names behind it.
        scope: scope.replace(/\/\.default$/, "/user_impersonation"),
        properties: null,
      },
      account: { ...accountOf(user), username: user.username, name: user.name, localAccountId: user.oid },
    };
  }
}

function accountOf({ oid }) {
  return { homeAccountId: `${oid}.${TENANT}`, environment: ENVIRONMENT, tenantId: TENANT };
}

function refusal(status, code, subError) {
  return { success: false, error: { status, code, subError, description: "scripted by the simulated Office host" } };
}
