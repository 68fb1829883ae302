import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Envelope } from '../../../src/contract/envelope.ts';
import type { DecodedEvent, Event } from '../../../src/contract/event.ts';
import type { SourceRecord } from '../../../src/contract/source.ts';
import { decodeRecord } from '../../../src/formats/flyte/decode.ts';
import type { MessageName } from '../../../src/formats/flyte/kind.ts';

/** What Flyte's own publisher (v1.16.8) sent: the same 17 events over each transport. */
interface Message {
  readonly name: string;
  readonly keyBase64: string;
  readonly valueBase64: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly dataBase64: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly raw: { readonly message: unknown };
  readonly bodyBase64: string;
}

export interface Sent {
  readonly name: string;
  readonly record: SourceRecord;
  /** For what has no name of its own: the option `message`. */
  readonly message?: MessageName;
}

function messages(file: string): readonly Message[] {
  const text = readFileSync(join(import.meta.dirname, 'vectors', `${file}.json`), 'utf8');
  return (JSON.parse(text) as { messages: readonly Message[] }).messages;
}

const bytes = (base64: string) => Buffer.from(base64, 'base64');
const kafka = messages('kafka-v1');
const pubsub = messages('pubsub-v1');

function nats({ headers, valueBase64 }: Message): string {
  const members: Record<string, string> = { data_base64: valueBase64 };
  for (const [header, value] of headers) {
    const name = header === 'content-type' ? 'datacontenttype' : header.replace('ce_', '');
    members[name] = bytes(value).toString();
  }
  return JSON.stringify(members);
}

export function messageOf(name: string): MessageName {
  const entity = name.startsWith('wf') ? 'Workflow' : name.startsWith('node') ? 'Node' : 'Task';
  return `flyteidl.admin.${entity}ExecutionEventRequest`;
}

const record = (value: string | Uint8Array, headers?: SourceRecord['headers']) => ({
  value,
  headers,
  meta: {},
});

/** How the publisher's events look on each transport. */
export const transports: Readonly<Record<string, readonly Sent[]>> = {
  'Kafka, binary mode': kafka.map(({ name, valueBase64, headers }) => ({
    name,
    record: record(
      bytes(valueBase64),
      Object.fromEntries(headers.map(([key, value]) => [key, bytes(value)])),
    ),
  })),
  'NATS, JSON': kafka.map((message) => ({ name: message.name, record: record(nats(message)) })),
  'NATS, JSON as bytes': kafka.map((message) => ({
    name: message.name,
    record: record(Buffer.from(nats(message))),
  })),
  'SNS, raw delivery': messages('sns-fauxqs-v1-raw').map(({ name, bodyBase64 }) => ({
    name,
    record: record(bytes(bodyBase64).toString()),
  })),
  'SNS, raw delivery as bytes': messages('sns-fauxqs-v1-raw').map(({ name, bodyBase64 }) => ({
    name,
    record: record(bytes(bodyBase64)),
  })),
  'SNS, wrapped': messages('sns-fauxqs-v1-wrapped').map(({ name, bodyBase64 }) => ({
    name,
    record: record(bytes(bodyBase64).toString()),
  })),
  'SNS, wrapped and pretty-printed': messages('sns-fauxqs-v1-wrapped').map(({ name, bodyBase64 }) => ({
    name,
    record: record(JSON.stringify(JSON.parse(bytes(bodyBase64).toString()), null, 2)),
  })),
  'SNS, wrapped with sorted keys': messages('sns-fauxqs-v1-wrapped').map(({ name, bodyBase64 }) => {
    const members = Object.entries(JSON.parse(bytes(bodyBase64).toString()) as object).sort();
    return { name, record: record(JSON.stringify(Object.fromEntries(members))) };
  }),
  'Pub/Sub, pulled': pubsub.map(({ name, dataBase64, attributes }) => ({
    name,
    record: record(bytes(dataBase64), attributes),
  })),
  'Pub/Sub, pushed': pubsub.map(({ name, raw }) => ({
    name,
    record: record(JSON.stringify({ message: raw.message, subscription: 'projects/p/subscriptions/s' })),
  })),
};

const external = messages('sns-fauxqs-external-raw');

/** The external feed, in which the same events are bare messages. */
export const externalTransports: Readonly<Record<string, readonly Sent[]>> = {
  'SNS, raw delivery': external.map(({ name, bodyBase64 }) => ({
    name,
    record: record(bytes(bodyBase64).toString()),
    message: messageOf(name),
  })),
  'SNS, wrapped': external.map(({ name, bodyBase64 }) => ({
    name,
    record: record(
      JSON.stringify({
        Type: 'Notification',
        Subject: messageOf(name),
        Message: bytes(bodyBase64).toString(),
      }),
    ),
  })),
  'SNS, opened by the source': external.map(({ name, bodyBase64 }) => ({
    name,
    record: record(bytes(bodyBase64).toString(), { 'x-amz-sns-subject': messageOf(name) }),
  })),
  'Pub/Sub, pulled': external.map(({ name, bodyBase64 }) => ({
    name,
    record: record(bytes(bytes(bodyBase64).toString()), { key: messageOf(name) }),
  })),
};

export function decode({ record: given, message }: Sent): Envelope {
  const event = decodeRecord(given, message);
  if (!(event instanceof Envelope)) throw new Error(`ignored: ${JSON.stringify(event)}`);
  return event;
}

/** The attributes and data of an event, without what its transport adds. */
export function shown(event: DecodedEvent | Event) {
  const { id, source, type, time, subject, datacontenttype, dataschema, extensions, key, data } = event;
  return { id, source, type, time, subject, datacontenttype, dataschema, extensions, key, data };
}
