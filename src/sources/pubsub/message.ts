import type { Placed } from '../../contract/bag.ts';
import type { Meta } from '../../contract/event.ts';
import type { Delivery, Headers, Position, SourceRecord } from '../../contract/source.ts';
import { answerIn, noAnswer } from './answer.ts';

const PULL = 'a pull';

/** One message as `:pull` hands it out. */
export interface PulledMessage {
  readonly ackId: string;
  readonly messageId: string;
  /** Decoded at once: base64 is larger, and what waits would be copied by every collection of garbage. */
  readonly data: Buffer;
  readonly attributes: Headers | undefined;
  readonly orderingKey: string | undefined;
  readonly publishTime: string | undefined;
  /** Only where the subscription has a dead letter policy. */
  readonly deliveryAttempt: number | undefined;
}

/** Throws EVR_UNREACHABLE (may pass) for an answer that is none. */
export function readPull(body: Buffer, host: string): readonly PulledMessage[] {
  const received = answerIn(body, host, PULL)['receivedMessages'] ?? [];
  if (!Array.isArray(received)) throw noAnswer(host, PULL, 'that has no list of messages');
  return received.map((one: unknown) => {
    const { ackId, message, deliveryAttempt } = (one ?? {}) as Record<string, unknown>;
    if (typeof ackId !== 'string' || typeof message !== 'object' || message === null) {
      throw noAnswer(host, PULL, 'that has a message without an ackId');
    }
    const { messageId, data, attributes, orderingKey, publishTime } = message as Record<string, unknown>;
    return {
      ackId,
      messageId: textOr(messageId) ?? ackId,
      data: Buffer.from(textOr(data) ?? '', 'base64'),
      attributes: headersOf(attributes),
      orderingKey: textOr(orderingKey) || undefined,
      publishTime: textOr(publishTime),
      deliveryAttempt:
        typeof deliveryAttempt === 'number' && deliveryAttempt > 0 ? deliveryAttempt : undefined,
    };
  });
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function headersOf(attributes: unknown): Headers | undefined {
  if (typeof attributes !== 'object' || attributes === null) return undefined;
  for (const value of Object.values(attributes)) if (typeof value !== 'string') return undefined;
  return attributes as Headers;
}

/** What a message weighs besides its data: the objects around it. */
const OVERHEAD_BYTES = 300;

/**
 * A pulled message on its way through the pipeline. Offsets count what this process was handed: a subscription
 * knows no positions. What most events never need is made on first use.
 */
export class PubSubDelivery implements Delivery, SourceRecord, Placed {
  readonly message: PulledMessage;
  readonly receives: number | undefined;
  readonly bytes: number;
  readonly sequence: number;
  // Its lease, which Leases keeps.
  place = -1;
  /** Monotonic milliseconds. */
  leasedUntil = 0;
  extendAt = 0;
  /** Pub/Sub no longer takes its id: whatever becomes of it here, the message comes again. */
  lost = false;
  /** Its outcome is durable: only the acknowledgement is missing. */
  finished = false;
  private readonly subscription: string;

  constructor(message: PulledMessage, subscription: string, sequence: number, receives: number | undefined) {
    this.message = message;
    this.subscription = subscription;
    this.sequence = sequence;
    this.receives = receives;
    this.bytes = message.data.length + OVERHEAD_BYTES;
  }

  get position(): Position {
    const { subscription, sequence } = this;
    return { partition: subscription, epoch: 0, offset: sequence, next: sequence + 1 };
  }

  get record(): SourceRecord {
    return this;
  }

  get source(): string {
    return `/evrun/pubsub/${this.subscription}`;
  }

  /** A message keeps its id when it is delivered again. */
  get identity(): string {
    return `${this.subscription}\n${this.message.messageId}`;
  }

  get value(): Buffer {
    return this.message.data;
  }

  get key(): string | undefined {
    return this.message.orderingKey;
  }

  /** Whatever key its event has, a message waits for those before it of its ordering key. */
  get lane(): string | undefined {
    return this.message.orderingKey;
  }

  get headers(): Headers | undefined {
    return this.message.attributes;
  }

  /** The CloudEvents binding for Pub/Sub encodes nothing: attributes are UTF-8. */
  get plainHeaders(): boolean {
    return true;
  }

  get time(): number | undefined {
    const time = Date.parse(this.message.publishTime ?? '');
    return Number.isNaN(time) ? undefined : time;
  }

  get meta(): Meta {
    const { messageId, publishTime, orderingKey, deliveryAttempt, attributes } = this.message;
    const pubsub: Record<string, unknown> = { subscription: this.subscription, message_id: messageId };
    if (publishTime !== undefined) pubsub['publish_time'] = publishTime;
    if (orderingKey !== undefined) pubsub['ordering_key'] = orderingKey;
    if (deliveryAttempt !== undefined) pubsub['delivery_attempt'] = deliveryAttempt;
    if (attributes !== undefined) pubsub['attributes'] = attributes;
    return { pubsub };
  }
}
