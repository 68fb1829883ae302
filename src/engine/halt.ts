import { setMaxListeners } from 'node:events';
import { EvrunError } from '../contract/errors.ts';
import type { AttemptWatch } from './attempts.ts';

/** What ignores that it was aborted is waited for so long, and not longer than a quarter of the whole. */
const GRACE_MS = 1_000;

/**
 * The end of a pipeline in bounded time: sleeps and waits end at once, attempts may finish, are aborted shortly before
 * the time is over, and what even then does not end is left behind. (Invariant 5.)
 */
export class Halt {
  /** Resolves when the time is over: whatever still runs is not waited for. */
  readonly over: Promise<void>;
  private readonly begun = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private giveUp: () => void = () => {};

  constructor() {
    // Every wait before a retry listens to it: thousands are no leak.
    setMaxListeners(0, this.begun.signal);
    this.over = new Promise((resolve) => {
      this.giveUp = resolve;
    });
  }

  /** Aborted when it begins. */
  get signal(): AbortSignal {
    return this.begun.signal;
  }

  begin(timeoutMs: number, watch: AttemptWatch | undefined): void {
    this.begun.abort();
    const graceMs = Math.min(GRACE_MS, timeoutMs / 4);
    const stopped = new EvrunError('EVR_TIMEOUT', 'the pipeline stopped before the attempt ended');
    watch?.abort(stopped, 'waiting');
    this.timer = setTimeout(() => {
      watch?.abort(stopped, 'all');
      this.timer = setTimeout(() => this.giveUp(), graceMs);
    }, timeoutMs - graceMs);
  }

  /** Everything has ended in time. */
  clear(): void {
    clearTimeout(this.timer);
  }
}
