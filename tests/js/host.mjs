// An Office host that a test writes: a bridge whose answers are a function of
// the messages, delivered in any of the ways that hosts have.

export const CLIENT_ID = "cccccccc-cccc-4ccc-8ccc-cccccccccccc";
export const TENANT = "aaaaaaaa-0000-4000-8000-00000000000a";
export const ADA = "11111111-0000-4000-8000-000000000001";
export const BOB = "22222222-0000-4000-8000-000000000002";

/** How a host hands an answer over: `deliver` calls every listener. */
export const deliveries = {
  text: (deliver, answer) => queueMicrotask(() => deliver(JSON.stringify(answer))),
  event: (deliver, answer) => queueMicrotask(() => deliver({ data: JSON.stringify(answer) })),
  object: (deliver, answer) => queueMicrotask(() => deliver({ data: answer })),
  "text of text": (deliver, answer) => queueMicrotask(() => deliver(JSON.stringify(JSON.stringify(answer)))),
  "while posting": (deliver, answer) => deliver(JSON.stringify(answer)),
  later: (deliver, answer) => setImmediate(() => deliver(JSON.stringify(answer))),
  "after noise": (deliver, answer) =>
    queueMicrotask(() => {
      for (const noise of ["", "not JSON", null, undefined, 7, {}, { data: null }, { data: 5n }, { data: "[]" }]) deliver(noise);
      deliver(JSON.stringify({ ...answer, requestId: "00000000-0000-4000-8000-000000000000" }));
      deliver(JSON.stringify(answer));
      deliver(JSON.stringify(answer));
    }),
};

export class Host {
  listeners = new Set();
  /** All messages, parsed. */
  messages = [];
  bridge;

  /**
   * `script` gives the members of the answer to a message that asks for a
   * token, or nothing for silence; `greeting` those of the answer to the first.
   */
  constructor(script = () => granted(ADA, "at", "User.Read"), { delivery = deliveries.text, greeting = context() } = {}) {
    this.script = script;
    this.delivery = delivery;
    this.greeting = greeting;
    this.bridge = {
      addEventListener: (type, listener) => type === "message" && this.listeners.add(listener),
      removeEventListener: (_type, listener) => this.listeners.delete(listener),
      postMessage: (text) => this.#posted(JSON.parse(text)),
    };
  }

  #posted(message) {
    this.messages.push(message);
    const greets = message.method === "GetInitContext";
    const members = greets ? this.greeting : this.script(message, this.asked.length - 1);
    if (members) this.answer(message, members);
  }

  answer(message, members) {
    const answer = { messageType: "NestedAppAuthResponse", requestId: message.requestId, ...members };
    this.delivery((data) => [...this.listeners].forEach((listener) => listener(data)), answer);
  }

  /** The messages that ask for tokens. */
  get asked() {
    return this.messages.filter(({ method }) => method !== "GetInitContext");
  }
}

export const context = (accountContext) => ({
  success: true,
  initContext: { sdkName: "host", sdkVersion: "1", capabilities: {}, ...(accountContext && { accountContext }) },
});

export const idToken = (claims) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;

export const account = (user) => ({
  homeAccountId: `${user}.${TENANT}`,
  environment: "login.microsoftonline.com",
  tenantId: TENANT,
  username: "someone@contoso.example",
  localAccountId: user,
});

/** What a host answers that gives a token. */
export const granted = (user, accessToken, scope, changes = {}) => ({
  success: true,
  token: {
    access_token: accessToken,
    expires_in: 3600,
    id_token: idToken({ oid: user, tid: TENANT, name: "Ada 😀", "extn.team": ["red"] }),
    scope,
    properties: null,
    ...changes,
  },
  account: account(user),
});

export const refused = (status, more = {}) => ({ success: false, error: { status, ...more } });
