import { isUtf8 } from 'node:buffer';
import { DecodeError } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';
import type { Headers } from '../../contract/source.ts';
import { binaryBody, decodeHeaderValue } from './cloudevents-http.ts';
import { cloudEventJson, contentTypeOf, extensionsOf } from './cloudevents-json.ts';

/*
 * The CloudEvents Kafka binding 1.0.2: an event as a record's headers and value. Header values are UTF-8 as they
 * are, without the percent-encoding of HTTP. The record's key is the event's key, which `partitionkey` is where an
 * event came with one; the extension stays in the event.
 */

/** One record to produce. `value` null: the event has no data (on a compacted topic: a deletion). */
export interface KafkaRecord {
  readonly key: string | undefined;
  readonly value: string | Uint8Array | null;
  /** Lower-case names: `ce_id`, `content-type`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Binary mode: attributes in `ce_` headers, the data alone as the value. Throws EVR_TRANSFORM for a wrong extension. */
export function kafkaBinary(event: Event): KafkaRecord {
  const headers: Record<string, string> = { ce_specversion: '1.0' };
  for (const name of ATTRIBUTES) {
    const value = event[name];
    if (value !== undefined) headers[`ce_${name}`] = value;
  }
  if (event.extensions !== undefined)
    for (const [name, value] of extensionsOf(event)) headers[`ce_${name}`] = String(value);
  const contentType = contentTypeOf(event) ?? impliedType(event.data);
  if (contentType !== undefined) headers['content-type'] = contentType;
  return { key: keyOf(event), value: binaryBody(event) ?? null, headers };
}

/** Structured mode: the whole event as JSON in the value. Throws EVR_TRANSFORM for a wrong extension. */
export function kafkaStructured(event: Event): KafkaRecord {
  return { key: keyOf(event), value: cloudEventJson(event), headers: STRUCTURED };
}

const ATTRIBUTES = ['id', 'source', 'type', 'subject', 'time', 'dataschema'] as const;
const STRUCTURED = Object.freeze({ 'content-type': 'application/cloudevents+json; charset=UTF-8' });

/** Binary mode implies no type: what is JSON must be called so. */
function impliedType(data: unknown): string | undefined {
  if (data === undefined) return undefined;
  return data instanceof Uint8Array ? 'application/octet-stream' : 'application/json';
}

function keyOf({ key, extensions }: Event): string | undefined {
  if (key !== undefined) return key;
  const partitionKey = extensions?.['partitionkey'];
  return partitionKey === undefined || partitionKey === '' ? undefined : String(partitionKey);
}

/** What the headers of a record say about the event in it. */
export interface EventHeaders {
  /** Of the binary mode, by name without prefix, as text: `id`, `specversion`, … Empty: there are none. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly contentType: string | undefined;
}

const NO_ATTRIBUTES: EventHeaders['attributes'] = new Map();

/**
 * Reads `ce_` headers (Kafka) and `ce-` headers (HTTP, percent-decoded unless they are `plain`, as on Pub/Sub); other
 * headers are left alone. Names are compared without regard to case. Throws DecodeError for an attribute that is given
 * twice or is not UTF-8.
 */
export function eventHeaders(headers: Headers | undefined, plain = false): EventHeaders {
  let contentType: string | undefined;
  let attributes: Map<string, string> | undefined;
  for (const given in headers) {
    const name = given.toLowerCase();
    if (name === 'content-type') contentType = textOf(name, headers[given]);
    if (!name.startsWith('ce_') && !name.startsWith('ce-')) continue;
    const text = textOf(name, headers[given]);
    attributes ??= new Map();
    if (attributes.has(name.slice(3))) throw wrong(name, 'is given twice');
    attributes.set(name.slice(3), name.charAt(2) === '-' && !plain ? decodeHeaderValue(text) : text);
  }
  return { attributes: attributes ?? NO_ATTRIBUTES, contentType };
}

function textOf(name: string, value: Headers[string] | undefined): string {
  if (typeof value === 'string') return value;
  if (!(value instanceof Uint8Array)) throw wrong(name, 'is given twice');
  if (!isUtf8(value)) throw wrong(name, 'is not UTF-8');
  return Buffer.from(value.buffer, value.byteOffset, value.length).toString();
}

function wrong(name: string, problem: string): DecodeError {
  return new DecodeError(`the header ${JSON.stringify(name.slice(0, 80))} ${problem}`);
}
