/**
 * Where tokens come from: the page, or a sign-in of the connector's own, whose
 * script is loaded when it is first needed.
 */
import { isConnectorError } from "./error.js";
import { Operation } from "./operation.js";
import { Watch } from "./patience.js";
import { scriptsOnDemand } from "./scripts.js";

/** Codes of failures that the user mends by signing in, and nobody else. */
const DEMANDS = /^(sign-in|interaction|consent|popup)-|-mismatch$/;

export const demandsUser = (error) => isConnectorError(error) && DEMANDS.test(error.code);

export class TokenSource {
  #getToken;
  #options;
  #signIn;
  #loading;
  /** Counts sign-outs: what was asked for before one is nobody's any more. */
  #era = 0;
  /** The connector: `owner` hears whom each token is for, `kept` that another pane has signed in. */
  hears = { owner() {}, kept() {} };

  /** `getToken` is the page's; `options` what a sign-in takes, see `js/connector_sign_in.js`. */
  constructor(getToken, options) {
    this.#getToken = getToken;
    this.#options = { ...options, onKept: () => this.hears.kept() };
  }

  /** Whether the connector signs in by itself. */
  get isOwn() {
    return !this.#getToken;
  }

  /**
   * Gets ready for a sign-in, so that its window can open at a click. What
   * fails at that, or takes too long, is told when a token is wanted.
   */
  async prepare(settings, limitMs) {
    if (!this.isOwn) return;
    const operation = new Operation();
    const watch = new Watch(operation, "whole", limitMs);
    const ready = this.#load().then((signIn) => signIn.prepare(settings));
    await operation.orStopped(ready.catch(() => {}));
    watch.close();
  }

  /** A token as `getToken` gives it. A window opens before this returns, where it can. */
  async issue(settings, wanted) {
    const era = this.#era;
    const given = await this.#ask(settings, wanted);
    if (era === this.#era) this.hears.owner(given);
    return given;
  }

  #ask(settings, wanted) {
    if (this.#getToken) return this.#getToken(wanted);
    return this.#signIn ? this.#signIn.issue(settings, wanted) : this.#load().then((signIn) => signIn.issue(settings, wanted));
  }

  #load() {
    this.#loading ??= scriptsOnDemand().then(
      ({ SignIn }) => (this.#signIn = new SignIn(this.#options)),
      (error) => {
        this.#loading = undefined;
        throw error;
      },
    );
    return this.#loading;
  }

  /** Gives up what only a former configuration used; those that are given go on. */
  retain(settings) {
    this.#signIn?.retain(settings);
  }

  /** Forgets what is in memory: another pane has signed out. */
  clear() {
    this.#era += 1;
    this.#signIn?.clear();
  }

  /** Resolves to whether all that had to go is gone. */
  async signOut() {
    this.#era += 1;
    return this.#signIn ? this.#signIn.signOut() : true;
  }

  free() {
    this.#loading?.then((signIn) => signIn.free(), () => {});
  }
}
