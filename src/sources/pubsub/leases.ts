import { Bag, type Placed } from '../../contract/bag.ts';
import type { PubSubDelivery } from './message.ts';

/*
 * A pulled message is leased: unless it is acknowledged, or its deadline moved, in time, Pub/Sub hands it out again.
 * Everything that was pulled and is neither acknowledged nor given back stands here, whether it waits to be handed
 * over or is in work, and is extended once half of its time is over.
 */

export class Lease implements Placed {
  place = -1;
  readonly delivery: PubSubDelivery;
  /** Monotonic milliseconds. */
  until: number;
  extendAt: number;
  /** Pub/Sub no longer takes its id: whatever becomes of it here, the message comes again. */
  lost = false;
  /** Its outcome is durable: only the acknowledgement is missing. */
  finished = false;

  constructor(delivery: PubSubDelivery, now: number, ms: number) {
    this.delivery = delivery;
    this.until = now + ms;
    this.extendAt = now + ms / 2;
  }
}

export class Leases {
  private readonly leases = new Bag<Lease>();

  get size(): number {
    return this.leases.size;
  }

  add(delivery: PubSubDelivery, now: number, ms: number): void {
    delivery.lease = new Lease(delivery, now, ms);
    this.leases.add(delivery.lease);
  }

  /** `lost`: Pub/Sub has refused its id; undefined = not leased (any more). */
  stateOf({ lease }: PubSubDelivery): 'leased' | 'lost' | undefined {
    if (lease === undefined || !this.leases.has(lease)) return undefined;
    return lease.lost ? 'lost' : 'leased';
  }

  finish({ lease }: PubSubDelivery): void {
    if (lease !== undefined) lease.finished = true;
  }

  /** True: its deadline had passed before, or it was lost. */
  end({ lease }: PubSubDelivery, now: number): boolean {
    if (lease === undefined || !this.leases.has(lease)) return false;
    this.leases.remove(lease);
    return lease.lost || now > lease.until;
  }

  /** Half of their time is over. */
  due(now: number): readonly PubSubDelivery[] {
    return this.those(({ extendAt, lost }) => extendAt <= now && !lost);
  }

  extended(deliveries: readonly PubSubDelivery[], now: number, ms: number): void {
    for (const { lease } of deliveries) {
      if (lease === undefined || !this.leases.has(lease)) continue;
      lease.until = now + ms;
      lease.extendAt = now + ms / 2;
    }
  }

  /** Those whose ids Pub/Sub refused. */
  lose(ackIds: readonly string[]): void {
    if (ackIds.length === 0) return;
    const refused = new Set(ackIds);
    for (const lease of this.leases) if (refused.has(lease.delivery.message.ackId)) lease.lost = true;
  }

  /** What is leased, with an outcome or without. */
  all(which: 'finished' | 'open'): readonly PubSubDelivery[] {
    return this.those(({ finished }) => finished === (which === 'finished'));
  }

  /** In the order of pulling. */
  private those(wanted: (lease: Lease) => boolean): readonly PubSubDelivery[] {
    const found: PubSubDelivery[] = [];
    for (const lease of this.leases) if (wanted(lease)) found.push(lease.delivery);
    return found.sort((a, b) => a.sequence - b.sequence);
  }
}
