import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { Envelope, withChanges } from '../../src/contract/envelope.ts';
import { DecodeError } from '../../src/contract/errors.ts';
import type { Event } from '../../src/contract/event.ts';
import type { Format } from '../../src/contract/format.ts';
import type { SourceRecord } from '../../src/contract/source.ts';
import { readRecord } from '../../src/formats/datahub/avro.ts';
import { latin1Bytes } from '../../src/formats/datahub/bytes.ts';
import definition from '../../src/formats/datahub/index.ts';
import { isPlainEntityChange } from '../../src/formats/datahub/plain.ts';
import { ENTITY_CHANGE_EVENT } from '../../src/formats/datahub/shapes.ts';
import { timeText } from '../../src/formats/datahub/time.ts';
import { envelopeJson } from '../../src/support/events/envelope-json.ts';

const format = create();

function create(shape: 'auto' | 'envelope' | 'poll' = 'auto'): Format {
  return definition.create({ shape } as never);
}

function decode(value: unknown, more: Partial<SourceRecord> = {}): Envelope {
  const text = typeof value === 'string' || value instanceof Uint8Array ? value : JSON.stringify(value);
  const decoded = format.decode({ value: text, meta: {}, ...more });
  if (!(decoded instanceof Envelope)) throw new Error(`ignored: ${JSON.stringify(decoded)}`);
  return decoded;
}

function platform(name: string, payload: unknown): Record<string, unknown> {
  const value = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return { header: { timestampMillis: 5 }, name, payload: { value, contentType: 'application/json' } };
}

const change = {
  auditStamp: { actor: 'urn:li:corpuser:a', time: 1737170481713 },
  entityUrn: 'urn:li:dataset:x',
  entityType: 'dataset',
  modifier: 'urn:li:tag:PII',
  category: 'TAG',
  operation: 'ADD',
  version: 0,
  parameters: { tagUrn: 'urn:li:tag:PII' },
};

const log = {
  entityType: 'dataset',
  entityUrn: 'urn:li:dataset:x',
  changeType: 'UPSERT',
  aspectName: 'tags',
};

describe('envelope lines', () => {
  it('keep type, data and meta as they are, unknown types and nulls too', () => {
    const event = { impersonator: null, deep: { list: [1, null] } };
    const decoded = decode({
      event_type: 'Mine_v7',
      event,
      meta: { kafka: { offset: 3 } },
      evrun: { id: 'x' },
    });
    expect(decoded.type).toBe('Mine_v7');
    expect(decoded.data).toEqual(event);
    expect(decoded.meta).toEqual({ kafka: { offset: 3 } });
  });

  it('without meta have the meta of their record', () => {
    const decoded = decode({ event_type: 'A', event: {} });
    decoded.origin = { meta: { file: 1 } } as never;
    expect(decoded.meta).toEqual({ file: 1 });
  });

  it('name key and time where their type says which fields these are', () => {
    expect(decode({ event_type: 'EntityChangeEvent_v1', event: change })).toMatchObject({
      key: change.entityUrn,
      time: '2025-01-18T03:21:21.713Z',
    });
    const relation = { sourceUrn: 'urn:a', auditStamp: { time: 0 } };
    expect(decode({ event_type: 'RelationshipChangeEvent_v1', event: relation })).toMatchObject({
      key: 'urn:a',
      time: '1970-01-01T00:00:00.000Z',
    });
    const other = decode({ event_type: 'Other_v1', event: { entityUrn: 'x', auditStamp: { time: 1 } } });
    expect([other.key, other.time]).toEqual([undefined, undefined]);
  });

  it('keep the spelling of their data', () => {
    const data = '{"n": 12345678901234567890,\n "x":1.0e5,"event":"}"}';
    const decoded = decode(`{"meta":{"event":1},"event_type":"A" , "event" : ${data} }`);
    expect(decoded.dataText).toBe(data.replace('\n', ' '));
  });

  it('that are dead letters of undecodable records say where the bytes are', () => {
    const letter = { event_type: null, event: null, meta: null, evrun: { raw: 'AA==' } };
    expect(() => decode(letter)).toThrow(/"evrun", "raw"/);
  });

  it.each([
    ['no event', { event_type: 'A' }, /"event" is missing/],
    ['an empty type', { event_type: '', event: {} }, /"event_type"/],
    ['a meta that is no object', { event_type: 'A', event: {}, meta: [1] }, /"meta"/],
    ['a list', '[1]', /must be/],
    ['half a line', '{"event_type":"A","ev', /not JSON/],
    ['nothing of DataHub', { a: 1 }, /none of DataHub's events/],
  ])('with %s are poison', (_, value, message) => {
    expect(() => decode(value)).toThrow(DecodeError);
    expect(() => decode(value)).toThrow(message);
  });

  it('come back as they were written', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.jsonValue(),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (type, data, meta) => {
          const line = format.encode?.({ id: 'a', source: 'b', type, data, meta }).value as string;
          const event = decode(line);
          expect([event.type, event.data, event.meta]).toEqual(
            JSON.parse(JSON.stringify([type, data, meta])),
          );
        },
      ),
    );
  });
});

