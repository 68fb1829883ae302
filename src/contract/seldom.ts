import type { Clock } from './clock.ts';

const AGAIN_MS = 60_000;

/** For what may happen thousands of times for one reason: the first is said at once, then one a minute. */
export class Seldom {
  private readonly clock: Clock;
  private againAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Whether it is to be said now. Counts as said. */
  take(): boolean {
    const now = this.clock.monotonic();
    if (now < this.againAt) return false;
    this.againAt = now + AGAIN_MS;
    return true;
  }
}
