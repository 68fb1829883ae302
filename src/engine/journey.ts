import type { Action } from '../contract/action.ts';
import type { Clock } from '../contract/clock.ts';
import { EvrunError, messageOf } from '../contract/errors.ts';
import type { Logger } from '../contract/log.ts';
import type { Step } from '../contract/pipeline.ts';
import { Seldom } from '../contract/seldom.ts';
import type { PipelineStats, StepStats } from '../contract/stats.ts';
import type { Transformed } from '../contract/transformer.ts';
import { type AttemptHost, type AttemptWatch, Try } from './attempts.ts';
import { Batcher, type BatchItem } from './batcher.ts';
import { applyTo } from './parts.ts';
import { delayAfter, type RetryPolicy } from './retry.ts';
import { observe } from './stats.ts';
import type { Task, Work } from './task.ts';

export interface JourneyParts {
  readonly pipeline: string;
  readonly steps: readonly Step[];
  readonly action: Action;
  readonly actionLabel: string;
  readonly retries: 'engine' | 'source';
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly stats: PipelineStats;
  readonly watch: AttemptWatch;
  readonly log: Logger;
  /** Set for --dry-run: shows instead of acting. */
  readonly preview: ((line: string) => void) | undefined;
}

/** Where a task goes when it cannot go on by itself. */
export interface JourneyHost {
  /** All parts have ended: `task` says how. */
  complete(task: Task): void;
  /** Sleeps before the next attempt; calls `advance` again afterwards. */
  retryLater(task: Task, delayMs: number): void;
  /** Gives the task's slot back while it waits for others. */
  park(task: Task): void;
  /** What the task waited for has come: `advance` it, once it has a slot. */
  resume(task: Task): void;
  /** Waits in a batch; `passOn`: those behind it in its lane may follow. */
  batched(task: Task, passOn: boolean): void;
  /** The pipeline must stop; the event is not at fault. */
  fatal(error: EvrunError, task: Task): void;
  /** The pipeline stopped while the attempt ran: the delivery stays unfinished. */
  abandon(task: Task): void;
}

/**
 * Takes a delivery through its steps to the action, part by part. Runs synchronously as long as the steps do;
 * where one returns a promise, the journey goes on when it settles.
 */
export class Journey {
  private readonly parts: JourneyParts;
  private readonly host: JourneyHost;
  private readonly batcher: Batcher | undefined;
  private readonly attempts: AttemptHost;
  private readonly toldOfRetries: Seldom;

  constructor(parts: JourneyParts, host: JourneyHost) {
    this.parts = parts;
    this.host = host;
    const { action, clock, pipeline } = parts;
    this.toldOfRetries = new Seldom(clock);
    this.attempts = { pipeline, now: () => clock.monotonic(), park: (task) => host.park(task) };
    if (action.batch !== undefined && action.actBatch !== undefined && parts.preview === undefined) {
      this.batcher = new Batcher(action as Required<Action>, action.batch, {
        beginAttempt: (item) => this.begin(item.task, item.work),
        endAttempt: (attempt) => this.end(attempt, this.parts.stats.steps.at(-1)),
        acted: (item) => this.actedInBatch(item),
        failed: (item, error, attempt) => this.failedInBatch(item, error, attempt),
        abandon: (task) => this.host.abandon(task),
      });
    }
  }

  /** Goes on with the topmost part until the task has ended or waits for something. */
  advance(task: Task): void {
    const { steps } = this.parts;
    for (;;) {
      const work = task.parts[task.parts.length - 1];
      if (work === undefined || task.returnedAfterMs !== undefined) {
        this.host.complete(task);
        return;
      }
      const goesOn = work.step < steps.length ? this.step(task, work) : this.act(task, work);
      if (!goesOn) return;
    }
  }

  /** The task will not be advanced again: what waits for it in a batch goes on without it. */
  giveUp(task: Task): void {
    this.batcher?.giveUp(task);
  }

  takePending(): Task[] {
    return this.batcher?.takePending() ?? [];
  }

  private step(task: Task, work: Work): boolean {
    const { transformer } = this.parts.steps[work.step] as Step;
    const attempt = transformer.pure === true ? undefined : this.newTry(task, work);
    task.begun = true;
    let out: Transformed | Promise<Transformed>;
    try {
      out = transformer.transform(work.event, attempt);
      if (!isPromise(out)) {
        applyTo(task, work, out, this.stepStats(work));
        return true;
      }
    } catch (error) {
      return this.failed(task, work, error);
    }
    this.wait(task, work, out, attempt ?? this.newTry(task, work), (value) =>
      applyTo(task, work, value, this.stepStats(work)),
    );
    return false;
  }