describe('platform events of the poll API', () => {
  it('become entity change events, their text untouched', () => {
    const payload = JSON.stringify(change).replace('"version":0', '"version":0,"big":9007199254740993');
    const decoded = decode(platform('entityChangeEvent', payload));
    expect(decoded.type).toBe('EntityChangeEvent_v1');
    expect(decoded.data).toEqual(JSON.parse(payload));
    expect(decoded).toMatchObject({ key: change.entityUrn, time: '2025-01-18T03:21:21.713Z' });
    expect(decoded.dataText).toBe(payload);
  });

  it('are the same by the payload that a source took out of them', () => {
    const topic = { headers: { topic: 'PlatformEvent_v1' } };
    for (const payload of [
      change,
      { ...change, parameters: null },
      { ...change, entityUrn: { string: 'u' } },
    ]) {
      const value = platform('entityChangeEvent', payload);
      const event = decode('not read', { ...topic, payload: JSON.stringify(payload) });
      expect(event).toEqual(decode(value, topic));
      expect(event.dataText).toBe(decode(value, topic).dataText);
    }
    expect(() => decode('', { ...topic, payload: '{' })).toThrow('the payload is not JSON');
    const elsewhere = {
      headers: { topic: 'MetadataChangeLog_Versioned_v1' },
      payload: JSON.stringify(change),
    };
    expect(decode(log, elsewhere).type).toBe('MetadataChangeLogEvent_v1');
  });

  it('become relationship change events, ordered by their source', () => {
    const relation = {
      sourceUrn: 'urn:a',
      destinationUrn: 'urn:b',
      operation: 'ADD',
      relationshipType: 'DownstreamOf',
      properties: { 'a.b': 'kept' },
      auditStamp: change.auditStamp,
    };
    const decoded = decode(platform('relationshipChangeEvent', relation));
    expect(decoded).toMatchObject({ type: 'RelationshipChangeEvent_v1', key: 'urn:a', data: relation });
  });

  it('of other names are ignored and counted under theirs', () => {
    const value = JSON.stringify(platform('notificationRequestEvent', '{}'));
    expect(format.decode({ value, meta: {} })).toEqual({
      ignored: 'platform event notificationRequestEvent',
    });
  });

  it('have no null fields, and no text then', () => {
    const given = { ...change, modifier: null, auditStamp: { ...change.auditStamp, impersonator: null } };
    const decoded = decode(platform('entityChangeEvent', given));
    const { modifier: _, ...rest } = change;
    expect(decoded.data).toEqual(rest);
    expect(decoded.dataText).toBeUndefined();
  });

  it.each([[{}], [[]], [''], [0], [false], [null]])('have no parameters where these are %j', (parameters) => {
    expect(decode(platform('entityChangeEvent', { ...change, parameters })).data).not.toHaveProperty(
      'parameters',
    );
  });

  it('keep fields that the schema does not know, and one-key maps with dots', () => {
    const given = { ...change, parameters: { 'a.b': 1 }, fromTheFuture: { 'com.x.Y': { string: 'z' } } };
    expect(decode(platform('entityChangeEvent', given)).data).toEqual(given);
  });

  it('are unwrapped wherever a union may stand', () => {
    const value = platform('entityChangeEvent', { ...change, modifier: { string: 'urn:li:tag:PII' } });
    const wrapped = { ...value, payload: { 'com.linkedin.mxe.GenericPayload': value['payload'] } };
    expect(decode(wrapped).data).toEqual(change);
  });

  it.each([
    ['name', { ...platform('entityChangeEvent', change), name: undefined }],
    ['payload', { ...platform('entityChangeEvent', change), payload: null }],
    ['contentType', { name: 'other', payload: { value: '{}' } }],
    ['version', platform('entityChangeEvent', { ...change, version: undefined })],
    ['entityUrn', platform('entityChangeEvent', { ...change, entityUrn: 5 })],
    ['auditStamp', platform('entityChangeEvent', { ...change, auditStamp: 'now' })],
    ['time', platform('entityChangeEvent', { ...change, auditStamp: { actor: 'a' } })],
  ])('without %s as it should be are poison that names it', (field, value) => {
    const topic = { headers: { topic: 'PlatformEvent_v1' } };
    expect(() => decode(value, topic)).toThrow(DecodeError);
    expect(() => decode(value, topic)).toThrow(new RegExp(`"${field}"`));
  });

  it('with text that is UTF-8 as bytes are read, and text that is not stays', () => {
    const mojibake = Buffer.from(JSON.stringify({ ...change, modifier: 'urn:li:tag:café ✓' })).toString(
      'latin1',
    );
    expect(decode(platform('entityChangeEvent', mojibake)).data).toMatchObject({
      modifier: 'urn:li:tag:café ✓',
    });
    const raw = { ...change, modifier: 'é ✓' };
    expect(decode(platform('entityChangeEvent', raw)).data).toMatchObject(raw);
    const latin = { ...change, modifier: 'só' };
    expect(decode(platform('entityChangeEvent', latin)).data).toMatchObject(latin);
  });

  it('in which nothing is unusual are the same by the short way and by the schema', () => {
    const odd = fc.oneof(
      fc.constantFrom(undefined, null, '', 'x', 0, 1.5, true, [], {}, [1], { a: 1 }, { string: 'x' }),
      fc.constantFrom({ null: null }, { 'a.Parameters': { b: 1 } }, { long: 1 }, { actor: 'a', time: 1 }),
      fc.constant({ actor: 'a', time: 1, impersonator: null }),
    );
    const fields = fc.record({
      entityUrn: odd,
      entityType: odd,
      category: odd,
      operation: odd,
      modifier: odd,
      parameters: odd,
      auditStamp: odd,
      version: odd,
    });
    const nearly = fc
      .tuple(fc.constantFrom(...Object.keys(change)), odd)
      .map(([key, value]) => ({ ...change, [key]: value }));
    fc.assert(
      fc.property(fc.oneof(fields, nearly), (given) => {
        const event = JSON.parse(JSON.stringify(given));
        if (isPlainEntityChange(event))
          expect(readRecord(ENTITY_CHANGE_EVENT, event, latin1Bytes)).toBe(event);
      }),
      { numRuns: 2000 },
    );
    expect(isPlainEntityChange(change)).toBe(true);
  });
});

