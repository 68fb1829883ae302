import type { Event } from './event.ts';

/** One try at acting on an event. */
export interface Attempt {
  /** 1 for the first try. */
  readonly number: number;
  /** Aborted at `attempt_timeout_seconds`, and when the pipeline gives up waiting. */
  readonly signal: AbortSignal;
  /** Hash of pipeline, delivery and part: equal on every attempt and every redelivery of the same event. */
  idempotencyKey(event: Event): string;
}

/**
 * What acting came to; nothing = done. `failed` may be tried again unless the error says `retry: 'never'`.
 * `notTried`: left alone because an earlier event of the same batch failed.
 */
export type Result = undefined | { readonly failed: unknown } | { readonly notTried: true };

export interface BatchLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** How long an incomplete batch waits for more, in milliseconds; 0 = until the current events are handed out. */
  readonly lingerMs: number;
  /** True: events are applied in order and after a failure the rest is `notTried`, so one batch may hold several
   *  events of one lane. False: the engine puts at most one event of a lane into a batch. */
  readonly keepsOrder: boolean;
  /** Batches at once; default 1. */
  readonly concurrent?: number;
}

/** Does something with each event. Has `act`, or `batch` and `actBatch`. */
export interface Action {
  readonly batch?: BatchLimits;
  /** Before the first event: connect, open. Throws EvrunError. */
  open?(): Promise<void>;
  /** Throwing, or returning (a promise of) false, fails the attempt; any other value is ignored. Synchronous where it can be. */
  act?(event: Event, attempt: Attempt): unknown;
  /** One result per event, in the same order. Throwing fails every event of the batch. */
  actBatch?(events: readonly Event[], attempt: Attempt): Promise<readonly Result[]>;
  /** For --dry-run: what acting on this event would do, secrets redacted: a curl line, an argv. */
  preview?(event: Event): string;
  /** Reopens files (SIGHUP). */
  reopen?(): Promise<void>;
  /** Idempotent, legal in any state. */
  close(): Promise<void>;
}
