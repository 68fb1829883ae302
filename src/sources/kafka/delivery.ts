import { isAscii, isUtf8 } from 'node:buffer';
import type { Meta } from '../../contract/event.ts';
import type { Delivery, Headers, HeaderValue, Position, SourceRecord } from '../../contract/source.ts';
import type { IHeaders, KafkaMessage } from '../../support/kafka/client.ts';

/** What the records of one partition have in common, as long as it stays assigned. */
export interface Origin {
  readonly topic: string;
  readonly number: number;
  /** `orders-0` */
  readonly partition: string;
  readonly epoch: number;
  /** `/evrun/kafka/orders` */
  readonly source: string;
}

/** What a record costs beyond its value: its object, headers, and those of kafkajs. */
const OVERHEAD_BYTES = 400;
const BRACE = 0x7b;
const NO_BYTES = Buffer.alloc(0);
const NONE: readonly string[] = [];

/**
 * One record. It is its own position, so that reading costs one object. It takes what it needs out of the fetch that
 * it came in, which a slice would keep alive: up to 10 MB for one record in work.
 */
export class KafkaDelivery implements Delivery, Position, SourceRecord {
  readonly offset: number;
  readonly value: Uint8Array | string;
  readonly key: string | undefined;
  readonly headers: Headers | undefined;
  readonly tombstone: boolean;
  private readonly origin: Origin;
  private readonly timestamp: string;

  constructor(origin: Origin, offset: number, { value, key, headers, timestamp }: KafkaMessage) {
    this.origin = origin;
    this.offset = offset;
    this.value = bytesOrText(value);
    this.key = key === null ? undefined : keyText(key);
    this.headers = headersOf(headers);
    this.tombstone = value === null;
    this.timestamp = timestamp;
  }

  get position(): Position {
    return this;
  }
  get record(): SourceRecord {
    return this;
  }
  get partition(): string {
    return this.origin.partition;
  }
  get epoch(): number {
    return this.origin.epoch;
  }
  get next(): number {
    return this.offset + 1;
  }
  get source(): string {
    return this.origin.source;
  }
  get time(): number | undefined {
    const time = Number(this.timestamp);
    return time >= 0 ? time : undefined;
  }
  get meta(): Meta {
    const { topic, number } = this.origin;
    const { key, headers, time } = this;
    return {
      kafka: {
        topic,
        partition: number,
        offset: this.offset,
        ...(time === undefined ? {} : { timestamp: time }),
        ...(key === undefined ? {} : { key }),
        ...(headers === undefined ? {} : { headers: plainHeaders(headers) }),
      },
    };
  }
  /** With its time: in a topic that was deleted and made anew, offsets begin anew. */
  get identity(): string {
    return `${this.origin.source}\n${this.origin.partition}\n${this.offset}\n${this.timestamp}`;
  }
  get bytes(): number {
    return this.value.length + OVERHEAD_BYTES;
  }
}

/**
 * What begins as JSON does and is ASCII becomes the text that its format would make of it anyway; the rest are bytes of
 * its own. A format of bytes must never get text: short values of Avro are ASCII, too.
 */
function bytesOrText(value: Buffer | null): Uint8Array | string {
  if (value === null) return NO_BYTES;
  return value[0] === BRACE && isAscii(value) ? value.toString('latin1') : Buffer.from(value);
}

/** A key is text to the engine: it orders by it. Bytes that are no text keep what tells them apart. */
function keyText(key: Buffer): string {
  return isUtf8(key) ? key.toString('utf8') : key.toString('base64');
}

function headersOf(headers: IHeaders | undefined): Headers | undefined {
  const names = headers === undefined ? NONE : Object.keys(headers);
  if (headers === undefined || names.length === 0) return undefined;
  const made: [string, HeaderValue | readonly HeaderValue[]][] = [];
  for (const name of names) {
    const value = headers[name];
    made.push([name, Array.isArray(value) ? value.map(headerValue) : headerValue(value)]);
  }
  return Object.fromEntries(made);
}

/** Text where it is valid UTF-8, else bytes; Kafka's null is the empty text. */
function headerValue(value: Buffer | string | null | undefined): HeaderValue {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  return isUtf8(value) ? value.toString('utf8') : Uint8Array.from(value);
}

/** As JSON has them: bytes in base64. */
function plainHeaders(headers: Headers): Record<string, string | readonly string[]> {
  const plain = (value: HeaderValue) =>
    typeof value === 'string' ? value : Buffer.from(value).toString('base64');
  const entries = Object.entries(headers).map(([name, value]): [string, string | readonly string[]] => [
    name,
    typeof value === 'string' || value instanceof Uint8Array ? plain(value) : value.map(plain),
  ]);
  return Object.fromEntries(entries);
}
