import { Bag, type Placed } from '../../contract/bag.ts';
import type { SqsMessage } from '../../support/aws/sqs-types.ts';

/** SQS gives up on extensions twelve hours after it handed a message out. */
const LONGEST_MS = 12 * 3_600_000;

/** A message that was received and is neither deleted nor given back. */
export class HeldMessage implements Placed {
  /** Names it in this process; a message that is received twice is held twice. */
  readonly number: number;
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly group: string | undefined;
  readonly receivedAt: number;
  place = -1;
  /** When the queue will hand it out again, in monotonic milliseconds. */
  hiddenUntil: number;
  /** Its outcome is durable: all that is left is to delete it. */
  finished = false;
  /** When a message that goes back may come again, in monotonic milliseconds. */
  returnAt: number | undefined = undefined;
  /** SQS did not extend it: it comes again. */
  lost = false;

  constructor(number: number, message: SqsMessage, receivedAt: number, hiddenUntil: number) {
    this.number = number;
    this.messageId = message.MessageId;
    this.receiptHandle = message.ReceiptHandle;
    this.group = message.Attributes?.['MessageGroupId'];
    this.receivedAt = receivedAt;
    this.hiddenUntil = hiddenUntil;
  }

  /** For how many seconds it can be hidden from now on, at most `seconds`; 0 = not any more. */
  extendable(seconds: number, now: number): number {
    return Math.max(0, Math.min(seconds, Math.floor((this.receivedAt + LONGEST_MS - now) / 1000)));
  }
}

/** Everything that is held. */
export class HeldMessages {
  private readonly messages = new Bag<HeldMessage>();
  private next = 0;

  get size(): number {
    return this.messages.size;
  }

  add(message: SqsMessage, receivedAt: number, hiddenUntil: number): HeldMessage {
    const held = new HeldMessage(this.next, message, receivedAt, hiddenUntil);
    this.next += 1;
    this.messages.add(held);
    return held;
  }

  has(held: HeldMessage): boolean {
    return this.messages.has(held);
  }

  remove(held: HeldMessage): void {
    this.messages.remove(held);
  }

  /** Those that are hidden for less than `ms` more and go on being worked on. */
  expiringWithin(ms: number, now: number): HeldMessage[] {
    return this.values().filter(
      ({ lost, returnAt, hiddenUntil }) => !lost && returnAt === undefined && hiddenUntil - now < ms,
    );
  }

  /** In the order in which they were received. */
  values(): HeldMessage[] {
    return [...this.messages].sort((a, b) => a.number - b.number);
  }
}
