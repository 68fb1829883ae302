import { Bag } from '../contract/bag.ts';
import type { EvrunError } from '../contract/errors.ts';
import type { PipelinePlan } from '../contract/pipeline.ts';
import type { Outcome } from '../contract/source.ts';
import type { PipelineStats } from '../contract/stats.ts';
import type { Burial } from './burial.ts';
import type { Committer } from './committer.ts';
import { Journey, type JourneyHost, type JourneyParts } from './journey.ts';
import { Lanes } from './lanes.ts';
import type { Task } from './task.ts';
import type { Tracker } from './tracker.ts';

export interface WorkloadParts {
  readonly plan: PipelinePlan;
  readonly journey: JourneyParts;
  readonly laneKey: (task: Task) => string | undefined;
  readonly tracker: Tracker;
  readonly committer: Committer;
  readonly burial: Burial;
  readonly stats: PipelineStats;
  /** Ends the sleeps before retries. */
  readonly haltSignal: AbortSignal;
  /** `failure_mode: THROW` met a dead delivery; its line is written. */
  readonly thrown: (error: unknown) => void;
  /** The pipeline cannot go on. */
  readonly fatal: (error: unknown) => void;
  /** A delivery has ended, or was given up. */
  readonly ended: (outcome: Outcome | 'abandoned') => void;
  /** A delivery gave its slot to another. */
  readonly parked: () => void;
}

/**
 * How many unfinished deliveries are read ahead, within `max_in_flight`, to find work for every lane. Ten times as
 * many took twice the memory and were no faster.
 */
const READ_AHEAD = 640;
/**
 * So many for each slot may wait for it: then there is work for every lane, and what is read now would only grow old.
 * An event that dies young costs the garbage collector nothing, and one that does not as much as the rest of its way.
 */
const BACKLOG = 2;

/** Everything that is in work: gives each delivery its journey, and exactly one outcome. (Invariant 2.) */
export class Workload implements JourneyHost {
  readonly journey: Journey;
  /** Tasks that did not finish as soon as they were submitted. */
  readonly open = new Bag<Task>();
  private readonly lanes: Lanes;
  private readonly parts: WorkloadParts;
  private readonly most: number;
  private readonly backlog: number;
  private halted = false;
  private onEmpty: (() => void) | undefined;
  /** Told whenever a task has left. */
  private readonly watchers = new Set<() => void>();

  constructor(parts: WorkloadParts) {
    this.parts = parts;
    this.journey = new Journey(parts.journey, this);
    const { concurrency } = parts.plan.options;
    this.lanes = new Lanes(concurrency, parts.laneKey, (task) => this.run(task));
    this.backlog = BACKLOG * concurrency;
    this.most = Math.max(READ_AHEAD, 2 * this.backlog);
  }

  submit(task: Task): void {
    this.lanes.submit(task);
    if (!task.ended) this.open.add(task);
  }

  /** For poison, which has no journey: straight to the dead letters. */
  bury(task: Task): void {
    const { burial, thrown, fatal } = this.parts;
    const { dead } = task;
    if (dead === undefined) return;
    this.open.add(task);
    burial.file(task, dead).then(
      (id) => {
        if (burial.goesOn) {
          this.finish(task, 'dead');
          burial.say(id, dead);
        } else {
          this.abandon(task);
          thrown(dead.error);
        }
      },
      (error: unknown) => {
        this.abandon(task);
        fatal(error);
      },
    );
  }

  /** Enough is read ahead. */
  get crowded(): boolean {
    return this.open.size >= this.most || this.lanes.backlog >= this.backlog;
  }

  /** There is room for so many again that reading on is worth while. */
  get roomy(): boolean {
    return this.open.size <= this.most * 0.75 && this.lanes.backlog <= this.backlog / 2;
  }

  /** Resolves when nothing is in work. */
  async drained(): Promise<void> {
    while (this.open.size > 0) {
      await new Promise<void>((resolve) => {
        this.onEmpty = resolve;
      });
    }
  }

  /** Resolves when nothing of `partitions` that has begun is still in work, at a halt, or after `ms`. */
  async quiet(partitions: readonly string[], ms: number): Promise<void> {
    const { haltSignal } = this.parts;
    const theirs = new Set(partitions);
    const working = (task: Task) => task.begun && theirs.has(task.entry.frontier.partition);
    let wake: () => void = () => {};
    let late = false;
    const look = () => wake();
    // Not AbortSignal.any over AbortSignal.timeout: Node 20 collects the timeout, and then it never comes.
    const timer = setTimeout(() => {
      late = true;
      wake();
    }, ms);
    this.watchers.add(look);
    haltSignal.addEventListener('abort', look, { once: true });
    while (!late && !haltSignal.aborted && [...this.open].some(working)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    clearTimeout(timer);
    this.watchers.delete(look);
    haltSignal.removeEventListener('abort', look);
  }

  /** Gives up everything that has not begun or sleeps; what runs may go on. */
  halt(): void {
    this.halted = true;
    for (const task of this.lanes.takeWaiting()) this.abandon(task);
    for (const task of this.journey.takePending()) this.abandon(task);
  }

  complete(task: Task): void {
    if (task.dead !== undefined) this.bury(task);
    else if (task.returnedAfterMs !== undefined) this.finish(task, 'returned');
    else this.finish(task, task.acted ? 'acted' : 'dropped');
  }

  retryLater(task: Task, delayMs: number): void {
    const { plan, haltSignal } = this.parts;
    task.begun = false;
    this.park(task);
    plan.clock.sleep(delayMs, haltSignal).then(() => {
      if (this.halted) this.abandon(task);
      else this.lanes.wake(task);
    });
  }

  park(task: Task): void {
    this.lanes.park(task);
    this.parts.parked();
  }

  resume(task: Task): void {
    if (task.entry.frontier.revoked && task.parts.length > 0) this.abandon(task);
    else if (task.running) this.journey.advance(task);
    else if (this.halted) this.abandon(task);
    else this.lanes.wake(task);
  }

  batched(task: Task, passOn: boolean): void {
    if (passOn) this.lanes.passOn(task);
    else this.lanes.park(task);
    this.parts.parked();
  }

  fatal(error: EvrunError, task: Task): void {
    this.abandon(task);
    this.parts.fatal(error);
  }

  /** The delivery stays unfinished: it comes again. */
  abandon(task: Task): void {
    if (task.ended) return;
    task.ended = true;
    task.tellEnding('abandoned');
    this.left(task);
    this.parts.ended('abandoned');
  }

  private run(task: Task): void {
    if (task.entry.frontier.leaving) {
      this.journey.giveUp(task);
      this.abandon(task);
    } else this.journey.advance(task);
  }

  private finish(task: Task, outcome: Outcome): void {
    const { tracker, committer, stats, ended } = this.parts;
    task.ended = true;
    task.tellEnding(outcome === 'returned' || outcome === 'held' ? 'abandoned' : outcome);
    const { delivery } = task.entry;
    if (tracker.finish(task.entry)) {
      if (outcome !== 'held') stats[outcome] += 1;
      if (outcome !== 'dropped') committer.count();
    }
    stats.stale = tracker.stale;
    if (delivery !== undefined) {
      committer.settle(
        task.returnedAfterMs === undefined
          ? { delivery, outcome }
          : { delivery, outcome, afterMs: task.returnedAfterMs },
      );
    }
    this.left(task);
    ended(outcome);
  }

  private left(task: Task): void {
    this.open.remove(task);
    this.lanes.leave(task);
    if (this.watchers.size > 0) for (const look of this.watchers) look();
    if (this.open.size === 0) this.onEmpty?.();
  }
}
