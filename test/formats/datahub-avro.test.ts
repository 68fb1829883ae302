import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Envelope } from '../../src/contract/envelope.ts';
import { DecodeError } from '../../src/contract/errors.ts';
import type { SourceRecord } from '../../src/contract/source.ts';
import { type JsonObject, readRecord } from '../../src/formats/datahub/avro.ts';
import { asItIs, bytesReader } from '../../src/formats/datahub/bytes.ts';
import { decodeRecord } from '../../src/formats/datahub/decode.ts';
import { READER } from '../../src/formats/datahub/framed.ts';
import { Habit } from '../../src/formats/datahub/habit.ts';
import { isPlainChangeLog } from '../../src/formats/datahub/plain.ts';
import { METADATA_CHANGE_LOG } from '../../src/formats/datahub/shapes.ts';
import { avroReader } from '../../src/support/avro/reader.ts';
import { parseSchema } from '../../src/support/avro/schema.ts';
import { Schemas } from '../../src/support/avro/schemas.ts';
import { FRAME_BYTES, framed, schemaIdOf } from '../../src/support/avro/wire.ts';
import { avroWriter } from '../../src/support/avro/writer.ts';
import { createPrefilter } from '../../src/support/lines/prefilter.ts';

/*
 * The records were written by fastavro with the schemas of acryl-datahub 1.7.0.17, and the events beside them are what
 * acryl-datahub-actions 1.7.0.17 makes of them: its Kafka source's handlers, then `as_json`.
 */
const { schemas: texts, records } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'vectors/datahub-avro.json'), 'utf8'),
) as {
  schemas: Record<string, unknown>;
  records: { name: string; base64: string; event: { type: string; data: unknown } | null }[];
};

const PLATFORM_EVENT = 1;
const CHANGE_LOG = 2;
const OTHER = 3;
const all: Record<string, unknown> = {
  ...texts,
  [OTHER]: { type: 'record', name: 'com.linkedin.MetadataChangeProposal', fields: [] },
};

const schemas = new Schemas(
  {
    schema: async (id) => {
      const schema = all[id];
      return schema === undefined
        ? undefined
        : { type: 'AVRO', text: JSON.stringify(schema), references: [] };
    },
    version: async () => undefined,
  },
  { reader: READER },
);
const record = (value: Uint8Array): SourceRecord => ({ value, meta: {} });
await schemas.prepare([PLATFORM_EVENT, CHANGE_LOG, OTHER].map((id) => record(framed(id, Buffer.alloc(1)))));

const reading = { wire: 'auto', bytes: bytesReader(undefined), schemas, habit: new Habit() } as const;
const decode = (value: Uint8Array) => decodeRecord(record(value), reading);
const encode = (id: number, value: unknown) =>
  framed(id, avroWriter(parseSchema(JSON.stringify(all[id])))(value));

const platformEvent = (name: string, payload: Uint8Array | string) =>
  encode(PLATFORM_EVENT, {
    header: { timestampMillis: 1 },
    name,
    payload: { value: Buffer.from(payload), contentType: 'application/json' },
  });

