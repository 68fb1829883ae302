import type { Clock } from '../contract/clock.ts';
import type { Step } from '../contract/pipeline.ts';
import type { Settled, Source } from '../contract/source.ts';
import type { PipelineStats } from '../contract/stats.ts';
import { type Outage, StoppedError } from './outage.ts';
import type { Tracker } from './tracker.ts';

export interface CommitterParts {
  readonly source: Source;
  readonly sourceType: string;
  readonly steps: readonly Step[];
  readonly tracker: Tracker;
  readonly outage: Outage;
  readonly clock: Clock;
  readonly stats: PipelineStats;
  readonly intervalMs: number;
  readonly everyEvents: number;
  readonly failed: (error: unknown) => void;
  /** Called after a commit that reading waited for. */
  readonly caughtUp: () => void;
}

/** So many to acknowledge make a commit worth while. */
const SETTLE_FROM = 100;
/**
 * With so many to acknowledge, or so many bytes of them, reading waits: each is kept in memory, hidden from others, and
 * repeated by a crash. Enough for several rounds of requests, so that reading seldom waits.
 */
const MOST_UNSETTLED = 640;
const MOST_UNSETTLED_BYTES = 16 * 1024 * 1024;

/**
 * Tells the source what is done: every interval, every N events, at a stop and before partitions leave.
 * What steps must remember (dedupe keys) is made durable first; nothing is committed before its outcome is
 * durable (Invariant 1), because only finished deliveries reach the tracker.
 */
export class Committer {
  private readonly parts: CommitterParts;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private settled: Settled[] = [];
  private settledBytes = 0;
  private sinceCommit = 0;
  private failing = false;

  constructor(parts: CommitterParts) {
    this.parts = parts;
  }

  start(): void {
    this.timer = setInterval(() => this.request(), this.parts.intervalMs);
  }

  /** Commits do not keep up, or fail: reading waits, so that the bound on repeats holds. (Invariant 9.) */
  get behind(): boolean {
    return this.failing || this.sinceCommit >= 2 * this.parts.everyEvents || this.muchUnsettled;
  }

  private get muchUnsettled(): boolean {
    return this.settled.length >= MOST_UNSETTLED || this.settledBytes >= MOST_UNSETTLED_BYTES;
  }

  /** Counts an outcome towards `commit_every`. Drops are not counted: to drop again harms nobody. */
  count(): void {
    this.sinceCommit += 1;
    if (this.sinceCommit >= this.parts.everyEvents) this.request();
  }

  settle(done: Settled): void {
    if (this.parts.source.settle === undefined) return;
    this.settled.push(done);
    this.settledBytes += done.delivery.bytes;
    if (this.settled.length >= SETTLE_FROM || this.muchUnsettled) this.request();
  }

  /** Begins a commit unless one is running. */
  request(): void {
    if (this.running !== undefined) return;
    const { outage, source, sourceType, failed } = this.parts;
    const what = source.commit === undefined ? 'acknowledge messages of' : 'store the position of';
    this.running = outage
      .reach(`${what} ${sourceType}`, () => this.commitOnce())
      .catch((error: unknown) => {
        if (!(error instanceof StoppedError)) failed(error);
      })
      .finally(() => {
        this.running = undefined;
        if ((this.behind || this.settled.length >= SETTLE_FROM) && !this.failing) this.request();
      });
  }

  /** The last commit, tried once; waits for a running one first. Throws what the source throws. */
  async commitNow(): Promise<void> {
    // One that ends may have begun the next.
    while (this.running !== undefined) await this.running;
    await this.commitOnce();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async commitOnce(): Promise<void> {
    const { source, steps, tracker, stats, clock } = this.parts;
    const progress = tracker.takeProgress();
    const settled = this.settled;
    const counted = this.sinceCommit;
    if (progress.length === 0 && settled.length === 0) return;
    const waited = this.behind;
    this.settled = [];
    this.settledBytes = 0;
    if (waited && !this.behind) this.parts.caughtUp();
    try {
      for (const { transformer } of steps) await transformer.flush?.();
      if (progress.length > 0) await source.commit?.(progress);
      if (settled.length > 0) await source.settle?.(settled);
    } catch (error) {
      tracker.offerAgain(progress);
      this.settled = [...settled, ...this.settled];
      for (const { delivery } of settled) this.settledBytes += delivery.bytes;
      this.failing = true;
      throw error;
    }
    stats.commits += 1;
    stats.lastCommitAt = clock.now();
    const waiting = this.behind;
    this.sinceCommit -= counted;
    this.failing = false;
    if (waiting) this.parts.caughtUp();
  }
}
