import { EvrunError } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';
import { identityHash } from '../../contract/identity.ts';
import type { Passage, Transformed } from '../../contract/transformer.ts';
import type { DoneKeys } from './done-keys.ts';

/**
 * Drops repeats. A key goes through these states:
 *
 * - **unknown**: an event with this key passes, and the key is pending.
 * - **pending**: the event is in work, and remembered in memory only: should the process die, it must come again.
 *   A repeat in another delivery waits for the ending, because the event may still fail. A repeat in the same
 *   delivery (parts of a split) is dropped: they share their ending.
 * - **done**: the event was acted on or dropped by a later step. Repeats are dropped until the window ends.
 *
 * A dead letter, and a stop, make the key unknown again: the next event with it is not a repeat of anything done.
 */
export class Dedupe {
  private readonly name: string;
  private readonly keyOf: (event: Event) => unknown;
  private readonly done: DoneKeys;
  private readonly pending = new Map<string, Pending>();
  /** Which delivery waits for which: a circle of them would wait for ever. */
  private readonly waiting = new Map<object, object>();

  /** `name`: the transformer's type, for messages. `keyOf`: null or undefined = the event has no key and passes. */
  constructor(name: string, keyOf: (event: Event) => unknown, done: DoneKeys) {
    this.name = name;
    this.keyOf = keyOf;
    this.done = done;
  }

  transform(event: Event, passage: Passage | undefined): Transformed | Promise<Transformed> {
    const value = this.keyOf(event);
    if (value === null || value === undefined) return event;
    if (passage === undefined) throw new Error(`${this.name} keeps state and needs a passage`);
    // Hashed: keys may be long, and many are kept.
    const key = identityHash(
      value instanceof Uint8Array ? Buffer.from(value).toString('hex') : JSON.stringify(value),
    );
    if (this.done.has(key)) return null;
    const holder = this.pending.get(key);
    if (holder === undefined) return this.pass(event, key, passage);
    // The same step again: its earlier attempt was given up after it had passed.
    if (holder.event === event) return event;
    if (holder.delivery === passage.delivery) return null;
    return this.wait(event, key, holder, passage);
  }

  private pass(event: Event, key: string, passage: Passage): Event {
    const pending: Pending = { event, delivery: passage.delivery, wake: [] };
    this.pending.set(key, pending);
    passage.onEnding((ending) => {
      this.pending.delete(key);
      if (ending === 'acted' || ending === 'dropped') this.done.add(key);
      for (const wake of pending.wake) wake();
    });
    return event;
  }

  private async wait(event: Event, key: string, first: Pending, passage: Passage): Promise<Transformed> {
    for (let holder: Pending | undefined = first; holder !== undefined; holder = this.pending.get(key)) {
      // Each holds what the other needs: to pass a repeat is better than to lose one or to wait for ever.
      if (this.leadsTo(holder.delivery, passage.delivery)) return event;
      this.waiting.set(passage.delivery, holder.delivery);
      await passage.waitFor(endingOf(holder, passage.signal));
      this.waiting.delete(passage.delivery);
      if (passage.signal.aborted) throw stillInWork(this.name);
      if (this.done.has(key)) return null;
    }
    return this.pass(event, key, passage);
  }

  private leadsTo(from: object, target: object): boolean {
    for (
      let delivery: object | undefined = from;
      delivery !== undefined;
      delivery = this.waiting.get(delivery)
    ) {
      if (delivery === target) return true;
    }
    return false;
  }
}

interface Pending {
  readonly event: Event;
  readonly delivery: object;
  /** Repeats that wait for the ending. */
  readonly wake: (() => void)[];
}

/** Resolves when the holder's delivery has ended, or when `signal` aborts. */
function endingOf(holder: Pending, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const wake = () => {
      signal.removeEventListener('abort', wake);
      resolve();
    };
    holder.wake.push(wake);
    signal.addEventListener('abort', wake, { once: true });
  });
}

function stillInWork(name: string): EvrunError {
  const message = `${name}: another event with the same key is still in work, so it is open whether this is a repeat`;
  return new EvrunError('EVR_TIMEOUT', message, { retry: 'later' });
}