describe("a record of DataHub's Kafka topics", () => {
  it.each(records)('becomes the event that DataHub Actions makes of it: $name', ({ base64, event }) => {
    const decoded = decode(Buffer.from(base64, 'base64'));
    if (event === null) expect(decoded).toHaveProperty('ignored');
    else expect(decoded).toMatchObject({ type: event.type });
    expect('data' in decoded ? decoded.data : undefined).toEqual(event?.data);
  });

  it.each(records)('is written as fastavro writes it: $name', ({ base64 }) => {
    const bytes = Buffer.from(base64, 'base64');
    const schema = parseSchema(JSON.stringify(all[schemaIdOf(bytes)]));
    expect(
      framed(schemaIdOf(bytes), avroWriter(schema)(avroReader(schema).read(bytes, FRAME_BYTES))),
    ).toEqual(bytes);
  });

  it('has the key and the time of the same event from the events API', () => {
    const [change, log] = [records[0], records.find(({ name }) => name === 'a MetadataChangeLog')];
    expect(decode(Buffer.from(change?.base64 ?? '', 'base64'))).toMatchObject({
      key: 'urn:li:dataset:(urn:li:dataPlatform:snowflake,db.s.t,PROD)',
      time: '2025-01-18T03:21:21.713Z',
    });
    expect(decode(Buffer.from(log?.base64 ?? '', 'base64'))).toMatchObject({
      key: 'urn:li:dataset:(urn:li:dataPlatform:hdfs,S,PROD)',
      time: '2022-05-02T18:34:35.594Z',
    });
  });

  it('is ignored by the name of its schema, or of its event, where it is none of ours', () => {
    expect(decode(framed(OTHER, Buffer.alloc(0)))).toEqual({
      ignored: 'Avro record com.linkedin.MetadataChangeProposal',
    });
    expect(decode(platformEvent('notificationRequestEvent', 'no JSON'))).toEqual({
      ignored: 'platform event notificationRequestEvent',
    });
    expect(decodeRecord({ value: '', tombstone: true, meta: {} }, reading)).toEqual({ ignored: 'tombstone' });
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['of an unknown schema', framed(99, Buffer.alloc(1)), /schema 99/],
    [
      'that is cut off',
      platformEvent('entityChangeEvent', '{}').subarray(0, 20),
      /no com\.linkedin.*too early/,
    ],
    ['whose payload is no JSON', platformEvent('entityChangeEvent', '{'), /the payload is not JSON/],
    [
      'whose payload is not UTF-8',
      platformEvent('entityChangeEvent', Uint8Array.of(0xff)),
      /the payload is not JSON/,
    ],
    ['whose event lacks a field', platformEvent('entityChangeEvent', '{}'), /"entityUrn"/],
  ])('is poison %s', (_, value, message) => {
    expect(() => decode(value)).toThrow(DecodeError);
    expect(() => decode(value)).toThrow(message);
  });

  it('keeps the digits of numbers beyond 2^53, in payloads and in its own fields', () => {
    const ece =
      '{"auditStamp":{"actor":"a","time":1},"entityUrn":"u","entityType":"t","category":"c","operation":"o",' +
      '"version":0,"parameters":{"n":12345678901234567890}}';
    expect((decode(platformEvent('entityChangeEvent', ece)) as Envelope).dataText).toBe(ece);
    const log = decode(
      encode(CHANGE_LOG, {
        entityType: 't',
        changeType: 'UPSERT',
        systemMetadata: { lastObserved: null, schemaVersion: 2n ** 60n + 1n },
      }),
    );
    expect(log).toBeInstanceOf(Envelope);
    // What decoding fills in stands there, too.
    expect((log as Envelope).dataText).toBe(
      '{"entityType":"t","changeType":"UPSERT","systemMetadata":{"runId":"no-run-id-provided",' +
        '"lastRunId":"no-run-id-provided","schemaVersion":1152921504606846977,"lastObserved":0}}',
    );
  });

  it('is never dropped by a prefilter, which knows JSON only', () => {
    const prefilter = createPrefilter([[['nothing of the kind']]]);
    for (const { base64 } of records) {
      const bytes = Buffer.from(base64, 'base64');
      expect(prefilter?.mayMatch(bytes.toString('latin1'))).toBe(true);
    }
  });
});

describe('a plain MetadataChangeLog', () => {
  // Guard: leave one field out of isPlainChangeLog, and a wrapped or null one of that name passes for plain.
  it('is one that the walk of the schema leaves as it is', () => {
    const plain = schemas.readerFor(Buffer.from(records.at(-1)?.base64 ?? '', 'base64'));
    const full = plain.read(Buffer.from(records.at(-1)?.base64 ?? '', 'base64'), FRAME_BYTES) as JsonObject;
    const odd = fc.constantFrom<unknown>(
      null,
      undefined,
      7,
      'x',
      {},
      { string: 'x' },
      { map: { a: { string: 'x' } } },
    );
    const paths = pathsOf(full);
    expect(isPlainChangeLog(full)).toBe(true);
    fc.assert(
      fc.property(fc.constantFrom(...paths), odd, (path, value) => {
        const log = structuredClone(full);
        const parent = path
          .slice(0, -1)
          .reduce((at, key) => at[key] as Record<string, unknown>, log as Record<string, unknown>);
        parent[path.at(-1) as string] = value;
        if (!isPlainChangeLog(log)) return;
        expect(readRecord(METADATA_CHANGE_LOG, log, asItIs)).toBe(log);
      }),
      { numRuns: 2000 },
    );
  });
});

function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]));
  return path.length === 0 ? below : [path, ...below];
}
