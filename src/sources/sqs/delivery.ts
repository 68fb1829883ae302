import { Buffer } from 'node:buffer';
import type { EvrunError } from '../../contract/errors.ts';
import type { Meta } from '../../contract/event.ts';
import type { Delivery, Headers, HeaderValue, Position, SourceRecord } from '../../contract/source.ts';
import type { SnsNotification } from '../../support/aws/sns-message.ts';
import type { MessageAttribute, SqsMessage } from '../../support/aws/sqs-types.ts';
import type { HeldMessage } from './held.ts';

/** What all messages of one queue share. */
export interface Queue {
  readonly url: string;
  readonly name: string;
  /** URI reference for events without a source: `/evrun/sqs/orders`. */
  readonly source: string;
  readonly isFifo: boolean;
}

/** What became of a message's body before any format sees it. */
export interface Opened {
  readonly value: string;
  readonly sns?: SnsNotification | undefined;
  /** Why it must not be taken for an event. */
  readonly refused?: EvrunError | undefined;
}

/** A message as the engine sees it. Headers and meta are made when somebody asks for them. */
export class SqsDelivery implements Delivery {
  readonly held: HeldMessage;
  readonly record: SqsRecord;
  readonly bytes: number;
  private readonly queue: Queue;
  private readonly message: SqsMessage;

  constructor(queue: Queue, message: SqsMessage, held: HeldMessage, opened: Opened) {
    this.queue = queue;
    this.message = message;
    this.held = held;
    this.record = new SqsRecord(queue, message, opened);
    this.bytes = message.Body.length + 400;
  }

  get position(): Position {
    const { number } = this.held;
    return { partition: this.queue.name, epoch: 0, offset: number, next: number + 1 };
  }

  get source(): string {
    return this.queue.source;
  }

  get meta(): Meta {
    return this.record.meta;
  }

  get identity(): string {
    return `${this.queue.source}\n${this.message.MessageId}`;
  }

  /** A FIFO group never runs two at once, whatever key its events have. */
  get lane(): string | undefined {
    return this.record.key;
  }

  /**
   * A FIFO group waits for its first message in any case, so its retries are made in place and in order: given back,
   * it would be overtaken by those of its group that are here already. Undefined says so.
   */
  get receives(): number | undefined {
    if (this.queue.isFifo) return undefined;
    return Number(this.message.Attributes?.['ApproximateReceiveCount'] ?? 1);
  }
}

class SqsRecord implements SourceRecord {
  readonly value: string;
  readonly key: string | undefined;
  readonly refused: EvrunError | undefined;
  private readonly queue: Queue;
  private readonly message: SqsMessage;
  private readonly sns: SnsNotification | undefined;
  private madeHeaders: Headers | undefined = undefined;
  private madeMeta: Meta | undefined = undefined;

  constructor(queue: Queue, message: SqsMessage, { value, sns, refused }: Opened) {
    this.queue = queue;
    this.message = message;
    this.sns = sns;
    this.value = value;
    this.refused = refused;
    this.key = queue.isFifo ? message.Attributes?.['MessageGroupId'] : undefined;
  }

  get time(): number | undefined {
    const sent = this.message.Attributes?.['SentTimestamp'];
    return sent === undefined ? undefined : Number(sent);
  }

  get headers(): Headers | undefined {
    this.madeHeaders ??= headersOf(this.message, this.sns);
    return this.madeHeaders;
  }

  get meta(): Meta {
    this.madeMeta ??= { sqs: metaOf(this.queue, this.message, this.sns) };
    return this.madeMeta;
  }
}

/** Message attributes by name, those of SNS's envelope too; binary ones are bytes. */
function headersOf({ MessageAttributes }: SqsMessage, sns: SnsNotification | undefined): Headers {
  const headers: Record<string, HeaderValue> = Object.create(null);
  for (const [name, attribute] of Object.entries(MessageAttributes ?? {}))
    headers[name] = valueOfSqs(attribute);
  if (sns === undefined) return headers;
  for (const [name, { Type, Value }] of Object.entries(sns.MessageAttributes ?? {})) {
    if (typeof Value !== 'string') continue;
    headers[name] = Type === 'Binary' ? Buffer.from(Value, 'base64') : Value;
  }
  headers['x-amz-sns-message-id'] = sns.MessageId;
  headers['x-amz-sns-topic-arn'] = sns.TopicArn;
  if (typeof sns.Subject === 'string') headers['x-amz-sns-subject'] = sns.Subject;
  return headers;
}

function valueOfSqs({ StringValue, BinaryValue }: MessageAttribute): HeaderValue {
  return BinaryValue === undefined ? (StringValue ?? '') : Buffer.from(BinaryValue, 'base64');
}

function metaOf(queue: Queue, message: SqsMessage, sns: SnsNotification | undefined): Meta {
  const { MessageId, Attributes = {} } = message;
  const sent = Number(Attributes['SentTimestamp']);
  return {
    queue: queue.name,
    message_id: MessageId,
    receive_count: Number(Attributes['ApproximateReceiveCount'] ?? 1),
    ...(Number.isFinite(sent) ? { sent_at: new Date(sent).toISOString() } : {}),
    ...textOf('group', Attributes['MessageGroupId']),
    ...textOf('deduplication_id', Attributes['MessageDeduplicationId']),
    ...textOf('sequence_number', Attributes['SequenceNumber']),
    attributes: attributesOf(message, sns),
    ...(sns === undefined
      ? {}
      : {
          sns: {
            message_id: sns.MessageId,
            topic_arn: sns.TopicArn,
            timestamp: sns.Timestamp,
            ...textOf('subject', sns.Subject),
          },
        }),
  };
}

/** The same attributes for filters and templates: `{"tenant":"acme"}`. All are text; binary ones are base64. */
function attributesOf(
  { MessageAttributes: own }: SqsMessage,
  sns: SnsNotification | undefined,
): Readonly<Record<string, string>> {
  const published = sns?.MessageAttributes;
  if (own === undefined && published == null) return NO_ATTRIBUTES;
  const texts: Record<string, string> = Object.create(null);
  for (const name in own) {
    const { StringValue, BinaryValue } = own[name] as MessageAttribute;
    texts[name] = BinaryValue ?? StringValue ?? '';
  }
  for (const name in published) {
    const value = published[name]?.Value;
    if (typeof value === 'string') texts[name] = value;
  }
  return texts;
}

/** Where there are none, so that a filter can ask `has(event.meta.sqs.attributes.tenant)` of every message. */
const NO_ATTRIBUTES: Readonly<Record<string, string>> = Object.freeze({});

function textOf(name: string, value: string | null | undefined): Record<string, string> {
  return value == null ? {} : { [name]: value };
}
