import { CloudEvent, Kafka } from 'cloudevents';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../src/contract/errors.ts';
import type { DecodedEvent, ExtensionValue } from '../../src/contract/event.ts';
import type { SourceRecord } from '../../src/contract/source.ts';
import { literalsOf } from '../../src/formats/cloudevents/literals.ts';
import { decodeRecord, type Mode } from '../../src/formats/cloudevents/record.ts';
import { kafkaBinary, kafkaStructured } from '../../src/support/events/cloudevents-kafka.ts';
import { eventOf } from '../support/events.ts';

const required = { ce_specversion: '1.0', ce_id: '1', ce_source: '/s', ce_type: 'T' };
const dashed = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.replace('_', '-'), value]));
const utf8 = (text: string) => Buffer.from(text);

function decode(record: Partial<SourceRecord>, mode: Mode = 'auto') {
  return decodeRecord({ value: '', meta: {}, ...record }, mode) as DecodedEvent;
}

function binary(headers: Record<string, unknown>, value: Uint8Array | string = '', more = {}) {
  return decode({ headers: { ...required, ...headers } as never, value, ...more });
}

describe('a CloudEvent in the headers of a Kafka record', () => {
  it('has its attributes from ce_ headers, as UTF-8 and without percent-decoding', () => {
    const event = binary(
      {
        ce_subject: utf8('Grüße 100%41'),
        ce_time: '2026-01-02T03:04:05.123456789Z',
        ce_dataschema: 'https://example.com/s',
        ce_retries: '3',
        'content-type': utf8('application/json; charset=UTF-8'),
      },
      utf8('{"n":12345678901234567890}'),
    );
    expect(event).toMatchObject({
      id: '1',
      source: '/s',
      type: 'T',
      subject: 'Grüße 100%41',
      time: '2026-01-02T03:04:05.123456789Z',
      dataschema: 'https://example.com/s',
      datacontenttype: 'application/json; charset=UTF-8',
      extensions: { retries: '3' },
    });
    expect((event as { dataText?: string }).dataText).toBe('{"n":12345678901234567890}');
  });

  it('is found whatever the case of the names, and decoded where the names are those of HTTP', () => {
    const headers = { Ce_SpecVersion: '1.0', CE_ID: '1', 'ce-source': '/s', 'Ce-Type': 'Gr%C3%BC%C3%9Fe' };
    expect(decode({ headers })).toMatchObject({ id: '1', source: '/s', type: 'Grüße' });
  });

  it('is not decoded where the record says that its headers stand as they are, as on Pub/Sub', () => {
    const headers = { ...dashed(required), 'ce-subject': '100%41', 'ce-quoted': '"a"' };
    expect(decode({ headers, plainHeaders: true })).toMatchObject({
      subject: '100%41',
      extensions: { quoted: '"a"' },
    });
    expect(decode({ headers })).toMatchObject({ subject: '100A', extensions: { quoted: 'a' } });
  });

  it('keeps its partitionkey and takes it for its key, else the record’s', () => {
    const event = binary({ ce_partitionkey: 'k' }, '', { key: 'other' });
    expect(event).toMatchObject({ key: 'k', extensions: { partitionkey: 'k' } });
    expect(binary({}, '', { key: 'other' }).key).toBe('other');
  });

  it.each<[string, string | undefined, Uint8Array | string, unknown]>([
    ['JSON', 'application/vnd.x+json', utf8('[1]'), [1]],
    ['null, which is data', 'application/json', utf8('null'), null],
    ['nothing, which is no JSON', 'application/json', utf8(''), undefined],
    ['text', 'text/plain', utf8('{"a":1}'), '{"a":1}'],
    ['text of length 0', 'text/plain', utf8(''), ''],
    ['XML', 'application/atom+xml', utf8('<a/>'), '<a/>'],
    ['text in another charset', 'text/plain; charset=iso-8859-1', Uint8Array.of(0xe9), Uint8Array.of(0xe9)],
    ['bytes', 'application/avro', Uint8Array.of(0, 255), Uint8Array.of(0, 255)],
    ['JSON that nobody calls so', undefined, utf8('{"a":1}'), { a: 1 }],
    ['bytes that nobody names', undefined, Uint8Array.of(0xff), Uint8Array.of(0xff)],
  ])('has data that is %s', (_, type, value, data) => {
    const event = binary(type === undefined ? {} : { 'Content-Type': type }, value);
    expect(event.data instanceof Uint8Array ? new Uint8Array(event.data) : event.data).toEqual(data);
  });

  it('has no data where the record has no value', () => {
    const event = binary({ 'content-type': 'application/json' }, '', { tombstone: true });
    expect(event).toMatchObject({ id: '1', data: undefined });
  });

  it('takes an empty optional header for an absent one', () => {
    expect(binary({ ce_subject: '', ce_time: '', ce_ext: '' })).toMatchObject({
      subject: undefined,
      time: undefined,
      extensions: { ext: '' },
    });
  });

  it.each<[string, Record<string, unknown>, string, RegExp]>([
    ['without an id', { ce_id: '' }, '', /"id" must be a non-empty string/],
    ['of another version', { ce_specversion: '0.3' }, '', /"specversion" must be "1.0"/],
    ['with an attribute that is given twice', { ce_x: ['a', 'b'] }, '', /"ce_x" is given twice/],
    ['with an attribute in both spellings', { 'ce-id': '2' }, '', /"ce-id" is given twice/],
    ['with an attribute that is not UTF-8', { ce_x: Uint8Array.of(0xff) }, '', /"ce_x" is not UTF-8/],
    ['with an extension of no good name', { ce_my_ext: 'a' }, '', /"my_ext" must have a name/],
    ['with a name that objects have', { ce___proto__: 'a' }, '', /"__proto__" must have a name/],
    ['with data in a header', { ce_data: 'a' }, '', /"data" must not be a header/],
    ['with a content type that is none', { 'content-type': 'json' }, '', /"datacontenttype" must be/],
    ['whose JSON is none', { 'content-type': 'text/json' }, '{', /content type is JSON.*ends too early/],
  ])('is poison %s', (_, headers, value, message) => {
    const attempt = () => binary(headers, value);
    expect(attempt).toThrow(DecodeError);
    expect(attempt).toThrow(message);
  });

  it('may have binary headers of others beside it', () => {
    expect(binary({ trace: Uint8Array.of(0xff), tags: ['a', 'b'] })).toMatchObject({ id: '1' });
  });
});

