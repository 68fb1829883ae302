import type { SqsMessage } from '../../support/aws/sqs-client.ts';

/** SQS gives up on extensions twelve hours after it handed a message out. */
const LONGEST_MS = 12 * 3_600_000;

/** A message that was received and is neither deleted nor given back. */
export class HeldMessage {
  /** Names it in this process; a message that is received twice is held twice. */
  readonly number: number;
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly group: string | undefined;
  readonly receivedAt: number;
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

/** Everything that is held, by number. */
export class HeldMessages {
  private readonly all = new Map<number, HeldMessage>();
  private next = 0;

  get size(): number {
    return this.all.size;
  }

  add(message: SqsMessage, receivedAt: number, hiddenUntil: number): HeldMessage {
    const held = new HeldMessage(this.next, message, receivedAt, hiddenUntil);
    this.next += 1;
    this.all.set(held.number, held);
    return held;
  }

  has(held: HeldMessage): boolean {
    return this.all.has(held.number);
  }

  remove(held: HeldMessage): void {
    this.all.delete(held.number);
  }

  /** Those that are hidden for less than `ms` more and go on being worked on. */
  expiringWithin(ms: number, now: number): HeldMessage[] {
    const found: HeldMessage[] = [];
    for (const held of this.all.values()) {
      if (!held.lost && held.returnAt === undefined && held.hiddenUntil - now < ms) found.push(held);
    }
    return found;
  }

  values(): Iterable<HeldMessage> {
    return this.all.values();
  }
}
