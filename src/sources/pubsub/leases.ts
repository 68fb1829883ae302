import type { PubSubDelivery } from './message.ts';

/*
 * A pulled message is leased: unless it is acknowledged, or its deadline moved, in time, Pub/Sub hands it out again.
 * Everything that was pulled and is neither acknowledged nor given back stands here, whether it waits to be handed
 * over or is in work, and is extended once half of its time is over.
 */

interface Lease {
  readonly delivery: PubSubDelivery;
  /** Monotonic milliseconds. */
  until: number;
  extendAt: number;
  /** Pub/Sub no longer takes its id: whatever becomes of it here, the message comes again. */
  lost: boolean;
  /** Its outcome is durable: only the acknowledgement is missing. */
  finished: boolean;
}

export class Leases {
  /** By sequence, in the order of pulling. */
  private readonly leases = new Map<number, Lease>();

  get size(): number {
    return this.leases.size;
  }

  add(delivery: PubSubDelivery, now: number, ms: number): void {
    const lease = { delivery, until: now + ms, extendAt: now + ms / 2, lost: false, finished: false };
    this.leases.set(delivery.sequence, lease);
  }

  /** `lost`: Pub/Sub has refused its id; undefined = not leased (any more). */
  stateOf({ sequence }: PubSubDelivery): 'leased' | 'lost' | undefined {
    const lease = this.leases.get(sequence);
    return lease === undefined ? undefined : lease.lost ? 'lost' : 'leased';
  }

  finish({ sequence }: PubSubDelivery): void {
    const lease = this.leases.get(sequence);
    if (lease !== undefined) lease.finished = true;
  }

  /** True: its deadline had passed before, or it was lost. */
  end({ sequence }: PubSubDelivery, now: number): boolean {
    const lease = this.leases.get(sequence);
    this.leases.delete(sequence);
    return lease !== undefined && (lease.lost || now > lease.until);
  }

  /** Half of their time is over. */
  due(now: number): readonly PubSubDelivery[] {
    const due: PubSubDelivery[] = [];
    for (const { delivery, extendAt, lost } of this.leases.values()) {
      if (extendAt <= now && !lost) due.push(delivery);
    }
    return due;
  }

  extended(deliveries: readonly PubSubDelivery[], now: number, ms: number): void {
    for (const { sequence } of deliveries) {
      const lease = this.leases.get(sequence);
      if (lease === undefined) continue;
      lease.until = now + ms;
      lease.extendAt = now + ms / 2;
    }
  }

  /** Those whose ids Pub/Sub refused. */
  lose(ackIds: readonly string[]): void {
    if (ackIds.length === 0) return;
    const refused = new Set(ackIds);
    for (const lease of this.leases.values())
      if (refused.has(lease.delivery.message.ackId)) lease.lost = true;
  }

  /** What is leased, with an outcome or without, in the order of pulling. */
  all(which: 'finished' | 'open'): readonly PubSubDelivery[] {
    const wanted = [...this.leases.values()].filter(({ finished }) => finished === (which === 'finished'));
    return wanted.map(({ delivery }) => delivery);
  }
}
