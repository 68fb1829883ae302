import type { Placed } from '../contract/bag.ts';
import type { Envelope } from '../contract/envelope.ts';
import type { Ending } from '../contract/transformer.ts';
import type { Deque } from './deque.ts';
import type { Entry } from './frontier.ts';

/** One part of a delivery on its way: the event as the next step will see it. */
export class Work {
  event: Envelope;
  /** Index of the next step; the number of steps = the action. */
  step: number;
  /** Failed attempts of that step. */
  failures = 0;

  constructor(event: Envelope, step: number) {
    this.event = event;
    this.step = step;
  }
}

export interface Failure {
  readonly step: string;
  readonly error: unknown;
}

/**
 * One delivery in work. Its parts are a stack with the first part on top; a failed attempt leaves the part
 * where it is, so that a retry repeats only the failed step with the input that it had. (Invariant 4.)
 */
export class Task implements Placed {
  readonly entry: Entry;
  /** As it was decoded; undefined for poison. */
  readonly original: Envelope | undefined;
  readonly parts: Work[];
  readonly attempts: { at: string; error: string }[] = [];
  lane: Lane | undefined = undefined;
  /** Holds one of the slots that `concurrency` allows. */
  running = false;
  /** Left its lane for a batch that keeps order. */
  batched = false;
  /** An attempt was started, and has not failed: where its partition leaves, it is waited for. */
  begun = false;
  acted = false;
  dead: Failure | undefined = undefined;
  returnedAfterMs: number | undefined = undefined;
  ended = false;
  place = -1;
  private endings: ((ending: Ending) => void)[] | undefined = undefined;

  constructor(entry: Entry, original: Envelope | undefined, first: Work | undefined) {
    this.entry = entry;
    this.original = original;
    this.parts = first === undefined ? [] : [first];
  }

  onEnding(callback: (ending: Ending) => void): void {
    this.endings ??= [];
    this.endings.push(callback);
  }

  tellEnding(ending: Ending): void {
    const endings = this.endings;
    this.endings = undefined;
    if (endings !== undefined) for (const callback of endings) callback(ending);
  }
}

/** What keeps one key's deliveries in order: one task works, the others wait. See lanes.ts. */
export class Lane {
  readonly key: string;
  /** Made for the first one that has to wait: most lanes are free whenever an event comes. */
  waiting: Deque<Task> | undefined = undefined;
  /** A task works in it, or sleeps before its retry. */
  busy = false;
  /** Tasks that left it for a batch and are not finished. */
  batched = 0;
  /** An event of this lane failed in a batch: those behind it are held until it is settled. */
  blocked = false;

  constructor(key: string) {
    this.key = key;
  }
}
