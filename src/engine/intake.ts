import type { Clock } from '../contract/clock.ts';
import { Envelope } from '../contract/envelope.ts';
import type { DecodedEvent } from '../contract/event.ts';
import type { Format, Ignored } from '../contract/format.ts';
import type { Step } from '../contract/pipeline.ts';
import type { Batch, Delivery, Passed, Source } from '../contract/source.ts';
import type { PipelineStats } from '../contract/stats.ts';
import type { Transformed } from '../contract/transformer.ts';
import type { Committer } from './committer.ts';
import type { Limits } from './limits.ts';
import type { Outage } from './outage.ts';
import { Task, Work } from './task.ts';
import type { Tracker } from './tracker.ts';
import type { Window } from './window.ts';
import type { Workload } from './workload.ts';

export interface IntakeParts {
  readonly source: Source;
  readonly sourceType: string;
  readonly format: Format;
  readonly steps: readonly Step[];
  readonly clock: Clock;
  readonly stats: PipelineStats;
  readonly window: Window;
  readonly tracker: Tracker;
  readonly committer: Committer;
  readonly workload: Workload;
  readonly bounds: Limits;
  readonly outage: Outage;
  /** True once the pipeline is ending: nothing more is taken in. */
  readonly ending: () => boolean;
}

/**
 * Reads, decodes, and runs the leading pure steps: most events end here, dropped by a filter, at the cost of
 * one object and one parse. What is left becomes a task. Nothing in here waits per event unless the window
 * is full.
 */
export class Intake {
  private readonly parts: IntakeParts;
  /** How many of the first steps are pure: they need no lane, no attempt and no promise. */
  private readonly pureSteps: number;

  constructor(parts: IntakeParts) {
    this.parts = parts;
    const firstImpure = parts.steps.findIndex(({ transformer }) => transformer.pure !== true);
    this.pureSteps = firstImpure === -1 ? parts.steps.length : firstImpure;
  }

  /** Ends when the source ends, when the pipeline is ending, or with the source's error. */
  async run(signal: AbortSignal): Promise<void> {
    const { source, bounds, stats, clock, outage, ending } = this.parts;
    for await (const batch of source.read(signal)) {
      if (ending()) return;
      outage.connect();
      if (isEmpty(batch)) {
        for (const passed of batch.passed ?? []) this.pass(passed, this.parts.tracker);
        bounds.nothingNew(this.parts.window.empty);
        continue;
      }
      bounds.somethingNew();
      stats.lastEventAt = clock.now();
      if (!(await this.take(batch))) return;
    }
  }

  /** False: the pipeline is ending and the rest of the batch stays unread. */
  private async take(batch: Batch): Promise<boolean> {
    const { format, outage, window, workload, committer, bounds, ending, tracker, sourceType } = this.parts;
    if (format.prepare !== undefined) {
      const records = batch.deliveries
        .map(({ record }) => record)
        .filter(({ refused }) => refused === undefined);
      await outage.reach(`prepare decoding for ${sourceType}`, (signal) =>
        (format.prepare as NonNullable<Format['prepare']>)(records, signal),
      );
    }
    const { losses } = tracker;
    for (const delivery of batch.deliveries) {
      while (window.full || workload.crowded || committer.behind || bounds.exhausted) {
        bounds.check();
        if (ending()) return false;
        await window.room();
      }
      if (ending()) return false;
      // While it waited for room its partition may have gone to somebody else, who reads it too.
      if (tracker.losses !== losses && tracker.isLost(delivery.position.partition, losses)) continue;
      this.accept(delivery);
    }
    if (ending()) return false;
    for (const passed of batch.passed ?? []) {
      if (!tracker.isLost(passed.partition, losses)) this.pass(passed, tracker);
    }
    return true;
  }

  private pass({ partition, epoch, next, dropped, older = 0 }: Passed, tracker: Tracker): void {
    const { stats, bounds } = this.parts;
    if (bounds.partitionEnded(partition)) return;
    tracker.at(partition, epoch).pass(next);
    stats.read += dropped;
    stats.dropped += dropped;
    stats.prefiltered += dropped - older;
    if (older > 0) stats.ignored.set(OLDER, (stats.ignored.get(OLDER) ?? 0) + older);
  }

  private accept(delivery: Delivery): void {
    const { stats, format, bounds, steps } = this.parts;
    const { record } = delivery;
    let decoded: DecodedEvent | Ignored;
    try {
      if (record.refused !== undefined) throw record.refused;
      decoded = format.decode(record);
    } catch (error) {
      stats.read += 1;
      this.poison(delivery, error);
      return;
    }
    if (!(decoded instanceof Envelope) && 'ignored' in decoded) {
      stats.read += 1;
      stats.ignored.set(decoded.ignored, (stats.ignored.get(decoded.ignored) ?? 0) + 1);
      this.drop(delivery);
      return;
    }
    const original = decoded instanceof Envelope ? decoded : Envelope.from(decoded);
    original.origin = delivery;
    if (bounds.until !== undefined && bounds.isPast(delivery, original)) return;
    stats.read += 1;
    let event = original;
    for (let i = 0; i < this.pureSteps; i += 1) {
      let out: Transformed;
      try {
        out = (steps[i] as Step).transformer.transform(event, undefined) as Transformed;
      } catch {
        // Run again as a task, where the failure is counted, retried or made a dead letter.
        this.submit(delivery, original, new Work(event, i));
        return;
      }
      const step = stats.steps[i] as PipelineStats['steps'][number];
      if (out === null) {
        step.processed += 1;
        step.dropped += 1;
        this.drop(delivery);
        return;
      }
      if (!(out instanceof Envelope)) {
        this.submit(delivery, original, new Work(event, i));
        return;
      }
      step.processed += 1;
      event = out;
    }
    this.submit(delivery, original, new Work(event, this.pureSteps));
  }

  private drop(delivery: Delivery): void {
    const { position } = delivery;
    const { stats, tracker, source, committer } = this.parts;
    stats.dropped += 1;
    tracker.at(position.partition, position.epoch).finishNow(delivery);
    if (source.settle !== undefined) committer.settle({ delivery, outcome: 'dropped' });
  }

  private submit(delivery: Delivery, original: Envelope, work: Work): void {
    const { tracker, workload, bounds } = this.parts;
    bounds.reserve();
    workload.submit(new Task(tracker.begin(delivery), original, work));
  }

  private poison(delivery: Delivery, error: unknown): void {
    const { tracker, workload, bounds } = this.parts;
    bounds.reserve();
    const task = new Task(tracker.begin(delivery), undefined, undefined);
    task.dead = { step: 'decode', error };
    workload.bury(task);
  }
}

const OLDER = 'older than the start that was asked for';

function isEmpty(batch: Batch): boolean {
  if (batch.deliveries.length > 0) return false;
  return batch.passed === undefined || batch.passed.every(({ dropped }) => dropped === 0);
}
