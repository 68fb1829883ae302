/*
 * How often a message was tried: Pub/Sub counts deliveries only where a subscription has a dead letter policy.
 * Elsewhere this process counts the messages that it gave back after a failed attempt; a restart begins anew.
 */

/** The oldest counts are forgotten beyond this: a message that never comes again must not stay here. */
const MOST = 100_000;

export class FailedAttempts {
  private readonly counts = new Map<string, number>();

  /** Failed attempts of this message so far. */
  of(messageId: string): number {
    return this.counts.get(messageId) ?? 0;
  }

  failed(messageId: string, attempts: number): void {
    this.counts.delete(messageId);
    this.counts.set(messageId, attempts);
    if (this.counts.size <= MOST) return;
    for (const oldest of this.counts.keys()) {
      this.counts.delete(oldest);
      return;
    }
  }

  ended(messageId: string): void {
    if (this.counts.size > 0) this.counts.delete(messageId);
  }

  /** How many messages were given back and have not come again, or are in work again. */
  get pending(): number {
    return this.counts.size;
  }
}
