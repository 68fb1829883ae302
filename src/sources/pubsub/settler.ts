import { messageOf, withFullStop } from '../../contract/errors.ts';
import { Seldom } from '../../contract/seldom.ts';
import type { Settled, SourceContext } from '../../contract/source.ts';
import type { FailedAttempts } from './attempts.ts';
import type { Leases } from './leases.ts';
import type { PubSubDelivery } from './message.ts';
import type { PubSubConfig } from './schema.ts';
import type { Subscription } from './subscription.ts';

interface SettlerParts {
  readonly subscription: Subscription;
  readonly leases: Leases;
  readonly attempts: FailedAttempts;
  readonly ctx: SourceContext;
  readonly config: Pick<PubSubConfig, 'ack_deadline_seconds' | 'on_dead'>;
}

const LONGEST_DEADLINE_SECONDS = 600;
/** At a stop: what could not be given back by then comes again by itself. */
const GIVE_BACK_MS = 3_000;
/** A request that takes longer is an outage. */
const REQUEST_MS = 15_000;
const inTime = () => AbortSignal.timeout(REQUEST_MS);
/** What Pub/Sub may need beyond the deadline to hand a message out again. */
const REDELIVERY_MS = 2_000;

/**
 * Tells Pub/Sub what became of messages: acknowledged where the outcome is durable, a new deadline where a failed
 * attempt waits for its next one, given back where they were not worked on. A message is leased, and extended, until
 * Pub/Sub has taken the acknowledgement, so that an outage costs no repeats as long as its deadline lasts.
 */
export class Settler {
  /** Monotonic time by when everything that was given back must have come again. */
  returnedUntil = 0;
  private readonly parts: SettlerParts;
  private extending = false;
  private tooLate = 0;
  private readonly toldOfLate: Seldom;
  private readonly toldOfExtending: Seldom;

  constructor(parts: SettlerParts) {
    this.parts = parts;
    this.toldOfLate = new Seldom(parts.ctx.clock);
    this.toldOfExtending = new Seldom(parts.ctx.clock);
  }

  /** May be called again with what failed: what was done by then is left out. Throws what the API throws. */
  async settle(done: readonly Settled[]): Promise<void> {
    const { subscription, leases } = this.parts;
    const acknowledged: PubSubDelivery[] = [];
    const returned = new Map<number, PubSubDelivery[]>();
    for (const settled of done) {
      const delivery = settled.delivery as PubSubDelivery;
      const state = leases.stateOf(delivery);
      if (state === 'lost' && leases.end(delivery, 0)) this.tooLate += 1;
      if (state !== 'leased') continue;
      const seconds = this.backAfter(settled);
      if (seconds === undefined) {
        leases.finish(delivery);
        acknowledged.push(delivery);
      } else returned.set(seconds, [...(returned.get(seconds) ?? []), delivery]);
    }
    await Promise.all([
      this.send(acknowledged, (ids) => subscription.acknowledge(ids, inTime())),
      ...[...returned].map(([seconds, deliveries]) => this.giveBackAfter(deliveries, seconds)),
    ]);
    for (const { delivery, outcome } of done) {
      if (outcome !== 'returned') this.parts.attempts.ended((delivery as PubSubDelivery).message.messageId);
    }
    this.sayTooLate();
  }

  /** Undefined = acknowledge. */
  private backAfter({ outcome, afterMs = 0 }: Settled): number | undefined {
    if (outcome === 'dead' && this.parts.config.on_dead === 'leave') return 0;
    if (outcome !== 'returned') return undefined;
    // Whole seconds only; a backoff of next to nothing is none.
    return afterMs < 500 ? 0 : Math.min(Math.ceil(afterMs / 1_000), LONGEST_DEADLINE_SECONDS);
  }

  private async giveBackAfter(deliveries: readonly PubSubDelivery[], seconds: number): Promise<void> {
    const { subscription, attempts, ctx } = this.parts;
    await this.send(deliveries, (ids) => subscription.modifyDeadline(ids, seconds, inTime()));
    for (const { message, receives = 1 } of deliveries) attempts.failed(message.messageId, receives);
    const back = ctx.clock.monotonic() + seconds * 1_000 + REDELIVERY_MS;
    this.returnedUntil = Math.max(this.returnedUntil, back);
  }

  private async send(
    deliveries: readonly PubSubDelivery[],
    send: (ackIds: readonly string[]) => Promise<readonly string[]>,
  ): Promise<void> {
    if (deliveries.length === 0) return;
    const { leases, ctx } = this.parts;
    const sentAt = ctx.clock.monotonic();
    const refused = await send(deliveries.map(({ message }) => message.ackId));
    leases.lose(refused);
    for (const delivery of deliveries) if (leases.end(delivery, sentAt)) this.tooLate += 1;
  }

  private sayTooLate(): void {
    if (this.tooLate === 0 || !this.toldOfLate.take()) return;
    const what =
      'acknowledged after the deadline, so these messages may come again: could leases not be extended?';
    this.parts.ctx.log.warn(what, { messages: this.tooLate, subscription: this.parts.subscription.name });
    this.tooLate = 0;
  }

  /** Extends what is past half of its time. What fails is tried again at the next call. */
  async extend(): Promise<void> {
    const { subscription, leases, config, ctx } = this.parts;
    if (this.extending) return;
    const now = ctx.clock.monotonic();
    const due = leases.due(now);
    if (due.length === 0) return;
    this.extending = true;
    try {
      const seconds = config.ack_deadline_seconds;
      const ids = due.map(({ message }) => message.ackId);
      const refused = await subscription.modifyDeadline(ids, seconds, inTime());
      leases.lose(refused);
      leases.extended(due, now, seconds * 1_000);
    } catch (error) {
      if (!this.toldOfExtending.take()) return;
      ctx.log.warn(`could not extend what is in work: ${withFullStop(messageOf(error))} It may come again`, {
        messages: due.length,
      });
    } finally {
      this.extending = false;
    }
  }

  /**
   * At a stop: what was pulled and has no outcome is offered to others at once. What has one is acknowledged, also if
   * an acknowledgement of it is still on its way: given back, it would be done twice.
   */
  async giveBack(): Promise<void> {
    const { subscription, leases, ctx } = this.parts;
    const soon = AbortSignal.timeout(GIVE_BACK_MS);
    const open = leases.all('open');
    await Promise.all([
      this.send(leases.all('finished'), (ids) => subscription.acknowledge(ids, soon)),
      this.send(open, (ids) => subscription.modifyDeadline(ids, 0, soon)),
    ]);
    if (open.length > 0) ctx.log.debug(`gave back ${open.length} messages that were not worked on`);
  }
}
