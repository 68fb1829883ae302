import { Envelope } from '../../contract/envelope.ts';
import { DecodeError, messageOf } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';
import type { EncodedRecord, Format } from '../../contract/format.ts';
import type { CompiledFilter, Literals } from '../../contract/prefilter.ts';
import type { SourceRecord } from '../../contract/source.ts';
import { jsonText } from '../../support/events/data-json.ts';
import { jsonError } from '../../support/events/json-error.ts';
import { textOf } from '../../support/lines/utf8.ts';
import { literalsOf } from './literals.ts';

export interface JsonConfig {
  readonly event_type: string;
  readonly key?: string | undefined;
}

/** The record's JSON value is the event's data; nothing in it is taken for an envelope. */
export class JsonFormat implements Format {
  private readonly type: string;
  private readonly keyPath: readonly string[] | undefined;

  constructor({ event_type, key }: JsonConfig) {
    this.type = event_type;
    this.keyPath = key?.split('.');
  }

  decode(record: SourceRecord): Envelope {
    if (record.tombstone === true) return this.withoutData(record);
    const { value } = record;
    const text = typeof value === 'string' ? value : textOf(value);
    let data: unknown;
    try {
      data = JSON.parse(text);
    } catch (error) {
      throw new DecodeError(`the record is not JSON: ${jsonError(text)}`, error);
    }
    const event = new JsonEnvelope(this.type, data, text);
    if (this.keyPath !== undefined) event.key = keyAt(data, this.keyPath) ?? record.key;
    else if (record.key !== undefined) event.key = record.key;
    return event;
  }

  private withoutData(record: SourceRecord): Envelope {
    const event = new Envelope(this.type, undefined);
    if (record.key !== undefined) event.key = record.key;
    return event;
  }

  literals(filter: CompiledFilter): Literals | undefined {
    return literalsOf(filter, this.type);
  }

  encode(event: Event): EncodedRecord {
    return { value: jsonOf(event), key: event.key, contentType: 'application/json' };
  }
}

/** Keeps the record's text: numbers beyond 2^53 and their spelling survive. */
class JsonEnvelope extends Envelope {
  private readonly text: string;

  constructor(type: string, data: unknown, text: string) {
    super(type, data);
    this.text = text;
  }

  override get dataText(): string {
    return this.text;
  }
}

/** Data that is no JSON value (bytes, none) is written as base64 text and as null. */
function jsonOf(event: Event): string {
  const { data } = event;
  if (data instanceof Uint8Array) return JSON.stringify(Buffer.from(data).toString('base64'));
  const given = event instanceof Envelope ? event.dataText : undefined;
  try {
    return given ?? jsonText(data) ?? 'null';
  } catch (error) {
    throw new DecodeError(`the data of event ${event.id} has no JSON form: ${messageOf(error)}`, error);
  }
}

/** Text of the scalar at `path`; undefined where there is none. */
function keyAt(data: unknown, path: readonly string[]): string | undefined {
  let value = data;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
