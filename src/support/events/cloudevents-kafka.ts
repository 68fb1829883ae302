import type { Event } from '../../contract/event.ts';
import { binaryBody } from './cloudevents-http.ts';
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
