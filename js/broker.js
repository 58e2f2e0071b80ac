/**
 * Signs in without the Office host, behind the face of the host's bridge: the
 * module's broker decides, and here is what that takes: windows, requests, the
 * place where the refresh token is kept.
 */
import { CoreObject, call } from "./core.js";
import { Dialog } from "./dialog.js";
import { flatHeaders, readAnswer, send } from "./exchange.js";
import { CalledOff, Operation, Unanswered, abortError } from "./operation.js";
import { underLock } from "./web_lock.js";

/** An answer with tokens for a user in hundreds of groups stays far below. */
const LARGEST_ANSWER = 1024 * 1024;

/** The most messages that are remembered as ignored. */
const MOST_IGNORED = 16;

/** The record's name in the vault. */
const RECORD = "grant";

export class Broker {
  #core;
  #host;
  #listeners = new Set();
  #dialog;
  #operation = new Operation();
  /** What is kept, as far as it was read. */
  #kept;
  #ignored = [];
  #onStorage = (event) => {
    if (this.#host.vault.concerns(event)) void this.#reread();
  };

  static async open(settings, host) {
    const broker = new Broker(settings, host);
    host.vault.onAnswer = () => void broker.#reread();
    await broker.#reread();
    globalThis.addEventListener?.("storage", broker.#onStorage);
    return broker;
  }

  /** Use `Broker.open`. `host` is `{ fetch, vault, lockName, openDialog, startUrl, timeouts }`. */
  constructor(settings, host) {
    this.#host = host;
    this.#core = new CoreObject(call("openBroker", [settings]));
  }

  addEventListener(_type, listener) {
    this.#listeners.add(listener);
  }

  removeEventListener(_type, listener) {
    this.#listeners.delete(listener);
  }

  postMessage(message) {
    this.#core.call("handleMessage", [message], crypto.getRandomValues(new Uint8Array(64)));
    this.#carryOut();
  }

  get ignored() {
    return [...this.#ignored];
  }

  /** Nobody waits for the window any more. */
  abandonWindow() {
    this.#endWindow("USER_CANCEL", "nobody waits for the sign-in any more");
  }

  /** Forgets the user, here and at the identity provider. Resolves to whether all that had to go is gone. */
  async signOut() {
    const revocation = this.#core.call("signOut");
    this.#dialog?.close();
    this.#carryOut();
    const clean = await this.#keep();
    if (revocation) await this.#exchange(revocation).catch(() => {});
    return clean;
  }

  free() {
    this.#dialog?.close();
    this.#operation.stop(new CalledOff(abortError("The client was freed.")));
    globalThis.removeEventListener?.("storage", this.#onStorage);
    this.#core.free();
  }

  get #usable() {
    return !this.#operation.cause && this.#core.alive;
  }

  #carryOut() {
    let task;
    while (this.#usable && (task = this.#core.call("poll"))) {
      if (task.reply) for (const listener of [...this.#listeners]) listener({ data: task.reply });
      else if (task.open) this.#openWindow(task.open, task.state);
      // What fails there is the module: the client hears of that by itself.
      else this.#ask(task.ask).catch(() => {});
    }
  }

  #openWindow(url, state) {
    this.#dialog?.close();
    const { openDialog, startUrl, timeouts } = this.#host;
    const dialog = new Dialog({
      answered: (answer) => this.#answered(answer),
      failed: (status, said) => this.#endWindow(status, said),
      ignored: (reason, origin) => this.#ignore(reason, origin),
    });
    this.#dialog = dialog;
    dialog.open({ url, state, startUrl, openDialog, limitMs: timeouts.popupMs, closedMs: timeouts.closedMs });
  }

  /** Whether an answer was one to the window that is open. */
  #answered(answer) {
    const taken = this.#usable && this.#core.call("handleRedirect", [answer]);
    if (taken) this.#carryOut();
    return taken;
  }

  #endWindow(status, said) {
    this.#dialog?.close();
    if (!this.#usable) return;
    this.#core.call("handleWindow", [status, said]);
    this.#carryOut();
  }

  #ignore(reason, origin) {
    this.#ignored.push({ reason, origin, at: Date.now() });
    this.#ignored.splice(0, this.#ignored.length - MOST_IGNORED);
  }

  /** Asks for tokens, with what is kept by then; panes take turns. */
  async #ask(id) {
    await underLock(this.#host.lockName, this.#host.timeouts.requestMs, async () => {
      await this.#reread();
      if (!this.#usable) return;
      const request = this.#core.call("prepare", [id]);
      if (request) await this.#tokens(id, request);
      this.#carryOut();
      await this.#keep();
    });
  }

  async #tokens(id, request) {
    let answer;
    try {
      answer = await this.#exchange(request);
    } catch (cause) {
      if (!this.#usable) return;
      // A fetch of the page's own that doesn't answer as fetch does is no network.
      const { word, limit } = cause instanceof Unanswered ? cause : new Unanswered("network");
      this.#core.call("handleUnanswered", [id, word, limit]);
      return;
    }
    if (this.#usable) this.#core.call("handleAnswer", [id, answer.status, answer.headers], answer.text);
  }

  async #exchange(request) {
    const { fetch, timeouts } = this.#host;
    const operation = new Operation(this.#operation.signal);
    const waits = { idleMs: timeouts.requestMs, wholeMs: timeouts.requestMs };
    try {
      const response = await send(fetch, request, operation, timeouts.requestMs);
      const text = await readAnswer(response, operation, waits, LARGEST_ANSWER);
      return { status: response.status, headers: flatHeaders(response), text };
    } finally {
      operation.close();
    }
  }

  /** Another pane may have renewed what is kept, or signed out. */
  async #reread() {
    const { [RECORD]: record } = await this.#host.vault.read();
    // Locked for now: what is known goes on.
    if (record === null || !this.#usable) return;
    this.#kept = record;
    this.#core.call("handleKept", [record]);
  }

  async #keep() {
    if (!this.#usable) return true;
    const record = this.#core.call("record");
    if (record === this.#kept) return true;
    this.#kept = record;
    return this.#host.vault.write({ [RECORD]: record ?? null });
  }
}
