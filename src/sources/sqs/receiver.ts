import { randomUUID } from 'node:crypto';
import type { Clock } from '../../contract/clock.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { SourceContext } from '../../contract/source.ts';
import type { SqsClient } from '../../support/aws/sqs-client.ts';
import type { Receive, ReceiveOptions, SqsMessage } from '../../support/aws/sqs-types.ts';
import type { Patience } from './patience.ts';

/*
 * Several receives at once, as many as the queue keeps busy: one while it is empty, twice as many after each that came
 * back full. A receive begins only when the engine asks for more.
 *
 * A receive that waits is never aborted: SQS may have picked messages for it, and nobody would see them until their
 * visibility timeout is over. A stop waits for it, which is why its length is bounded.
 */

/** How much longer than its own waiting time a receive may take before a stop cuts it off. */
const GRACE_MS = 1_500;

export interface Received {
  readonly messages: readonly SqsMessage[];
  /** When the answer came, in monotonic milliseconds. */
  readonly at: number;
}

export interface ReceiverParts {
  readonly client: SqsClient;
  readonly reach: SourceContext['reach'];
  readonly patience: Patience;
  readonly clock: Clock;
  readonly most: number;
  readonly options: ReceiveOptions;
}

export class Receiver {
  private readonly parts: ReceiverParts;
  private readonly what: string;
  private readonly receiveFrom: Receive;
  private readonly cut = new AbortController();
  /** Asked for late: a listener per request would be most of what the garbage collector has to do. */
  private readonly cutSignal = () => this.cut.signal;
  private readonly running = new Set<Promise<void>>();
  private readonly finished: (Received | { readonly error: unknown })[] = [];
  private wanted = 1;
  private stopped = false;
  private wake: () => void = () => {};

  constructor(parts: ReceiverParts) {
    const { client, options } = parts;
    this.parts = parts;
    this.what = `receive from ${client.queueUrl}`;
    this.receiveFrom = client.receiver(options);
  }

  /** What the next receive brought; nothing of it = the queue was asked and is empty. Undefined once it was stopped. */
  async next(): Promise<Received | undefined> {
    for (;;) {
      if (this.stopped) return undefined;
      while (this.running.size + this.finished.length < this.wanted) this.begin();
      const first = this.finished.shift();
      if (first === undefined) {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        continue;
      }
      if ('error' in first) throw first.error;
      return first;
    }
  }

  /** Lets a waiting `next` go. Nothing new is received. */
  stop(): void {
    this.stopped = true;
    this.wake();
  }

  /** After `stop`: waits for what is under way. Returns what nobody took, and how many receives were cut off. */
  async rest(): Promise<{ messages: SqsMessage[]; cutOff: number }> {
    const { clock, options } = this.parts;
    this.stopped = true;
    const end = new AbortController();
    const late = clock.sleep(options.waitSeconds * 1000 + GRACE_MS, end.signal);
    await Promise.race([Promise.all(this.running), late]);
    end.abort();
    const cutOff = this.running.size;
    this.cut.abort();
    await Promise.all(this.running);
    const messages = this.finished.flatMap((each) => ('error' in each ? [] : each.messages));
    this.finished.length = 0;
    return { messages, cutOff };
  }

  private begin(): void {
    const receiving = this.receive().then(
      (received) => {
        this.adapt(received.messages.length);
        this.finished.push(received);
      },
      (error: unknown) => {
        this.finished.push({ error });
      },
    );
    const whole = receiving.then(() => {
      this.running.delete(whole);
      this.wake();
    });
    this.running.add(whole);
  }

  private async receive(): Promise<Received> {
    const { client, reach, patience, clock } = this.parts;
    const attemptId = client.isFifo ? randomUUID() : undefined;
    const messages = await reach(this.what, async () => {
      try {
        if (!this.cut.signal.aborted)
          return await patience.with(() => this.receiveFrom(attemptId, this.cutSignal));
      } catch (error) {
        if (!this.cut.signal.aborted) throw error;
      }
      // What was cut off is no outage: tried again, it would be cut off for ever, and `rest` waits for it.
      throw new EvrunError('EVR_TIMEOUT', 'the receive was cut off by a stop');
    });
    return { messages, at: clock.monotonic() };
  }

  private adapt(count: number): void {
    if (count === 0) this.wanted = 1;
    else if (count === this.parts.options.max) this.wanted = Math.min(this.wanted * 2, this.parts.most);
  }
}
