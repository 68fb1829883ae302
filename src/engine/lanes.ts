import { Deque } from './deque.ts';
import { Lane, type Task } from './task.ts';

const MOST_UNUSED = 1_000;
/** Characters; a lane with a longer key is not kept. */
const LONG_KEY = 500;

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
  /** Those in use, and some that are not: see `forget`. */
  private lanes = new Map<string, Lane>();
  private inUse = 0;
  private readonly concurrency: number;
  private readonly run: (task: Task) => void;
  private readonly keyOf: (task: Task) => string | undefined;

  constructor(concurrency: number, keyOf: (task: Task) => string | undefined, run: (task: Task) => void) {
    this.concurrency = concurrency;
    this.keyOf = keyOf;
    this.run = run;
  }

  /** How many could run at once and wait for a slot. */
  get backlog(): number {
    return this.ready.length;
  }

  submit(task: Task): void {
    if (this.running === 0 && this.inUse === 0) {
      this.start(task);
      if (!task.ended && task.lane === undefined) this.occupy(task);
      return;
    }
    const key = this.keyOf(task);
    const lane = this.laneOf(key);
    if (lane?.busy === true) {
      lane.waiting ??= new Deque();
      lane.waiting.push(task);
      return;
    }
    if (lane !== undefined) this.enter(task, lane);
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
    if (task.lane === undefined) this.occupy(task);
    const { lane } = task;
    if (lane !== undefined && !task.batched) {
      task.batched = true;
      lane.batched += 1;
      this.next(lane);
    }
    this.park(task);
  }

  private next(lane: Lane): void {
    const next = lane.waiting?.shift();
    if (next !== undefined) {
      next.lane = lane;
      this.ready.push(next);
    } else {
      lane.busy = false;
      this.forget(lane);
    }
  }

  /**
   * A lane that nothing works in or waits for may go. Most stay for a while: a map from which each event takes
   * away what it put in grows a new table again and again, with the harm that bag.ts tells of.
   */
  private forget(lane: Lane): void {
    if (lane.busy || lane.batched > 0) return;
    this.inUse -= 1;
    if (lane.key.length > LONG_KEY) this.lanes.delete(lane.key);
    else if (this.lanes.size > MOST_UNUSED + 4 * this.inUse) this.dropUnused();
  }

  private dropUnused(): void {
    const used = new Map<string, Lane>();
    for (const [key, lane] of this.lanes) if (lane.busy || lane.batched > 0) used.set(key, lane);
    this.lanes = used;
  }

  /** Empties all queues: what had not begun when the pipeline stopped. */
  takeWaiting(): Task[] {
    const waiting: Task[] = [];
    for (let task = this.ready.shift(); task !== undefined; task = this.ready.shift()) waiting.push(task);
    for (const lane of this.lanes.values()) {
      for (let task = lane.waiting?.shift(); task !== undefined; task = lane.waiting?.shift())
        waiting.push(task);
    }
    return waiting;
  }

  private occupy(task: Task): void {
    const lane = this.laneOf(this.keyOf(task));
    if (lane !== undefined) this.enter(task, lane);
  }

  private laneOf(key: string | undefined): Lane | undefined {
    if (key === undefined) return undefined;
    let lane = this.lanes.get(key);
    if (lane === undefined) {
      lane = new Lane(key);
      this.lanes.set(key, lane);
    }
    return lane;
  }

  private enter(task: Task, lane: Lane): void {
    if (lane.batched === 0) this.inUse += 1;
    lane.busy = true;
    task.lane = lane;
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
