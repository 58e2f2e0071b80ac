/**
 * What opens a provider, obtained before anything is sent to it: tokens from
 * `js/token_source.js`, credentials for them from where the module says
 * (`src/web/access.rs`).
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
import { demandsUser } from "./token_source.js";

export class Access {
  #host;
  /** By what they are for. */
  #flights = new Map();

  /** Hears that only the user can renew what opens the connection. */
  onLapse = () => {};

  /** `host` is `{ tokens, fetch, timeouts, limits }`. */
  constructor(host) {
    this.#host = host;
  }

  /**
   * Until `core`, a call or a discovery, can be sent. `operation` is the
   * caller's own; `attended`, of a discovery, says that the user has just
   * clicked. What `made` makes of it then and there is given: a moment later
   * another call may have let go of what opens the provider.
   */
  async obtainedFor(core, operation, attended, made) {
    let number;
    while (!operation.cause && (number = core.call("toObtain")) !== undefined) {
      await operation.orStopped(this.#flight(new CoreObject(number), attended));
    }
    if (operation.cause) throw operation.cause;
    return made?.();
  }

  #flight(core, attended) {
    const identity = core.call("identity");
    const underWay = this.#flights.get(identity);
    if (underWay) {
      core.free();
      return underWay;
    }
    const flight = this.#fly(core, attended).finally(() => {
      core.free();
      this.#flights.delete(identity);
    });
    this.#flights.set(identity, flight);
    // Whoever waits is told; where nobody does any more, nobody is.
    flight.catch(() => {});
    return flight;
  }

  async #fly(core, attended) {
    let step;
    while ((step = core.call("step")) !== undefined) {
      if (step.token) await this.#token(core, step.token, attended);
      else await this.#exchange(core, step.request);
    }
  }

  async #token(core, wanted, attended) {
    const operation = new Operation();
    const watch = new Watch(operation, "whole", this.#host.timeouts.firstByteMs);
    let given;
    try {
      const { signal } = operation;
      const asked = { ...wanted, interactive: attended === true, signal };
      given = await operation.orStopped(this.#host.tokens.issue(core.call("signIn"), asked));
      if (operation.cause) throw connectorError("timeout", "no token came in time", { retryable: true });
      if (!isText(given?.token)) throw connectorError("invalid-argument", "getToken didn't give a token");
    } catch (error) {
      if (core.call("missToken")) return;
      if (attended === undefined && demandsUser(error)) this.onLapse(error);
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
