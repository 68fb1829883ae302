import type { Clock } from '../../contract/clock.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';

/**
 * Each event gets the next free slot on a line of slots that are `intervalMs` apart; up to `burst` slots lie in the
 * past after a pause. An event whose slot is still ahead waits for it. First come, first served.
 *
 * A wait that its attempt ends (the timeout, a stop) keeps its slot: the next attempt of the same event waits for
 * the rest only, so that even a rate slower than the timeout lets every event pass.
 */
export class RateLimit {
  private readonly intervalMs: number;
  private readonly burst: number;
  private readonly clock: Clock;
  private nextSlot = Number.NEGATIVE_INFINITY;
  private readonly slots = new WeakMap<Event, number>();

  constructor(intervalMs: number, burst: number, clock: Clock) {
    this.intervalMs = intervalMs;
    this.burst = burst;
    this.clock = clock;
  }

  /** Takes a slot if one is free now. */
  takeNow(): boolean {
    const now = this.clock.monotonic();
    if (this.slotAt(now) > now) return false;
    this.nextSlot = this.slotAt(now) + this.intervalMs;
    return true;
  }

  /** The event, at once where a slot is free; else when its slot has come. Throws EVR_TIMEOUT (`later`) when
   *  `signal` aborts first. */
  take(event: Event, signal: AbortSignal | undefined): Event | Promise<Event> {
    const now = this.clock.monotonic();
    let slot = this.slots.get(event);
    if (slot === undefined) {
      slot = this.slotAt(now);
      this.nextSlot = slot + this.intervalMs;
      if (slot <= now) return event;
      this.slots.set(event, slot);
    }
    return slot <= now ? event : this.wait(event, slot, signal);
  }

  private slotAt(now: number): number {
    return Math.max(this.nextSlot, now - (this.burst - 1) * this.intervalMs);
  }

  private async wait(event: Event, slot: number, signal: AbortSignal | undefined): Promise<Event> {
    // A timer may ring a little early.
    for (let rest = slot - this.clock.monotonic(); rest > 0; rest = slot - this.clock.monotonic()) {
      await this.clock.sleep(Math.ceil(rest), signal);
      if (signal?.aborted) throw tooLong(slot - this.clock.monotonic());
    }
    return event;
  }
}

function tooLong(restMs: number): EvrunError {
  const retryAfterMs = Math.max(0, Math.ceil(restMs));
  const message = `rate_limit: the event's turn comes in ${retryAfterMs} ms, after the end of this attempt`;
  return new EvrunError('EVR_TIMEOUT', message, { retry: 'later', retryAfterMs });
}
