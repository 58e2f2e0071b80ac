/**
 * How long a wait has really lasted, on a machine that sleeps and in a pane
 * whose timers the host slows down.
 *
 * A timer that was set for 90 s and fires after an hour of sleep has not
 * waited for an hour: the server had no chance to be heard. So the wait is
 * counted in ticks, and a tick that comes late counts as one tick.
 */
import { Unanswered } from "./operation.js";

/** A wait that is counted in ticks. */
export class Patience {
  #limitMs;
  #waitedMs = 0;
  #lastTickMs;

  constructor(limitMs, nowMs) {
    this.#limitMs = limitMs;
    this.#lastTickMs = nowMs;
  }

  /** How far apart ticks are: an eighth of the limit, between 20 ms and 1 s. */
  get tickMs() {
    return Math.min(Math.max(this.#limitMs / 8, 20), 1_000);
  }

  /** Something arrived: the wait starts over. */
  heard() {
    this.#waitedMs = 0;
  }

  /** Counts the time since the last tick and says whether the wait is over. */
  tick(nowMs) {
    const passed = Math.max(nowMs - this.#lastTickMs, 0);
    this.#lastTickMs = nowMs;
    this.#waitedMs += Math.min(passed, this.tickMs * 1.5);
    return this.#waitedMs >= this.#limitMs;
  }
}

/** Watches a wait and stops the operation when it has lasted too long. */
export class Watch {
  #patience;
  #timer;

  constructor(operation, word, limitMs) {
    this.#patience = new Patience(limitMs, performance.now());
    this.#timer = setInterval(() => {
      if (!this.#patience.tick(performance.now())) return;
      this.close();
      operation.stop(new Unanswered(word, limitMs));
    }, this.#patience.tickMs);
  }

  heard() {
    this.#patience.heard();
  }

  close() {
    clearInterval(this.#timer);
  }
}
