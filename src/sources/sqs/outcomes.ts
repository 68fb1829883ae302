import type { Clock } from '../../contract/clock.ts';
import { messageOf } from '../../contract/errors.ts';
import type { Logger } from '../../contract/log.ts';
import type { Settled } from '../../contract/source.ts';
import type { SqsClient } from '../../support/aws/sqs-client.ts';
import type { SqsMessage } from '../../support/aws/sqs-types.ts';
import { Acknowledger } from './acknowledger.ts';
import type { SqsDelivery } from './delivery.ts';
import { type HeldMessage, HeldMessages } from './held.ts';
import { LeftMessages } from './left.ts';
import type { Patience } from './patience.ts';
import { Tally } from './tally.ts';

/*
 * What becomes of messages that were received. Each is held until SQS took its deletion or took it back: hidden from
 * others by extending its visibility at half time, given back when the pipeline ends. One that failed for good is
 * deleted, or left to the queue's own redrive policy.
 */

export interface OutcomesParts {
  readonly client: SqsClient;
  readonly patience: Patience;
  /** Requests at once. */
  readonly limit: number;
  readonly onDead: 'delete' | 'leave';
  readonly visibilitySeconds: number;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Own {
  readonly acks: Acknowledger;
  readonly tally: Tally;
  readonly held: HeldMessages;
}

export class Outcomes {
  private readonly parts: OutcomesParts & Own;
  private readonly left = new LeftMessages();
  private extending = false;
  /** Until then messages that were given back may come again, in monotonic milliseconds. */
  private returningUntil = 0;

  constructor(parts: OutcomesParts) {
    const held = new HeldMessages();
    const tally = new Tally(parts.log, parts.clock);
    this.parts = { ...parts, held, tally, acks: new Acknowledger({ ...parts, held, tally }) };
  }

  /** `at`: when the answer came, in monotonic milliseconds. */
  hold(message: SqsMessage, at: number): HeldMessage {
    const { held, visibilitySeconds } = this.parts;
    return held.add(message, at, at + visibilitySeconds * 1000);
  }

  /** Those that are not left to the queue: what was left is hidden until its time is over, and comes again. */
  wanted(messages: readonly SqsMessage[]): readonly SqsMessage[] {
    return this.left.othersOf(messages);
  }

  /** A message of ours is in work or may come again. */
  get mayComeAgain(): boolean {
    const { held, clock } = this.parts;
    return held.size > 0 || clock.monotonic() < this.returningUntil;
  }

  async settle(done: readonly Settled[]): Promise<void> {
    const { held, acks, clock, onDead } = this.parts;
    const deleted: HeldMessage[] = [];
    const returned: HeldMessage[] = [];
    const now = clock.monotonic();
    for (const { delivery, outcome, afterMs = 0 } of done) {
      const message = (delivery as SqsDelivery).held;
      if (!held.has(message)) continue;
      if (outcome === 'returned') {
        message.returnAt ??= now + afterMs;
        this.returningUntil = Math.max(this.returningUntil, message.returnAt + 1000);
        returned.push(message);
      } else if (outcome === 'dead' && onDead === 'leave') {
        held.remove(message);
        this.left.add(message.messageId);
      } else {
        message.finished = true;
        deleted.push(message);
      }
    }
    const both = await Promise.allSettled([acks.delete(deleted), acks.giveBack(returned)]);
    for (const each of both) if (each.status === 'rejected') throw each.reason;
  }

  /** What waits for its deletion is extended too: an outage must not make a repeat of it. */
  async extend(): Promise<void> {
    if (this.extending) return;
    const { held, acks, clock, visibilitySeconds } = this.parts;
    const expiring = held.expiringWithin(visibilitySeconds * 500, clock.monotonic());
    if (expiring.length === 0) return;
    this.extending = true;
    try {
      await acks.extend(expiring, visibilitySeconds);
    } finally {
      this.extending = false;
    }
  }

  /** Makes messages visible to others at once; where that fails they are when their time is over. */
  async tryToGiveBack(messages: readonly HeldMessage[]): Promise<void> {
    const { acks, log, visibilitySeconds } = this.parts;
    try {
      await acks.giveBack(messages);
    } catch (error) {
      const when = `they come again within ${visibilitySeconds} s`;
      log.warn(`could not give messages back, ${when}: ${messageOf(error)}`, { messages: messages.length });
    }
  }

  /** Nothing is in work any more: deletes what is finished, gives back the rest. */
  async end(): Promise<void> {
    const { acks, held, tally } = this.parts;
    const all = held.values();
    try {
      await acks.delete(all.filter(({ finished }) => finished));
      await this.tryToGiveBack(all.filter(({ finished }) => !finished));
    } finally {
      tally.sayRest();
    }
  }
}
