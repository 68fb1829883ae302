import type { SqsMessage } from '../../support/aws/sqs-types.ts';

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
  /** Where HeldMessages keeps it; -1: not any more. */
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

/**
 * Everything that is held. Places are used again: a map that thousands enter and leave every second makes tables that
 * the garbage collector takes for old, with all that is in them.
 */
export class HeldMessages {
  private readonly places: (HeldMessage | undefined)[] = [];
  private readonly free: number[] = [];
  private next = 0;

  get size(): number {
    return this.places.length - this.free.length;
  }

  add(message: SqsMessage, receivedAt: number, hiddenUntil: number): HeldMessage {
    const held = new HeldMessage(this.next, message, receivedAt, hiddenUntil);
    this.next += 1;
    held.place = this.free.pop() ?? this.places.length;
    this.places[held.place] = held;
    return held;
  }

  has(held: HeldMessage): boolean {
    return held.place >= 0;
  }

  remove(held: HeldMessage): void {
    if (held.place < 0) return;
    this.places[held.place] = undefined;
    this.free.push(held.place);
    held.place = -1;
  }

  /** Those that are hidden for less than `ms` more and go on being worked on. */
  expiringWithin(ms: number, now: number): HeldMessage[] {
    return this.values().filter(
      ({ lost, returnAt, hiddenUntil }) => !lost && returnAt === undefined && hiddenUntil - now < ms,
    );
  }

  /** In the order in which they were received. */
  values(): HeldMessage[] {
    return this.places.filter((held) => held !== undefined).sort((a, b) => a.number - b.number);
  }
}
