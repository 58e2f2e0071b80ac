/**
 * Signs in without the Office host, behind the face of the host's bridge: the
 * module's broker decides, and here is what that takes: windows, requests, the
 * place where the refresh token is kept.
 */
import { CoreObject, callOnDemand } from "./core.js";
import { Dialog } from "./dialog.js";
import { exchange } from "./exchange.js";
import { onDemand } from "./loader.js";
import { CalledOff, Operation, Unanswered, abortError } from "./operation.js";
import { underLock } from "./web_lock.js";

/** An answer with tokens for a user in hundreds of groups stays far below. */
const LARGEST_ANSWER = 1024 * 1024;

/** The most messages that are remembered as ignored. */
const MOST_IGNORED = 16;

export class Broker {
  #core;
  #host;
  #listeners = new Set();
  #dialog;
  /** Ends with a sign-out, and what is under way with it. */
  #operation = new Operation();
  #freed = false;
  /** What is kept, as far as it was read. */
  #kept;
  #ignored = [];
  /** Called when somebody signed out elsewhere, or what was kept is gone. */
  onGone = () => {};
  #onStorage = (event) => {
    if (this.#host.vault.concerns(event)) void this.#rereadLate();
  };

  static async open(settings, host) {
    const broker = new Broker(settings, host);
    host.vault.onAnswer = () => void broker.#rereadLate();
    await broker.#reread();
    globalThis.addEventListener?.("storage", broker.#onStorage);
    return broker;
  }

  /** Use `Broker.open`. `host` is `{ fetch, vault, lockName, openDialog, startUrl, timeouts, onKept }`. */
  constructor(settings, host) {
    this.#host = host;
    this.#core = new CoreObject(callOnDemand("openBroker", [settings]), onDemand);
  }

  addEventListener(_type, listener) {
    this.#listeners.add(listener);
  }

  removeEventListener(_type, listener) {
    this.#listeners.delete(listener);
  }

  /** Opens a window before it returns, while the user's click still counts. */
  postMessage(message) {
    const step = this.#core.call("begin", [message], crypto.getRandomValues(new Uint8Array(64)));
    if (step.open) this.#open(message, step.open);
    else this.#goOn(message, step);
  }

  get ignored() {
    return [...this.#ignored];
  }

  /** Nobody waits for the window any more. */
  abandonWindow() {
    this.#dialog?.fail("USER_CANCEL", "nobody waits for the sign-in any more");
  }

  /** Forgets the user, here and at the identity provider. Resolves to whether all that had to go is gone. */
  async signOut() {
    this.#stop("The user signed out.");
    this.#operation = new Operation();
    const { request } = this.#core.call("signOut") ?? {};
    const clean = await this.#keep();
    if (request) await this.#exchange(request, this.#operation).catch(() => {});
    return clean;
  }

  free() {
    this.#freed = true;
    this.#stop("The client was freed.");
    globalThis.removeEventListener?.("storage", this.#onStorage);
    this.#core.free();
  }

  #stop(reason) {
    this.#dialog?.close();
    this.#operation.stop(new CalledOff(abortError(reason)));
  }

  get #usable() {
    return !this.#freed && this.#core.alive;
  }

  /** Hands over a reply, or asks for tokens where there is none yet. */
  #goOn(message, { reply }) {
    if (reply) for (const listener of [...this.#listeners]) listener({ data: reply });
    // What fails there is the module: the client hears of that by itself.
    else this.#ask(message).catch(() => {});
  }

  #open(message, url) {
    this.#dialog?.fail("USER_CANCEL", "another sign-in took over");
    const { openDialog, startUrl, timeouts } = this.#host;
    this.#dialog = new Dialog({
      answered: (address) => {
        const step = this.#usable && this.#core.call("handleRedirect", [message, address]);
        if (step) this.#goOn(message, step);
        return Boolean(step);
      },
      failed: (status, said) => {
        if (this.#usable) this.#goOn(message, this.#core.call("refuse", [message, status, said]));
      },
      ignored: (reason, origin) => {
        this.#ignored.push({ reason, origin, at: Date.now() });
        this.#ignored.splice(0, this.#ignored.length - MOST_IGNORED);
      },
    });
    this.#dialog.open({ url, startUrl, openDialog, limitMs: timeouts.popupMs, closedMs: timeouts.closedMs });
  }

  /** Asks for tokens, with what is kept by then; panes take turns. */
  async #ask(message) {
    const operation = this.#operation;
    const { lockName, timeouts } = this.#host;
    await underLock(lockName, timeouts.requestMs, async () => {
      await this.#reread();
      if (operation.cause) return;
      const task = this.#core.call("prepare", [message]);
      const step = task.request ? await this.#tokens(message, task.request, operation) : task;
      if (!step) return;
      this.#goOn(message, step);
      await this.#keep();
    });
  }

  /** What the identity provider's answer comes to; nothing where that is nobody's concern any more. */
  async #tokens(message, request, operation) {
    try {
      const { status, headers, text } = await this.#exchange(request, operation);
      // Whoever signed out meanwhile is not brought back.
      await this.#reread();
      return operation.cause ? undefined : this.#core.call("handleAnswer", [message, status, headers], text);
    } catch (cause) {
      if (operation.cause) return undefined;
      // A fetch of the page's own that doesn't answer as fetch does is no network.
      const { word, limit } = cause instanceof Unanswered ? cause : new Unanswered("network");
      return this.#core.call("handleUnanswered", [message, word, limit]);
    }
  }

  async #exchange(request, within) {
    const { fetch, timeouts } = this.#host;
    const operation = new Operation(within.signal);
    const waits = { idleMs: timeouts.requestMs, wholeMs: timeouts.requestMs };
    try {
      return await exchange(fetch, request, operation, waits, LARGEST_ANSWER);
    } finally {
      operation.close();
    }
  }

  /** Another pane may have renewed what is kept, or signed out. */
  async #reread() {
    const { grant } = await this.#host.vault.read();
    // Locked for now: what is known goes on.
    if (grant === null || !this.#usable) return;
    const isGone = this.#kept && !grant;
    this.#kept = grant;
    this.#core.call("handleKept", [grant]);
    if (isGone) this.onGone();
  }

  /** Another pane has written, or the key has come. */
  async #rereadLate() {
    const before = this.#kept;
    await this.#reread();
    if (this.#kept && this.#kept !== before) this.#host.onKept?.();
  }

  async #keep() {
    if (!this.#usable) return true;
    const grant = this.#core.call("record");
    if (grant === this.#kept) return true;
    this.#kept = grant;
    return this.#host.vault.write({ grant: grant ?? null });
  }
}
