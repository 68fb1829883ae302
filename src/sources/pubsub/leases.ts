import { Bag } from '../../contract/bag.ts';
import type { PubSubDelivery } from './message.ts';

/*
 * A pulled message is leased: unless it is acknowledged, or its deadline moved, in time, Pub/Sub hands it out again.
 * Everything that was pulled and is neither acknowledged nor given back stands here, whether it waits to be handed
 * over or is in work, and is extended once half of its time is over.
 */

export class Leases {
  private readonly leased = new Bag<PubSubDelivery>();

  get size(): number {
    return this.leased.size;
  }

  add(delivery: PubSubDelivery, now: number, ms: number): void {
    delivery.leasedUntil = now + ms;
    delivery.extendAt = now + ms / 2;
    this.leased.add(delivery);
  }

  /** `lost`: Pub/Sub has refused its id; undefined = not leased (any more). */
  stateOf(delivery: PubSubDelivery): 'leased' | 'lost' | undefined {
    if (!this.leased.has(delivery)) return undefined;
    return delivery.lost ? 'lost' : 'leased';
  }

  finish(delivery: PubSubDelivery): void {
    delivery.finished = true;
  }

  /** True: its deadline had passed before, or it was lost. */
  end(delivery: PubSubDelivery, now: number): boolean {
    if (!this.leased.has(delivery)) return false;
    this.leased.remove(delivery);
    return delivery.lost || now > delivery.leasedUntil;
  }

  /** Half of their time is over. */
  due(now: number): readonly PubSubDelivery[] {
    return this.those(({ extendAt, lost }) => extendAt <= now && !lost);
  }

  extended(deliveries: readonly PubSubDelivery[], now: number, ms: number): void {
    for (const delivery of deliveries) if (this.leased.has(delivery)) this.add(delivery, now, ms);
  }

  /** Those whose ids Pub/Sub refused. */
  lose(ackIds: readonly string[]): void {
    if (ackIds.length === 0) return;
    const refused = new Set(ackIds);
    for (const delivery of this.leased) if (refused.has(delivery.message.ackId)) delivery.lost = true;
  }

  /** What is leased, with an outcome or without. */
  all(which: 'finished' | 'open'): readonly PubSubDelivery[] {
    return this.those(({ finished }) => finished === (which === 'finished'));
  }

  /** In the order of pulling. */
  private those(wanted: (delivery: PubSubDelivery) => boolean): readonly PubSubDelivery[] {
    return [...this.leased].filter(wanted).sort((a, b) => a.sequence - b.sequence);
  }
}
