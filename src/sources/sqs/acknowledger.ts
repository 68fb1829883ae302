import type { Clock } from '../../contract/clock.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { SqsClient } from '../../support/aws/sqs-client.ts';
import type { FailedEntry } from '../../support/aws/sqs-types.ts';
import { eachOf, inRounds, inTens } from './batches.ts';
import type { HeldMessage, HeldMessages } from './held.ts';
import type { Patience } from './patience.ts';
import type { Tally } from './tally.ts';

/*
 * Tells the queue what became of messages: deletes them, gives them back, keeps them hidden. Ten at a time, several
 * requests at once. An entry that SQS did not do for a passing reason is tried again by whoever asked, since the
 * others of the batch are no longer held; one that it cannot do is told as the repeat that it may be.
 */

export interface AcknowledgerParts {
  readonly client: SqsClient;
  readonly held: HeldMessages;
  readonly patience: Patience;
  readonly clock: Clock;
  readonly tally: Tally;
  /** Requests at once. */
  readonly limit: number;
}

export class Acknowledger {
  private readonly parts: AcknowledgerParts;

  constructor(parts: AcknowledgerParts) {
    this.parts = parts;
  }

  /** Throws `retry: later` if some are left; they are still held. Those of a FIFO group go in their order. */
  async delete(messages: readonly HeldMessage[]): Promise<void> {
    const { client, held, clock, tally, limit } = this.parts;
    const open = messages.filter((message) => held.has(message));
    const now = clock.monotonic();
    const late = open.filter((message) => message.lost || message.hiddenUntil <= now).length;
    for (const round of client.isFifo ? inRounds(open) : [open]) {
      const errors = await eachOf(inTens(round), limit, (ten) => this.deleteTen(ten));
      if (errors.length > 0) throw errors[0];
    }
    if (late > 0) {
      const advice = 'set a longer visibility_timeout_seconds';
      const sentence = `messages were deleted after their visibility timeout: they may come again; ${advice}`;
      tally.add('late', sentence, late);
    }
  }

  /** Makes each visible again when its time has come. Throws `retry: later` if some are left. */
  async giveBack(messages: readonly HeldMessage[]): Promise<void> {
    const { held, limit } = this.parts;
    const open = messages.filter((message) => held.has(message));
    const errors = await eachOf(inTens(open), limit, (ten) => this.giveBackTen(ten));
    if (errors.length > 0) throw errors[0];
  }

  /** Hides each for `seconds` from now on. Throws where SQS was not reached; the next call tries again. */
  async extend(messages: readonly HeldMessage[], seconds: number): Promise<void> {
    const { limit } = this.parts;
    const errors = await eachOf(inTens(messages), limit, (ten) => this.extendTen(ten, seconds));
    if (errors.length > 0) throw errors[0];
  }

  private async deleteTen(ten: readonly HeldMessage[]): Promise<void> {
    const { client, held, patience, tally } = this.parts;
    const entries = ten.map(({ receiptHandle }, i) => ({ Id: String(i), ReceiptHandle: receiptHandle }));
    const failed = await patience.with(() => client.delete(entries));
    const { passing, final } = sorted(failed);
    ten.forEach((message, i) => {
      if (!passing.has(i)) held.remove(message);
    });
    if (final.size > 0) {
      const sentence = `messages could not be deleted and may come again: ${reasonOf(failed)}`;
      tally.add('undeleted', sentence, final.size);
    }
    if (passing.size > 0) throw notAll('delete', passing.size, failed);
  }

  private async giveBackTen(ten: readonly HeldMessage[]): Promise<void> {
    const { client, held, patience, clock } = this.parts;
    const now = clock.monotonic();
    const entries = ten.map(({ receiptHandle, returnAt = now }, i) => ({
      Id: String(i),
      ReceiptHandle: receiptHandle,
      VisibilityTimeout: Math.max(0, Math.ceil((returnAt - now) / 1000)),
    }));
    const failed = await patience.with(() => client.changeVisibility(entries));
    // What cannot be given back is visible already, or will be when its time is over.
    const { passing } = sorted(failed);
    ten.forEach((message, i) => {
      if (!passing.has(i)) held.remove(message);
    });
    if (passing.size > 0) throw notAll('give back', passing.size, failed);
  }

  private async extendTen(ten: readonly HeldMessage[], seconds: number): Promise<void> {
    const { client, held, clock, tally } = this.parts;
    const now = clock.monotonic();
    const wanted = ten.filter((message) => held.has(message));
    const entries = wanted
      .map((message, i) => ({
        Id: String(i),
        ReceiptHandle: message.receiptHandle,
        VisibilityTimeout: message.extendable(seconds, now),
      }))
      .filter(({ VisibilityTimeout }) => VisibilityTimeout > 0);
    const failed = entries.length === 0 ? [] : await client.changeVisibility(entries);
    const { passing, final } = sorted(failed);
    let lost = 0;
    wanted.forEach((message, i) => {
      const extended = message.extendable(seconds, now);
      // One that was deleted or given back meanwhile is not in work any more.
      if (!held.has(message)) return;
      if (extended === 0 || final.has(i)) {
        message.lost = true;
        lost += 1;
      } else if (!passing.has(i)) message.hiddenUntil = now + extended * 1000;
    });
    if (lost > 0) {
      const reason =
        final.size > 0 ? reasonOf(failed) : 'they are in work for twelve hours, the most that SQS allows';
      tally.add('lost', `messages in work could not be kept hidden and may come again: ${reason}`, lost);
    }
  }
}

/** Places in the batch of what failed, by whether it may work later. */
function sorted(failed: readonly FailedEntry[]): { passing: Set<number>; final: Set<number> } {
  const passing = new Set<number>();
  const final = new Set<number>();
  for (const { Id, SenderFault } of failed) (SenderFault ? final : passing).add(Number(Id));
  return { passing, final };
}

function reasonOf(failed: readonly FailedEntry[]): string {
  const [first] = failed;
  return first === undefined ? '' : `${first.Code}${first.Message ? `: ${first.Message.slice(0, 200)}` : ''}`;
}

function notAll(what: string, count: number, failed: readonly FailedEntry[]): EvrunError {
  const message = `SQS did not ${what} ${count} messages of a batch: ${reasonOf(failed)}`;
  return new EvrunError('EVR_UNREACHABLE', message, { retry: 'later' });
}
