import type { Attempt } from '../contract/action.ts';
import { Bag, type Placed } from '../contract/bag.ts';
import type { Clock } from '../contract/clock.ts';
import { Envelope, recordName } from '../contract/envelope.ts';
import { EvrunError } from '../contract/errors.ts';
import type { Event } from '../contract/event.ts';
import type { Ending, Passage } from '../contract/transformer.ts';
import type { Task } from './task.ts';

/** How long an aborted attempt may take to settle before the pipeline fails: two must never overlap. */
const GRACE_MS = 5_000;

/** What an attempt needs of the pipeline that it is part of. */
export interface AttemptHost {
  readonly pipeline: string;
  /** Monotonic milliseconds. */
  now(): number;
  /** Gives the task's slot back. */
  park(task: Task): void;
}

/** One try of a step or of the action. The abort controller is made only if somebody asks for the signal. */
export class Try implements Attempt, Passage, Placed {
  readonly number: number;
  /** When its time began; moves while it waits for other deliveries. */
  startedAt: number;
  place = -1;
  /** It waits for other deliveries: its time stands still. */
  waiting = false;
  readonly delivery: Task;
  aborted: EvrunError | undefined = undefined;
  /** True: aborted because the pipeline stops, which is not a failed attempt. */
  stopped = false;
  private controller: AbortController | undefined = undefined;
  private readonly host: AttemptHost;

  constructor(host: AttemptHost, task: Task, number: number, startedAt: number) {
    this.host = host;
    this.delivery = task;
    this.number = number;
    this.startedAt = startedAt;
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.aborted !== undefined) this.controller.abort(this.aborted);
    }
    return this.controller.signal;
  }

  async waitFor<T>(promise: Promise<T>): Promise<T> {
    this.waiting = true;
    this.host.park(this.delivery);
    try {
      return await promise;
    } finally {
      this.waiting = false;
      this.startedAt = this.host.now();
    }
  }

  onEnding(callback: (ending: Ending) => void): void {
    this.delivery.onEnding(callback);
  }

  idempotencyKey(event: Event): string {
    const { origin, part } = Envelope.from(event);
    const from = origin ?? this.delivery.entry.delivery;
    const name = from === undefined ? '' : recordName(`${this.host.pipeline}\n`, from);
    return name + part;
  }

  abort(reason: EvrunError): void {
    if (this.aborted !== undefined) return;
    this.aborted = reason;
    this.controller?.abort(reason);
  }
}

/**
 * Aborts attempts that take longer than `attempt_timeout_seconds`. One coarse timer looks at all of them:
 * a timer for each would cost more than many actions do.
 */
export class AttemptWatch {
  private readonly open = new Bag<Try>();
  private readonly clock: Clock;
  private readonly timeoutMs: number;
  private readonly hung: (error: EvrunError) => void;
  private timer: NodeJS.Timeout | undefined;

  constructor(clock: Clock, timeoutMs: number, hung: (error: EvrunError) => void) {
    this.clock = clock;
    this.timeoutMs = timeoutMs;
    this.hung = hung;
  }

  add(attempt: Try): void {
    this.open.add(attempt);
    this.timer ??= setInterval(() => this.look(), Math.max(10, Math.min(250, this.timeoutMs / 4)));
  }

  remove(attempt: Try): void {
    this.open.remove(attempt);
  }

  /** The pipeline stops: aborts what only waits for others, or (`all`) everything that is still open. */
  abort(reason: EvrunError, which: 'waiting' | 'all'): void {
    for (const attempt of this.open) {
      if (which === 'waiting' && !attempt.waiting) continue;
      attempt.stopped = true;
      attempt.abort(reason);
    }
  }

  close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.open.clear();
  }

  private look(): void {
    const now = this.clock.monotonic();
    for (const attempt of this.open) {
      if (attempt.waiting) continue;
      const late = now - attempt.startedAt - this.timeoutMs;
      if (late < 0) continue;
      if (attempt.aborted === undefined) attempt.abort(this.tooSlow());
      else if (late > GRACE_MS && !attempt.stopped) this.hung(this.neverSettled());
    }
    if (this.open.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
  }

  private tooSlow(): EvrunError {
    const seconds = this.timeoutMs / 1000;
    return new EvrunError('EVR_TIMEOUT', `took longer than attempt_timeout_seconds (${seconds} s)`, {
      retry: 'later',
    });
  }

  private neverSettled(): EvrunError {
    return new EvrunError(
      'EVR_TIMEOUT',
      `an attempt was aborted after ${this.timeoutMs / 1000} s and had not ended ${GRACE_MS / 1000} s later. ` +
        'A retry beside it could act twice at once, so the pipeline stops. The action must end when its signal aborts.',
    );
  }
}