describe('MetadataChangeLogs of the poll API', () => {
  const aspect = { value: '{"tags":[]}', contentType: 'application/json' };

  it('that are bare and whole keep their text', () => {
    const value = JSON.stringify({ ...log, aspect });
    const decoded = decode(value);
    expect(decoded).toMatchObject({
      type: 'MetadataChangeLogEvent_v1',
      key: log.entityUrn,
      data: { ...log, aspect },
    });
    expect(decoded.dataText).toBe(value);
    expect(decoded.time).toBeUndefined();
  });

  it('that are wrapped by Avro come out plain', () => {
    const wrapped = {
      auditHeader: null,
      entityType: 'dataset',
      entityUrn: { string: log.entityUrn },
      entityKeyAspect: { null: null },
      changeType: 'UPSERT',
      aspectName: { string: 'tags' },
      aspect: { 'com.linkedin.pegasus2avro.mxe.GenericAspect': aspect },
      systemMetadata: {
        'com.linkedin.pegasus2avro.mxe.SystemMetadata': {
          lastObserved: { long: 7 },
          runId: { string: 'run' },
          properties: { map: { a: 'b', 'c.d': { string: 'e' } } },
        },
      },
      headers: { map: 'no wrapper, a header of this name' },
      created: {
        'com.linkedin.pegasus2avro.common.AuditStamp': {
          time: 1651516475594,
          actor: 'urn:a',
          impersonator: null,
        },
      },
    };
    const decoded = decode(wrapped);
    expect(decoded.data).toEqual({
      ...log,
      aspect,
      systemMetadata: {
        lastObserved: 7,
        runId: 'run',
        lastRunId: 'no-run-id-provided',
        properties: { a: 'b', 'c.d': 'e' },
      },
      headers: { map: 'no wrapper, a header of this name' },
      created: { time: 1651516475594, actor: 'urn:a' },
    });
    expect(decoded.time).toBe('2022-05-02T18:34:35.594Z');
    expect(decoded.dataText).toBeUndefined();
  });

  it('have the defaults of their schema where fields are absent or null', () => {
    const filled = { lastObserved: 0, runId: 'no-run-id-provided', lastRunId: 'no-run-id-provided' };
    expect(decode({ ...log, systemMetadata: {} }).data).toEqual({ ...log, systemMetadata: filled });
    expect(decode({ ...log, systemMetadata: { runId: null, version: '2' } }).data).toEqual({
      ...log,
      systemMetadata: { ...filled, version: '2' },
    });
  });

  it('are told by their topic, whatever else they hold', () => {
    const headers = { topic: 'MetadataChangeLog_Timeseries_v1' };
    const odd = { ...log, payload: 1, event_type: 'x' };
    expect(decode(odd, { headers })).toMatchObject({ type: 'MetadataChangeLogEvent_v1', data: odd });
  });

  it('keep a key named __proto__ as data', () => {
    const data = decode('{"__proto__":{"x":1},"aspectName":null,"entityType":"a","changeType":"b"}').data;
    expect(JSON.stringify(data)).toBe('{"__proto__":{"x":1},"entityType":"a","changeType":"b"}');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('without the content type of an aspect are poison', () => {
    expect(() => decode({ ...log, aspect: { value: 'x' } })).toThrow(
      /GenericAspect must have the field "contentType"/,
    );
  });
});

describe('decoding', () => {
  it('throws nothing but DecodeError, whatever the bytes', () => {
    const any = fc.oneof(
      fc.string(),
      fc.json(),
      fc.uint8Array(),
      fc
        .jsonValue()
        .map((v) =>
          JSON.stringify({ name: 'entityChangeEvent', payload: v, changeType: v, entityType: 'x' }),
        ),
    );
    const headers = fc.constantFrom<Record<string, string>[]>(
      {},
      { topic: 'PlatformEvent_v1' },
      { topic: 'MetadataChangeLog_Versioned_v1' },
    );
    fc.assert(
      fc.property(any, headers, (value, given) => {
        try {
          format.decode({ value, headers: given, meta: {} });
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('takes only what the recipe says the records are', () => {
    const line = JSON.stringify({ event_type: 'A', event: {} });
    expect(() => create('poll').decode({ value: line, meta: {} })).toThrow(/platform event/);
    const value = JSON.stringify(platform('entityChangeEvent', change));
    expect(() => create('envelope').decode({ value, meta: {} })).toThrow(/"event_type" and "event"/);
  });

  describe('with DATAHUB_AVRO_BYTES_ENCODING', () => {
    afterEach(() => {
      delete process.env['DATAHUB_AVRO_BYTES_ENCODING'];
    });

    it('utf-8 leaves text as it is', () => {
      process.env['DATAHUB_AVRO_BYTES_ENCODING'] = 'UTF-8';
      const value = JSON.stringify({ ...log, aspect: { value: 'Ã©', contentType: 'text' } });
      expect((create().decode({ value, meta: {} }) as Envelope).data).toMatchObject({
        aspect: { value: 'Ã©' },
      });
      expect((format.decode({ value, meta: {} }) as Envelope).data).toMatchObject({ aspect: { value: 'é' } });
    });
  });

  it('spells times as Date does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (ms) => {
        expect(timeText(ms)).toBe(new Date(ms).toISOString());
      }),
    );
    expect([Number.NaN, 1.5, -1, 1e18, '5'].map(timeText)).toEqual(Array(5).fill(undefined));
  });
});

describe('an envelope that passes unchanged', () => {
  const passed = (line: string) => envelopeJson(format.decode({ value: line, meta: {} }) as Event);

  it('is written as it stood, to the character', () => {
    const line = '{"event_type":"T", "event":{"n":1.0e5,"big":12345678901234567890},"meta":{"a": 1}}';
    expect(passed(line)).toBe(line);
  });

  it('is written anew where it holds more, is spread over lines, or has no meta', () => {
    const anew = '{"event_type":"T","event":{"n":1},"meta":{}}';
    for (const line of [
      '{"event_type":"T","event":{"n":1},"meta":{},"evrun":{"id":"x"}}',
      '{"event_type":"T","event":{"n":1},\n"meta":{}}',
      '{"event_type":"T","event":{"n":1}}',
      ' {"event_type":"T","event":{"n":1},"meta":{}} ',
    ]) {
      expect(passed(line)).toBe(anew);
    }
  });

  it('is written anew once something was changed', () => {
    const event = format.decode({ value: '{"event_type":"T","event":{"n":1},"meta":{}}', meta: {} }) as Event;
    expect(envelopeJson(withChanges(event, { type: 'U' }))).toBe(
      '{"event_type":"U","event":{"n":1},"meta":{}}',
    );
    expect(envelopeJson(withChanges(event, { data: 2 }))).toBe('{"event_type":"T","event":2,"meta":{}}');
  });
});
