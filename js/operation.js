/**
 * Something under way that can be stopped, with the reason kept.
 *
 * The page's own signal is only listened to, and its reason, which may be
 * anything, is given back to the page unwrapped.
 */
export class Operation {
  #controller = new AbortController();
  #foreign;
  #listener = () => {
    // Older engines know no reason; `null` is one that the page gave.
    const { reason } = this.#foreign;
    this.stop(new CalledOff(reason === undefined ? abortError("This operation was aborted") : reason));
  };
  #stopped;
  /** A `CalledOff` or an `Unanswered`. */
  cause;

  constructor(foreign) {
    // Resolves, never rejects: nobody may be listening.
    this.stopped = new Promise((resolve) => (this.#stopped = resolve));
    if (!foreign) return;
    this.#foreign = foreign;
    if (foreign.aborted) this.#listener();
    else foreign.addEventListener("abort", this.#listener);
  }

  /** For fetch and for whoever reads the body. */
  get signal() {
    return this.#controller.signal;
  }

  /** The first cause counts. */
  stop(cause) {
    if (this.cause) return;
    this.cause = cause;
    this.close();
    this.#controller.abort();
    this.#stopped();
  }

  /** Waits for a promise, but not past the end of the operation: look at `cause` before the result. */
  orStopped(promise) {
    return Promise.race([promise, this.stopped]);
  }

  /** Stops listening to the page's signal. */
  close() {
    this.#foreign?.removeEventListener("abort", this.#listener);
  }
}

/** The page called it off, with its reason. */
export class CalledOff {
  constructor(reason) {
    this.reason = reason;
  }
}

/** There is no answer: a word that the module's `web::reply` knows, and the limit that was passed. */
export class Unanswered {
  constructor(word, limit = 0) {
    this.word = word;
    this.limit = limit;
  }
}

/** What the platform's own aborts look like. */
export function abortError(message) {
  return new DOMException(message, "AbortError");
}
