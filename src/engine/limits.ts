import type { Clock } from '../contract/clock.ts';
import type { Envelope } from '../contract/envelope.ts';
import type { RunLimits } from '../contract/pipeline.ts';
import type { Delivery, Outcome, Source } from '../contract/source.ts';

/**
 * Ends a run when it was asked to: after so many events, at a time, when nothing new comes. All three finish
 * and commit what was begun, and leave what comes after untouched.
 */
export class Limits {
  readonly until: number | undefined;
  private readonly limits: RunLimits;
  private readonly clock: Clock;
  private readonly source: Source;
  private readonly end: (reason: string) => void;
  /** Why time that passes without an event is not idleness (an outage); undefined = it is. */
  private readonly disturbed: () => string | undefined;
  private reserved = 0;
  private finished = 0;
  private idleSince: number | undefined;
  private readonly ended = new Set<string>();
  private readonly seen = new Set<string>();

  constructor(
    limits: RunLimits,
    clock: Clock,
    source: Source,
    end: (reason: string) => void,
    disturbed: () => string | undefined,
  ) {
    this.limits = limits;
    this.clock = clock;
    this.source = source;
    this.end = end;
    this.disturbed = disturbed;
    this.until = limits.until;
  }

  /** `--max-events`: as many deliveries as may end acted or dead are in work or have ended. */
  get exhausted(): boolean {
    return this.limits.maxEvents !== undefined && this.reserved >= this.limits.maxEvents;
  }

  /** A delivery is about to be worked on: it takes a slot, in the order of reading. */
  reserve(): void {
    this.reserved += 1;
  }

  /** A delivery has ended; one that was neither acted on nor dead gives its slot back. */
  count(outcome: Outcome | 'abandoned'): void {
    if (outcome === 'acted' || outcome === 'dead') this.finished += 1;
    else this.reserved -= 1;
    this.check();
  }

  check(): void {
    const { maxEvents } = this.limits;
    if (maxEvents !== undefined && this.finished >= maxEvents) this.end(`--max-events ${maxEvents} reached`);
  }

  somethingNew(): void {
    this.idleSince = undefined;
  }

  /** The source was asked and had nothing. Only that is idleness: an outage, or work that runs, is not. */
  nothingNew(nothingInWork: boolean): void {
    const { idleTimeoutMs, until } = this.limits;
    if (until !== undefined && nothingInWork && this.clock.now() >= until) this.end('--until reached');
    if (idleTimeoutMs === undefined) return;
    if (!nothingInWork || this.disturbed() !== undefined) {
      this.idleSince = undefined;
      return;
    }
    const now = this.clock.monotonic();
    this.idleSince ??= now;
    if (now - this.idleSince >= idleTimeoutMs) this.end(`idle for ${idleTimeoutMs / 1000} s`);
  }

  partitionEnded(partition: string): boolean {
    return this.ended.has(partition);
  }

  /** `--until`: true for a delivery that is not older, and for all that follow in its partition. */
  isPast(delivery: Delivery, event: Envelope): boolean {
    const { partition } = delivery.position;
    this.seen.add(partition);
    if (this.ended.has(partition)) return true;
    const time = delivery.record.time ?? (event.time === undefined ? Number.NaN : Date.parse(event.time));
    if (!(time >= (this.until as number))) return false;
    this.ended.add(partition);
    const partitions = this.source.partitions?.() ?? [...this.seen];
    if (partitions.every((each) => this.ended.has(each))) this.end('--until reached');
    return true;
  }
}
