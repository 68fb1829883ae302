import type { Action, BatchLimits, Result } from '../contract/action.ts';
import type { Try } from './attempts.ts';
import { Deque } from './deque.ts';
import type { Task, Work } from './task.ts';

/** One event that waits for, or is part of, a batch. */
export interface BatchItem {
  readonly task: Task;
  readonly work: Work;
}

/** What the batcher needs of the journey. */
export interface BatchHost {
  beginAttempt(item: BatchItem): Try;
  endAttempt(attempt: Try): void;
  acted(item: BatchItem): void;
  /** True: the event is given up, or sent back; false: it will be tried again. */
  failed(item: BatchItem, error: unknown, attempt: Try): boolean;
  /** The pipeline stopped before the event was handed to the action. */
  abandon(task: Task): void;
}

/**
 * Collects events for an action that takes many at once. A batch goes out when it is full, or `lingerMs` after
 * its first event. An event that failed is tried again alone, so that it does not take its neighbours along.
 *
 * With `keepsOrder` a batch may hold several events of one lane. When one of them fails, its lane is blocked:
 * those behind it are held here until it is settled, in their order.
 */
export class Batcher {
  private readonly pending = new Deque<BatchItem>();
  private pendingBytes = 0;
  private readonly held = new Map<object, BatchItem[]>();
  private inFlight = 0;
  private stopped = false;
  private armed: (() => void) | undefined;
  private readonly action: Required<Pick<Action, 'actBatch'>>;
  private readonly limits: BatchLimits;
  private readonly host: BatchHost;

  constructor(action: Required<Pick<Action, 'actBatch'>>, limits: BatchLimits, host: BatchHost) {
    this.action = action;
    this.limits = limits;
    this.host = host;
  }

  get keepsOrder(): boolean {
    return this.limits.keepsOrder;
  }

  add(item: BatchItem): void {
    if (this.stopped) {
      this.host.abandon(item.task);
      return;
    }
    if (item.work.failures > 0) {
      this.run([item]);
      return;
    }
    this.pending.push(item);
    this.pendingBytes += bytesOf(item);
    this.consider();
  }

  /** Everything that was not handed to the action: for a stop. */
  takePending(): Task[] {
    this.stopped = true;
    this.armed?.();
    const tasks: Task[] = [];
    for (let item = this.pending.shift(); item !== undefined; item = this.pending.shift())
      tasks.push(item.task);
    for (const items of this.held.values()) for (const item of items) tasks.push(item.task);
    this.held.clear();
    return tasks;
  }

  /** A task that failed here is not tried again: those of its lane that are held for it go on. */
  giveUp(task: Task): void {
    const failed = task.parts.some(({ failures }) => failures > 0);
    if (!failed || task.lane?.blocked !== true) return;
    this.unblock(task);
    this.consider();
  }

  private consider(): void {
    if (this.pending.empty || this.inFlight >= (this.limits.concurrent ?? 1)) return;
    if (this.pending.length >= this.limits.maxEvents || this.pendingBytes >= this.limits.maxBytes)
      this.flush();
    else this.arm();
  }

  private arm(): void {
    if (this.armed !== undefined) return;
    const fire = () => {
      this.armed = undefined;
      if (this.inFlight < (this.limits.concurrent ?? 1)) this.flush();
    };
    if (this.limits.lingerMs === 0) {
      const immediate = setImmediate(fire);
      this.armed = () => clearImmediate(immediate);
    } else {
      const timer = setTimeout(fire, this.limits.lingerMs);
      this.armed = () => clearTimeout(timer);
    }
  }

  private flush(): void {
    const items: BatchItem[] = [];
    const gone: Task[] = [];
    let bytes = 0;
    while (items.length < this.limits.maxEvents && (bytes < this.limits.maxBytes || items.length === 0)) {
      const item = this.pending.shift();
      if (item === undefined) break;
      this.pendingBytes -= bytesOf(item);
      const { task } = item;
      if (task.entry.frontier.leaving) gone.push(task);
      else if (task.lane?.blocked === true) this.hold(item);
      else {
        items.push(item);
        bytes += bytesOf(item);
      }
    }
    if (items.length > 0) this.run(items);
    for (const task of gone) this.host.abandon(task);
    this.consider();
  }

  private run(items: readonly BatchItem[]): void {
    this.inFlight += 1;
    const attempt = this.host.beginAttempt(items[0] as BatchItem);
    for (const { task } of items) task.begun = true;
    const events = items.map(({ work }) => work.event);
    let running: Promise<readonly Result[]>;
    try {
      running = Promise.resolve(this.action.actBatch(events, attempt));
    } catch (error) {
      running = Promise.reject(error);
    }
    running.then(
      (results) => this.settle(items, attempt, (i) => results[i]),
      (error: unknown) => this.settle(items, attempt, () => ({ failed: error })),
    );
  }

  private settle(items: readonly BatchItem[], attempt: Try, resultOf: (i: number) => Result): void {
    this.inFlight -= 1;
    this.host.endAttempt(attempt);
    const again: BatchItem[] = [];
    items.forEach((item, i) => {
      const result = resultOf(i);
      const { lane } = item.task;
      const wasBlocked = lane?.blocked === true && item.work.failures > 0;
      if (result === undefined) this.host.acted(item);
      else if ('notTried' in result) {
        item.task.begun = false;
        if (lane?.blocked === true) this.hold(item);
        else again.push(item);
        return;
      } else if (!this.host.failed(item, attempt.aborted ?? result.failed, attempt)) {
        if (this.keepsOrder && lane !== undefined) lane.blocked = true;
        return;
      }
      if (wasBlocked) this.unblock(item.task);
    });
    if (again.length > 0) this.putBack(again);
    this.consider();
  }

  private hold(item: BatchItem): void {
    const lane = item.task.lane as object;
    const items = this.held.get(lane);
    if (items === undefined) this.held.set(lane, [item]);
    else items.push(item);
  }

  private unblock(task: Task): void {
    const { lane } = task;
    if (lane === undefined) return;
    lane.blocked = false;
    const items = this.held.get(lane);
    this.held.delete(lane);
    if (items !== undefined) this.putBack(items);
  }

  private putBack(items: readonly BatchItem[]): void {
    if (this.stopped) {
      for (const { task } of items) this.host.abandon(task);
      return;
    }
    this.pending.unshift(items);
    for (const item of items) this.pendingBytes += bytesOf(item);
  }
}

function bytesOf(item: BatchItem): number {
  return item.task.entry.delivery?.bytes ?? 0;
}
