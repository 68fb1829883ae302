/** Pub/Sub answers within a second, the emulator within a few, also where it hands out 10 MB. */
const LEAST_MS = 10_000;
const MOST_MS = 60_000;

/**
 * How long a request may stay without an answer that the server does not hold back on purpose: silence is an outage,
 * and told soon. After one the next request is given twice the time, so that a server that is only slow is not given
 * up; an answer leaves twice what it took.
 */
export class Patience {
  private ms = LEAST_MS;
  private readonly now: () => number;

  /** `now`: milliseconds, never going back. */
  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** Throws what `request` throws. */
  async with<T>(request: (timeoutMs: number) => Promise<T>): Promise<T> {
    const { ms, now } = this;
    const begun = now();
    try {
      const answer = await request(ms);
      this.ms = Math.max(LEAST_MS, Math.min(ms, 2 * (now() - begun)));
      return answer;
    } catch (error) {
      // Timers of requests are not exact. What failed sooner, failed for another reason.
      if (now() - begun > ms / 2) this.ms = Math.min(ms * 2, MOST_MS);
      throw error;
    }
  }
}