  private act(task: Task, work: Work): boolean {
    const { action, preview } = this.parts;
    if (preview !== undefined) return this.show(task, work, preview);
    if (this.batcher !== undefined) {
      this.host.batched(task, this.batcher.keepsOrder && task.parts.length === 1);
      this.batcher.add({ task, work });
      return false;
    }
    const attempt = this.newTry(task, work);
    task.begun = true;
    let out: unknown;
    try {
      out = action.act?.(work.event, attempt);
      if (!isPromise(out)) {
        this.accept(out);
        this.acted(task, work);
        return true;
      }
    } catch (error) {
      return this.failed(task, work, error);
    }
    this.wait(task, work, out, attempt, (value) => {
      this.accept(value);
      this.acted(task, work);
    });
    return false;
  }

  /** --dry-run: what would be done is a line instead. */
  private show(task: Task, work: Work, preview: (line: string) => void): boolean {
    const { action, actionLabel } = this.parts;
    try {
      preview(action.preview?.(work.event) ?? `${actionLabel}: ${work.event.type} ${work.event.id}`);
    } catch (error) {
      return this.failed(task, work, error);
    }
    this.acted(task, work);
    return true;
  }

  private wait<T>(task: Task, work: Work, out: Promise<T>, attempt: Try, then: (value: T) => void): void {
    const stats = this.stepStats(work);
    this.parts.watch.add(attempt);
    out.then(
      (value) => {
        this.end(attempt, stats);
        try {
          then(value);
        } catch (error) {
          if (!this.failed(task, work, error)) return;
        }
        this.host.resume(task);
      },
      (error: unknown) => {
        this.end(attempt, stats);
        if (attempt.stopped) this.host.abandon(task);
        else if (this.failed(task, work, attempt.aborted ?? error)) this.host.resume(task);
      },
    );
  }

  private end(attempt: Try, stats: StepStats | undefined): void {
    const { watch, clock } = this.parts;
    watch.remove(attempt);
    if (stats !== undefined) observe(stats, (clock.monotonic() - attempt.startedAt) / 1000);
  }

  /** True: the part has ended (dead, or the delivery goes back); false: it waits, or the pipeline fails. */
  private failed(task: Task, work: Work, error: unknown): boolean {
    const { clock, stats, policy, retries } = this.parts;
    if (error instanceof EvrunError && error.fatal) {
      this.host.fatal(error, task);
      return false;
    }
    work.failures += 1;
    this.stepStats(work).failed += 1;
    task.attempts.push({ at: new Date(clock.now()).toISOString(), error: messageOf(error) });
    const delay = delayAfter(work.failures, error, policy);
    const receives = retries === 'source' ? task.entry.delivery?.receives : undefined;
    if (receives !== undefined && delay !== undefined) {
      if (receives <= policy.count) {
        task.returnedAfterMs = delayAfter(receives, error, policy) ?? 0;
        this.sayAgain(work, error, task.returnedAfterMs);
        return true;
      }
    } else if (delay !== undefined) {
      stats.retries += 1;
      this.sayAgain(work, error, delay);
      this.host.retryLater(task, delay);
      return false;
    }
    task.dead ??= { step: this.stepStats(work).label, error };
    task.parts.pop();
    return true;
  }

  private sayAgain(work: Work, error: unknown, delayMs: number): void {
    if (!this.toldOfRetries.take()) return;
    const { log, stats } = this.parts;
    const when = `in ${Math.ceil(delayMs / 1000)} s`;
    log.warn(`${this.stepStats(work).label} failed and is tried again ${when}: ${messageOf(error)}`, {
      id: work.event.id,
      retries: stats.retries + stats.returned,
    });
  }

  private acted(task: Task, work: Work): void {
    this.stepStats(work).processed += 1;
    task.acted = true;
    task.parts.pop();
  }

  private accept(value: unknown): void {
    if (value === false) {
      throw new EvrunError('EVR_ACTION', 'the action returned false: it did not act', { retry: 'later' });
    }
  }

  private begin(task: Task, work: Work): Try {
    const attempt = this.newTry(task, work);
    this.parts.watch.add(attempt);
    return attempt;
  }

  private actedInBatch({ task, work }: BatchItem): void {
    this.acted(task, work);
    this.advance(task);
  }

  private failedInBatch({ task, work }: BatchItem, error: unknown, attempt: Try): boolean {
    if (attempt.stopped) {
      this.host.abandon(task);
      return false;
    }
    if (!this.failed(task, work, error)) return false;
    this.advance(task);
    return true;
  }

  private newTry(task: Task, work: Work): Try {
    const before = this.parts.retries === 'source' ? (task.entry.delivery?.receives ?? 1) - 1 : 0;
    return new Try(this.attempts, task, before + work.failures + 1, this.parts.clock.monotonic());
  }

  private stepStats(work: Work): StepStats {
    const { steps } = this.parts.stats;
    return steps[Math.min(work.step, steps.length - 1)] as StepStats;
  }
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as Promise<T>).then === 'function';
}
