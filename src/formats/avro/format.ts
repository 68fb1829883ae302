import { Envelope } from '../../contract/envelope.ts';
import { DecodeError } from '../../contract/errors.ts';
import type { Format } from '../../contract/format.ts';
import type { SourceRecord } from '../../contract/source.ts';
import { bufferOf } from '../../support/avro/buffer.ts';
import { exactJson } from '../../support/avro/exact-json.ts';
import type { AvroReader } from '../../support/avro/reader.ts';
import { SchemaRegistry } from '../../support/avro/registry.ts';
import type { RegistryOptions } from '../../support/avro/registry-config.ts';
import { Schemas } from '../../support/avro/schemas.ts';
import { FRAME_BYTES, isFramed } from '../../support/avro/wire.ts';

/**
 * The record's value by its writer's schema is the event's data, the schema's full name its type. It has no
 * `literals`: numbers and enums do not stand in the bytes as text, and a prefilter looks at JSON only.
 */
export class AvroFormat implements Format {
  private readonly registry: SchemaRegistry;
  private readonly schemas: Schemas;

  constructor(options: RegistryOptions) {
    this.registry = new SchemaRegistry(options);
    this.schemas = new Schemas(this.registry);
  }

  prepare(records: readonly SourceRecord[], signal: AbortSignal): Promise<void> {
    return this.schemas.prepare(records, signal);
  }

  decode(record: SourceRecord): Envelope {
    const event = record.tombstone === true ? new Envelope(TOMBSTONE, undefined) : this.read(record.value);
    if (record.key !== undefined) event.key = record.key;
    return event;
  }

  close(): Promise<void> {
    return this.registry.close();
  }

  private read(value: Uint8Array | string): Envelope {
    if (!isFramed(value)) throw new DecodeError(unframed(value));
    const bytes = bufferOf(value);
    const reader = this.schemas.readerFor(bytes);
    const data = reader.read(bytes, FRAME_BYTES);
    return reader.wasInexact()
      ? new ExactEnvelope(reader.name, data, reader, bytes)
      : new Envelope(reader.name, data);
  }
}

/** The type of an event without data: without bytes there is no schema to name it. */
const TOMBSTONE = 'tombstone';

/** Holds integers beyond 2^53 as the nearest number, and gives them with all their digits as text. */
class ExactEnvelope extends Envelope {
  private readonly reader: AvroReader;
  private readonly bytes: Buffer;

  constructor(type: string, data: unknown, reader: AvroReader, bytes: Buffer) {
    super(type, data);
    this.reader = reader;
    this.bytes = bytes;
  }

  override get dataText(): string {
    return exactJson(this.reader.readExactly(this.bytes, FRAME_BYTES));
  }
}

function unframed(value: Uint8Array | string): string {
  const expected =
    'the record is not Avro as Confluent frames it: expected a byte 0 and a schema id of 4 bytes';
  if (typeof value === 'string') return `${expected}, got text`;
  if (value.length < FRAME_BYTES) return `${expected}, got ${value.length} bytes in all`;
  return `${expected}, and it begins with 0x${(value[0] as number).toString(16).padStart(2, '0')}`;
}