describe('a CloudEvent in the value of a Kafka record', () => {
  const value = JSON.stringify({ specversion: '1.0', id: '1', source: '/s', type: 'T', data: 1 });

  it('is told by the content type, whatever other headers say', () => {
    for (const type of ['application/cloudevents+json; charset=UTF-8', 'Application/CloudEvents']) {
      const headers = { 'content-type': type, ce_id: 'another' };
      expect(decode({ value, headers })).toMatchObject({ id: '1', data: 1 });
    }
  });

  it('is expected where no header says otherwise', () => {
    expect(decode({ value, headers: { trace: 'x' } })).toMatchObject({ id: '1' });
    expect(decode({ value })).toMatchObject({ id: '1' });
  });

  it('is poison in a batch, and in another format than JSON', () => {
    const batch = { 'content-type': 'application/cloudevents-batch+json' };
    expect(() => decode({ value: '[]', headers: batch })).toThrow(/a batch/);
    const avro = { 'content-type': 'application/cloudevents+avro' };
    expect(() => decode({ value, headers: avro })).toThrow(/"application\/cloudevents\+avro" is no JSON/);
  });

  it('is no event where there is no value', () => {
    expect(decode({ tombstone: true, headers: {} })).toEqual({ ignored: 'tombstone' });
    expect(decode({ tombstone: true })).toEqual({ ignored: 'tombstone' });
  });
});

describe('the mode of cloudevents', () => {
  it('holds for every record once it is set', () => {
    expect(() => decode({ headers: { 'content-type': 'application/cloudevents+json' } }, 'binary')).toThrow(
      /"specversion" is missing/,
    );
    expect(() => decode({ headers: required }, 'structured')).toThrow(/not a CloudEvent in JSON/);
  });

  // Guard: give literalsOf the types in every mode, and a prefilter drops each binary event, whose type is a header.
  it('lets a prefilter look for types only where no header can hold them', () => {
    const filter = [{ types: ['com.x.made'], event: { a: 'alpha' } }];
    expect(literalsOf(filter, 'structured')).toEqual([['com.x.made', 'alpha']]);
    expect(literalsOf(filter, 'auto')).toEqual([['alpha']]);
    expect(literalsOf([{ types: ['com.x.made'] }], 'auto')).toBeUndefined();
  });
});

