/**
 * What opens a provider, obtained before anything is sent to it: tokens from
 * the page, credentials for them from where the module says (`src/web/access.rs`).
 *
 * Whoever wants the same at the same time waits for one flight. It belongs to
 * none of them, so one of them can give up and the others go on.
 */
import { isText } from "./argument.js";
import { CoreObject } from "./core.js";
import { connectorError } from "./error.js";
import { exchange } from "./exchange.js";
import { Operation, Unanswered } from "./operation.js";
import { Watch } from "./patience.js";

export class Access {
  #host;
  #getToken;
  /** By what they are for. */
  #flights = new Map();

  /** `host` is `{ fetch, timeouts, limits }`, `getToken` the page's. */
  constructor(host, getToken) {
    this.#host = host;
    this.#getToken = getToken;
  }

  /** Until `core`, a call or a discovery, can be sent. `operation` is the caller's own. */
  async obtainedFor(core, operation) {
    let number;
    while (!operation.cause && (number = core.call("toObtain")) !== undefined) {
      await operation.orStopped(this.#flight(new CoreObject(number)));
    }
    if (operation.cause) throw operation.cause;
  }

  #flight(core) {
    const identity = core.call("identity");
    const underWay = this.#flights.get(identity);
    if (underWay) {
      core.free();
      return underWay;
    }
    const flight = this.#fly(core).finally(() => {
      core.free();
      this.#flights.delete(identity);
    });
    this.#flights.set(identity, flight);
    // Whoever waits is told; where nobody does any more, nobody is.
    flight.catch(() => {});
    return flight;
  }

  async #fly(core) {
    let step;
    while ((step = core.call("step")) !== undefined) {
      if (step.token) await this.#token(core, step.token);
      else await this.#exchange(core, step.request);
    }
  }

  async #token(core, wanted) {
    const operation = new Operation();
    const watch = new Watch(operation, "whole", this.#host.timeouts.firstByteMs);
    let given;
    try {
      if (!this.#getToken) throw noToken();
      const { signal } = operation;
      given = await operation.orStopped(this.#getToken({ ...wanted, signal }));
      if (operation.cause) throw connectorError("timeout", "getToken took too long", { retryable: true });
      if (!isText(given?.token)) throw connectorError("invalid-argument", "getToken didn't give a token");
    } catch (error) {
      if (core.call("missToken")) return;
      throw error;
    } finally {
      watch.close();
    }
    core.call("takeToken", [given.token, given.account, given.expiresAt]);
  }

  async #exchange(core, request) {
    const { fetch, timeouts, limits } = this.#host;
    const operation = new Operation();
    const waits = { idleMs: timeouts.idleMs, wholeMs: timeouts.controlMs };
    try {
      const { status, headers, text } = await exchange(fetch, request, operation, waits, limits.maxResponseBytes);
      core.call("takeAnswer", [status, headers], text);
    } catch (cause) {
      if (!(cause instanceof Unanswered)) throw cause;
      core.call("missAnswer", [cause.word, cause.limit]);
    }
  }
}

function noToken() {
  return connectorError("sign-in-required", "this provider is opened with a token, and nobody issues one", {
    hint: {
      id: "pass-get-token",
      params: {},
      text: "Pass getToken to Connector.open.",
      audience: "developer",
    },
  });
}
