/**
 * Bounds memory: counts every delivery that was read and is not yet behind the frontier, finished or not.
 * Without the finished ones, one stuck lane would let millions finish past it and wait there. (Invariant 8.)
 */
export class Window {
  private readonly gauge: { inFlight: number; inFlightBytes: number };
  private readonly maxEvents: number;
  private readonly maxBytes: number;
  private wake: (() => void) | undefined;

  /** `gauge` holds the counts, so that reports and metrics read them where they are kept. */
  constructor(gauge: { inFlight: number; inFlightBytes: number }, maxEvents: number, maxBytes: number) {
    this.gauge = gauge;
    gauge.inFlight = 0;
    gauge.inFlightBytes = 0;
    this.maxEvents = maxEvents;
    this.maxBytes = maxBytes;
  }

  /** A single delivery larger than `maxBytes` is let in when nothing else is: it must not block forever. */
  get full(): boolean {
    const { inFlight, inFlightBytes } = this.gauge;
    return inFlight >= this.maxEvents || (inFlightBytes >= this.maxBytes && inFlight > 0);
  }

  get empty(): boolean {
    return this.gauge.inFlight === 0;
  }

  add(bytes: number): void {
    this.gauge.inFlight += 1;
    this.gauge.inFlightBytes += bytes;
  }

  release(events: number, bytes: number): void {
    const wasFull = this.wake !== undefined && this.full;
    this.gauge.inFlight -= events;
    this.gauge.inFlightBytes -= bytes;
    if (wasFull && !this.full) this.nudge();
  }

  /** Resolves when there is room, or when `nudge` is called (stop). One waiter: the reader. */
  room(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  nudge(): void {
    const wake = this.wake;
    this.wake = undefined;
    wake?.();
  }
}
