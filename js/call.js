/**
 * One call to the provider: sent, sent again where that may help, and handed
 * over as soon as an answer begins. What to send and whether to try again is
 * the module's to say (`src/web/call.rs`).
 */
import { connectorError, fromFailure, isConnectorError } from "./error.js";
import { flatHeaders, pause, readAnswer, send } from "./exchange.js";
import { CalledOff, Operation, Unanswered } from "./operation.js";

export class Call {
  #host;
  /** The call in the module. */
  #core;
  #foreign;
  #calledOff;
  #onRetry;
  #onClose;
  #once;
  operation;
  /** What the server answered last: `{ response, text }`, the text where it was read whole. */
  answer;

  /**
   * `host` is `{ access, fetch, timeouts, limits }`; `firstByteMs` the wait for the
   * answer's head, and for all of an answer that is read whole; `onRetry` hears of each wait, `onClose` of the end.
   * With `once` it isn't sent again, unless to renew what opens the provider.
   */
  constructor(host, core, { firstByteMs, signal, once, onRetry, onClose }) {
    this.#host = host;
    this.#core = core;
    this.firstByteMs = firstByteMs;
    this.#foreign = signal;
    this.#onRetry = onRetry;
    this.#onClose = onClose;
    this.#once = once;
    this.operation = new Operation(signal);
  }

  get idleMs() {
    return this.#host.timeouts.idleMs;
  }

  get limits() {
    return this.#host.limits;
  }

  /** Sends until an answer begins: `{ response }` for an event stream, `{ text, kind }` for a body read whole. */
  async begin() {
    for (;;) {
      try {
        return await this.#attempt();
      } catch (cause) {
        await this.#waitOrThrow(this.errorFor(cause));
      }
    }
  }

  /** The request that would be sent, its secrets masked. */
  async described() {
    try {
      return await this.#obtained(() => this.#core.call("describe"));
    } catch (cause) {
      throw this.errorFor(cause);
    }
  }

  /** Begins once more after an error in the answer, or throws the error. */
  async again(error) {
    await this.#waitOrThrow(error);
    return this.begin();
  }

  /** What the caller is told: the page's own reason as it is, all else as the one error shape. */
  errorFor(cause) {
    if (cause instanceof CalledOff) return cause.reason;
    if (cause instanceof Unanswered) {
      return fromFailure(this.#core.call("unanswered", [cause.word, cause.limit]));
    }
    return isConnectorError(cause) ? this.#withoutSecrets(cause) : cause;
  }

  /** A text of the server's without the secrets that were sent. */
  clean(text) {
    return this.#core.call("redact", [], text);
  }

  /** The server's identifier of the request, under whichever name. */
  requestId(headers) {
    return this.#core.call("requestId", [this.answer.response.status, headers]);
  }

  /** An error in a stream has the server's words, and servers quote tokens. */
  #withoutSecrets(error) {
    if (!this.#core) return error;
    const clean = (text) => this.clean(text);
    const { message, requestId, hint } = error;
    const fields = { ...error, cause: error.cause };
    if (requestId) fields.requestId = clean(requestId);
    if (hint) fields.hint = { ...hint, text: clean(hint.text) };
    return connectorError(error.code, clean(message), fields);
  }

  abort(reason) {
    this.#calledOff ??= new CalledOff(reason);
    this.operation.stop(this.#calledOff);
  }

  /** Whether the page called it off. */
  get calledOff() {
    return this.operation.cause instanceof CalledOff;
  }

  /** The call is over, whatever came of it. */
  close() {
    this.operation.close();
    this.#core?.free();
    this.#core = undefined;
    this.#onClose?.(this);
    this.#onClose = undefined;
  }

  #obtained(made) {
    return this.#host.access.obtainedFor(this.#core, this.operation, undefined, made);
  }

  async #attempt() {
    const { fetch, timeouts, limits } = this.#host;
    this.answer = undefined;
    const request = await this.#obtained(() => this.#core.call("request"));
    const response = await send(fetch, request, this.operation, this.firstByteMs);
    const { status } = response;
    const headers = flatHeaders(response);
    this.answer = { response };
    if (this.#core.call("streams", [status, headers])) return { response };
    const waits = { idleMs: timeouts.idleMs, wholeMs: this.firstByteMs };
    const text = await readAnswer(response, this.operation, waits, limits.maxResponseBytes);
    this.answer = { response, text };
    const kind = this.#core.call("answered", [status, headers], text);
    return { text, kind };
  }

  async #waitOrThrow(error) {
    if (this.calledOff || !isConnectorError(error)) throw error;
    const { retryable, retryAfterMs } = error;
    const retry = this.#core.call("retryWait", [retryable && !this.#once, retryAfterMs]);
    if (!retry) throw error;
    // A wait that ran out has used up its controller.
    this.operation.close();
    this.operation = new Operation(this.#foreign);
    if (this.#calledOff) this.operation.stop(this.#calledOff);
    if (retry.delayMs) this.#onRetry?.({ ...retry, error });
    try {
      await pause(this.operation, retry.delayMs);
    } catch (cause) {
      throw this.errorFor(cause);
    }
  }
}