const name = fc
  .stringMatching(/^[a-z][a-z0-9]{0,9}$/)
  .filter((text) => !/^(data|id|source|type|time|subject|specversion)/.test(text));
const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => !/[\p{Cc}\p{Cs}]/u.test(value));
const events = fc.record(
  {
    id: text,
    type: text,
    subject: text,
    extensions: fc.dictionary(name, fc.oneof(text, fc.boolean(), fc.integer()), { maxKeys: 3 }),
    data: fc.jsonValue(),
  },
  { requiredKeys: ['id', 'type'] },
);

/** JSON knows no -0. */
function roundTrip(data: unknown): unknown {
  return data === undefined ? undefined : JSON.parse(JSON.stringify(data));
}

describe('an event on its way through Kafka', () => {
  it('comes back as it was, in binary mode with extensions as text', () => {
    fc.assert(
      fc.property(events, (attributes) => {
        const event = eventOf({ source: '/s', ...attributes });
        const { value, headers, key } = kafkaBinary(event);
        const record = { value: value ?? '', tombstone: value === null, headers, key };
        const expected = Object.entries(attributes.extensions ?? {}).map(([k, v]) => [k, String(v)]);
        const again = decode(record);
        expect(again).toMatchObject({ id: event.id, type: event.type });
        expect(again.data).toEqual(roundTrip(event.data));
        expect(again.subject).toBe(event.subject);
        expect(Object.entries(again.extensions ?? {}).sort()).toEqual(expected.sort());
      }),
    );
  });

  it('comes back as it was in structured mode', () => {
    fc.assert(
      fc.property(events, (attributes) => {
        const event = eventOf({ source: '/s', ...attributes });
        const { value, headers, key } = kafkaStructured(event);
        const again = decode({ value: value as string, headers, key });
        const { id, type, subject, data } = event;
        expect(again).toMatchObject({ id, type, subject });
        expect(again.data).toEqual(roundTrip(data));
        expect(again.extensions ?? {}).toEqual(event.extensions ?? {});
      }),
    );
  });

  it.each<[string, unknown, string | undefined, string | Uint8Array | null, string | undefined]>([
    ['an object', { a: 1 }, undefined, '{"a":1}', 'application/json'],
    ['nothing', undefined, undefined, null, undefined],
    ['null', null, undefined, 'null', 'application/json'],
    ['bytes', Uint8Array.of(1), undefined, Uint8Array.of(1), 'application/octet-stream'],
    ['text', 'a', 'text/plain', 'a', 'text/plain'],
    ['a string that is JSON', 'a', undefined, '"a"', 'application/json'],
  ])('has %s as its value', (_, data, type, value, contentType) => {
    const record = kafkaBinary(eventOf({ data, ...(type && { datacontenttype: type }) }));
    expect(record.value).toEqual(value);
    expect(record.headers['content-type']).toBe(contentType);
  });

  it('has the event’s key, else its partitionkey', () => {
    const extensions: Record<string, ExtensionValue> = { partitionkey: 'p' };
    expect(kafkaBinary(eventOf({ key: 'k', extensions })).key).toBe('k');
    expect(kafkaStructured(eventOf({ extensions })).key).toBe('p');
    expect(kafkaBinary(eventOf({})).key).toBeUndefined();
  });

  it('is written as the official SDK writes it', () => {
    const attributes = { id: '1', source: '/s', type: 'T', subject: 'x', time: '2026-01-02T03:04:05.678Z' };
    const theirs = Kafka.binary(
      new CloudEvent({
        ...attributes,
        partitionkey: 'p',
        datacontenttype: 'application/json',
        data: { a: 1 },
      }),
    );
    const ours = kafkaBinary(
      eventOf({
        ...attributes,
        extensions: { partitionkey: 'p' },
        datacontenttype: 'application/json',
        data: { a: 1 },
      }),
    );
    const { ce_datacontenttype: _, ...headers } = theirs.headers as Record<string, string>;
    expect({ ...ours.headers }).toEqual(headers);
    expect(ours.key).toBe(theirs.key);
  });
});
