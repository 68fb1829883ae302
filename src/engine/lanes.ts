import { Deque } from './deque.ts';
import { Lane, type Task } from './task.ts';

/**
 * Keeps order within a lane and bounds how many lanes work at once. A lane works on one task at a time; the
 * others of the lane wait. A task that sleeps before a retry keeps its lane but gives its slot back, so that
 * it blocks nothing but its own key.
 *
 * Where nothing is in work, a task is run at once and its lane is only computed if it does not finish
 * synchronously: a pipeline of synchronous steps never computes a key.
 */
export class Lanes {
  private running = 0;
  private pumping = false;
  private readonly ready = new Deque<Task>();
  private readonly lanes = new Map<string, Lane>();
  private readonly concurrency: number;
  private readonly run: (task: Task) => void;
  private readonly keyOf: (task: Task) => string | undefined;

  constructor(concurrency: number, keyOf: (task: Task) => string | undefined, run: (task: Task) => void) {
    this.concurrency = concurrency;
    this.keyOf = keyOf;
    this.run = run;
  }

  submit(task: Task): void {
    if (this.running === 0 && this.lanes.size === 0) {
      this.start(task);
      if (!task.ended && task.lane === undefined) this.occupy(task, this.keyOf(task));
      return;
    }
    const key = this.keyOf(task);
    const lane = key === undefined ? undefined : this.lanes.get(key);
    if (lane?.busy) {
      lane.waiting.push(task);
      return;
    }
    if (lane === undefined) this.occupy(task, key);
    else {
      lane.busy = true;
      task.lane = lane;
    }
    if (this.running < this.concurrency && this.ready.empty) this.start(task);
    else this.ready.push(task);
  }

  /** The task sleeps or is in a batch: another may use its slot. */
  park(task: Task): void {
    if (!task.running) return;
    task.running = false;
    this.running -= 1;
    this.pump();
  }

  /** A parked task goes on as soon as there is a slot. */
  wake(task: Task): void {
    this.ready.push(task);
    this.pump();
  }

  /** The task's work has ended; the next one of the lane may begin. */
  leave(task: Task): void {
    const { lane } = task;
    if (lane !== undefined) {
      if (task.batched) {
        task.batched = false;
        lane.batched -= 1;
        this.forget(lane);
      } else this.next(lane);
    }
    if (task.running) {
      task.running = false;
      this.running -= 1;
    }
    this.pump();
  }

  /** The task waits in a batch that keeps order: those behind it may catch up with it there. */
  passOn(task: Task): void {
    if (task.lane === undefined) this.occupy(task, this.keyOf(task));
    const { lane } = task;
    if (lane !== undefined && !task.batched) {
      task.batched = true;
      lane.batched += 1;
      this.next(lane);
    }
    this.park(task);
  }

  private next(lane: Lane): void {
    const next = lane.waiting.shift();
    if (next !== undefined) {
      next.lane = lane;
      this.ready.push(next);
    } else {
      lane.busy = false;
      this.forget(lane);
    }
  }

  /** Drops a lane that nothing works in or waits for. */
  private forget(lane: Lane): void {
    if (!lane.busy && lane.batched === 0) this.lanes.delete(lane.key);
  }

  /** Empties all queues: what had not begun when the pipeline stopped. */
  takeWaiting(): Task[] {
    const waiting: Task[] = [];
    for (let task = this.ready.shift(); task !== undefined; task = this.ready.shift()) waiting.push(task);
    for (const lane of this.lanes.values()) {
      for (let task = lane.waiting.shift(); task !== undefined; task = lane.waiting.shift())
        waiting.push(task);
    }
    return waiting;
  }

  private occupy(task: Task, key: string | undefined): void {
    if (key === undefined) return;
    const lane = new Lane(key);
    lane.busy = true;
    task.lane = lane;
    this.lanes.set(key, lane);
  }

  private pump(): void {
    if (this.pumping) return;
    this.pumping = true;
    while (this.running < this.concurrency) {
      const task = this.ready.shift();
      if (task === undefined) break;
      this.start(task);
    }
    this.pumping = false;
  }

  private start(task: Task): void {
    task.running = true;
    this.running += 1;
    this.run(task);
  }
}
