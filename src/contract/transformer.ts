import type { Event } from './event.ts';
import type { CompiledFilter } from './prefilter.ts';

export type Transformed = Event | readonly Event[] | null;

/** How a delivery that a step was part of ended; `abandoned` = the pipeline stopped, it will come again. */
export type Ending = 'acted' | 'dropped' | 'dead' | 'abandoned';

/** One event's passage through one step. */
export interface Passage {
  /** Names the delivery: equal for its parts and attempts in this process. */
  readonly delivery: object;
  /** Aborted at the attempt's deadline and when the pipeline gives up waiting. */
  readonly signal: AbortSignal;
  /**
   * Waits for something that other deliveries decide (a pending key, a turn). Meanwhile this one gives its slot
   * back, so that those it waits for can run, and the attempt's time stands still.
   */
  waitFor<T>(promise: Promise<T>): Promise<T>;
  /** Called once, when the outcome of the delivery is decided and before it can be committed. */
  onEnding(callback: (ending: Ending) => void): void;
}

/** Changes, drops or splits events. Must not change the event it is given: see `withChanges`. */
export interface Transformer {
  /**
   * True for a synchronous function of the event alone that keeps no state and ignores `passage`: it may run
   * as soon as the event is read, before the event waits for its lane. `passage` is then undefined.
   */
  readonly pure?: boolean;
  /** For filters: what every event that passes satisfies, where that can be said and never throws. */
  readonly pattern?: CompiledFilter | undefined;
  /** Null drops; a list splits (an empty one drops). Throwing fails the attempt. */
  transform(event: Event, passage: Passage | undefined): Transformed | Promise<Transformed>;
  /** Makes durable what the endings so far decided. Called before every commit. */
  flush?(): Promise<void>;
  close?(): Promise<void>;
}
