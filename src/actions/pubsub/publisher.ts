import { setMaxListeners } from 'node:events';
import type { Attempt, Result } from '../../contract/action.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';
import type { PubSubClient } from '../../support/google/pubsub-client.ts';
import { InvalidRequest } from '../../support/google/pubsub-errors.ts';
import type { Outgoing } from './message.ts';

/** Of a request; base64 makes it a third larger on the wire. */
const REQUEST_BYTES = 9_000_000;

interface Item extends Outgoing {
  /** Its place in the batch. */
  readonly index: number;
}

/**
 * Publishes a batch: all messages without an ordering key together, those of each key in a request of their own, as
 * Pub/Sub wants it. A request is taken as a whole or not at all; one that is refused for what it holds is halved
 * until the message at fault stands alone.
 */
export class Publisher {
  private readonly topic: string;
  private readonly client: PubSubClient;
  private readonly make: (event: Event) => Outgoing;
  private readonly most: number;

  constructor(topic: string, client: PubSubClient, make: (event: Event) => Outgoing, most: number) {
    this.topic = topic;
    this.client = client;
    this.make = make;
    this.most = most;
  }

  /** One result per event. Throws only what concerns every event: EVR_REFUSED. */
  async publish(events: readonly Event[], attempt: Attempt): Promise<readonly Result[]> {
    const results: Result[] = events.map(() => undefined);
    const groups = new Map<string, Item[]>();
    for (const [index, event] of events.entries()) {
      try {
        const item = { ...this.make(event), index };
        const group = groups.get(item.orderingKey);
        if (group === undefined) groups.set(item.orderingKey, [item]);
        else group.push(item);
      } catch (error) {
        results[index] = { failed: error };
      }
    }
    const signal = () => {
      // Every request of the batch listens to it: that is no leak.
      setMaxListeners(0, attempt.signal);
      return attempt.signal;
    };
    await Promise.all([...groups.values()].map((group) => this.publishGroup(group, signal, results)));
    return results;
  }

  private async publishGroup(
    group: readonly Item[],
    signal: () => AbortSignal,
    results: Result[],
  ): Promise<void> {
    const ordered = group[0]?.orderingKey !== '';
    let failed = false;
    for (const portion of portions(group, this.most)) {
      // What comes after a failure must not overtake it.
      if (failed) for (const { index } of portion) results[index] = { notTried: true };
      else failed = (await this.publishAll(portion, ordered, signal, results)) && ordered;
    }
  }

  /** True: at least one failed. */
  private async publishAll(
    items: readonly Item[],
    ordered: boolean,
    signal: () => AbortSignal,
    results: Result[],
  ): Promise<boolean> {
    try {
      await this.send(items, signal);
      return false;
    } catch (error) {
      if (error instanceof EvrunError && error.code === 'EVR_REFUSED') throw error;
      if (!(error instanceof InvalidRequest) || items.length === 1) {
        for (const [i, { index }] of items.entries()) {
          results[index] = ordered && i > 0 ? { notTried: true } : { failed: error };
        }
        return true;
      }
      const middle = items.length >> 1;
      const firstFailed = await this.publishAll(items.slice(0, middle), ordered, signal, results);
      const rest = items.slice(middle);
      if (!firstFailed || !ordered) {
        return (await this.publishAll(rest, ordered, signal, results)) || firstFailed;
      }
      for (const { index } of rest) results[index] = { notTried: true };
      return true;
    }
  }

  private async send(items: readonly Item[], signal: () => AbortSignal): Promise<void> {
    await this.client.call({
      method: 'POST',
      path: `${this.topic}:publish`,
      body: `{"messages":[${items.map(({ json }) => json).join(',')}]}`,
      doing: `publish to ${this.topic}`,
      permission: 'pubsub.topics.publish',
      signal,
    });
  }
}

function portions(items: readonly Item[], most: number): (readonly Item[])[] {
  const all: Item[][] = [];
  let portion: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    if (portion.length > 0 && (portion.length === most || bytes + item.bytes > REQUEST_BYTES)) {
      all.push(portion);
      portion = [];
      bytes = 0;
    }
    portion.push(item);
    bytes += item.bytes;
  }
  if (portion.length > 0) all.push(portion);
  return all;
}
