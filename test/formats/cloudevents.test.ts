import { CloudEvent, HTTP } from 'cloudevents';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Envelope, withChanges } from '../../src/contract/envelope.ts';
import { DecodeError } from '../../src/contract/errors.ts';
import type { DecodedEvent, ExtensionValue } from '../../src/contract/event.ts';
import { decodeCloudEvent } from '../../src/formats/cloudevents/decode.ts';
import { literalsOf } from '../../src/formats/cloudevents/literals.ts';
import {
  binaryBody,
  binaryHeaders,
  decodeHeaderValue,
  encodeHeaderValue,
} from '../../src/support/events/cloudevents-http.ts';
import { cloudEventJson } from '../../src/support/events/cloudevents-json.ts';
import { envelopeJson } from '../../src/support/events/envelope-json.ts';
import { compileMatcher } from '../../src/support/expressions/match.ts';
import { createPrefilter } from '../../src/support/lines/prefilter.ts';
import { eventOf } from '../support/events.ts';

const minimal = { specversion: '1.0', id: '1', source: '/s', type: 'T' };
const decode = (members: object) => decodeCloudEvent(JSON.stringify({ ...minimal, ...members }));

describe('decoding a CloudEvent', () => {
  it.each<[string, object, RegExp]>([
    ['no specversion', { specversion: undefined }, /"specversion" is missing/],
    ['another specversion', { specversion: '9.9' }, /"specversion" must be "1.0", got "9.9"/],
    ['no id', { id: undefined }, /"id" must be a non-empty string, got nothing/],
    ['a null id', { id: null }, /"id" must be a non-empty string, got nothing/],
    ['an empty type', { type: '' }, /"type" .* got an empty one/],
    ['a number as id', { id: 7 }, /"id" .* got a number/],
    ['a source that is no URI', { source: 'my source' }, /"source" must be a URI reference/],
    ['a control character', { subject: 'a\nb' }, /"subject" must not hold control characters/],
    ['a C1 control character', { id: 'a\u0085' }, /"id" must not hold control/],
    ['a lone surrogate', { ext: '\ud800' }, /"ext" must not hold/],
    ['an empty subject', { subject: '' }, /"subject"/],
    ['a time in words', { time: 'yesterday' }, /"time" must be an RFC 3339 time/],
    ['a day that is none', { time: '2026-02-30T00:00:00Z' }, /"time"/],
    ['a time without zone', { time: '2026-02-03T00:00:00' }, /"time"/],
    ['a relative dataschema', { dataschema: '/schema' }, /"dataschema" must be an absolute URI/],
    ['a content type that is none', { datacontenttype: 'json' }, /"datacontenttype" must be a media type/],
    ['an upper-case name', { myExt: 'a' }, /"myExt" must have a name of lower-case/],
    ['an object as extension', { ext: {} }, /"ext" must be a string, a boolean or an integer, got a map/],
    ['a list as extension', { ext: [] }, /"ext" .* got a list/],
    ['a fraction as extension', { ext: 1.5 }, /"ext" must be an integer of 32 bits/],
    ['a large integer as extension', { ext: 2 ** 31 }, /"ext" must be an integer of 32 bits/],
    ['data twice', { data: 1, data_base64: 'AA==' }, /"data" must not stand beside data_base64/],
    ['null data beside bytes', { data: null, data_base64: 'AA==' }, /beside data_base64/],
    ['broken base64', { data_base64: 'A' }, /"data_base64" must be a string in base64/],
    ['no base64', { data_base64: 'A_-=' }, /"data_base64"/],
    [
      'an object that is said to be XML',
      { datacontenttype: 'text/xml', data: {} },
      /"data" must be a string/,
    ],
    [
      'null that is said to be text',
      { datacontenttype: 'text/plain', data: null },
      /"data" must be a string/,
    ],
  ])('refuses %s and names the attribute', (_, members, message) => {
    expect(() => decode(members)).toThrow(DecodeError);
    expect(() => decode(members)).toThrow(message);
  });

  it.each(['[]', '1', 'null', '"x"', '', '{', '{"specversion":'])('refuses %s', (text) => {
    expect(() => decodeCloudEvent(text)).toThrow(DecodeError);
  });

  it.each<[string, object, unknown]>([
    ['0', { data: 0 }, 0],
    ['false', { data: false }, false],
    ['an empty string', { data: '' }, ''],
    ['null', { data: null }, null],
    ['a string of JSON, unparsed', { data: '{"a":1}' }, '{"a":1}'],
    ['JSON of another name', { datacontenttype: 'application/vnd.x+JSON; charset=UTF-8', data: [1] }, [1]],
    ['nothing', {}, undefined],
    ['nothing, where bytes are null', { data_base64: null }, undefined],
    ['empty bytes', { data_base64: '' }, new Uint8Array()],
  ])('keeps data that is %s', (_, members, data) => {
    expect(decode(members).data).toEqual(data);
  });

  it('takes a null attribute for absent, and reads the key from partitionkey', () => {
    const event = decode({ subject: null, time: null, ext: null, partitionkey: 'p', flag: false, n: -3 });
    expect(event.subject).toBeUndefined();
    expect(event.time).toBeUndefined();
    expect(event.extensions).toEqual({ partitionkey: 'p', flag: false, n: -3 });
    expect(event.key).toBe('p');
  });

  it.each(['2026-01-02T03:04:05.123456789Z', '2026-12-31t23:59:60z', '2024-02-29T00:00:00+05:30'])(
    'keeps the time %s as it is',
    (time) => {
      expect(decode({ time }).time).toBe(time);
    },
  );

  it('keeps the digits of numbers, also where data stands twice or in disguise', () => {
    const text =
      '{"data":1,"specversion":"1.0","id":"1","source":"/s","type":"T","x":"a\\"}","d\\u0061ta" : {"n": 12345678901234567890, "s":"}"} }';
    const event = decodeCloudEvent(text);
    expect(event.dataText).toBe('{"n": 12345678901234567890, "s":"}"}');
    expect(cloudEventJson(event)).toContain('"data":{"n": 12345678901234567890, "s":"}"}');
    expect(envelopeJson(event)).toBe(
      '{"event_type":"T","event":{"n": 12345678901234567890, "s":"}"},"meta":{}}',
    );
    expect(cloudEventJson(withChanges(event, { type: 'U' }))).toContain('12345678901234567890');
    expect(cloudEventJson(withChanges(event, { data: { n: 1 } }))).toContain('"data":{"n":1}');
  });
});

const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((s) => !/[\p{Cc}\p{Cs}]/u.test(s));
const anyData = fc.oneof(
  fc.jsonValue().map((data) => ({ data: JSON.parse(JSON.stringify(data)) as unknown })),
  fc.uint8Array().map((data) => ({ data: data as unknown })),
  fc.string().map((data) => ({ data: data as unknown, datacontenttype: 'text/plain' })),
  fc.constant({ data: undefined as unknown }),
);
const anyEvent: fc.Arbitrary<DecodedEvent> = fc
  .record(
    {
      id: text,
      type: text,
      source: fc.webPath().filter((path) => path !== '' && !/%(?![0-9a-f]{2})/i.test(path)),
      subject: text,
      time: fc
        .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
        .map((d) => d.toISOString()),
      dataschema: fc.webUrl(),
      extensions: fc.dictionary(
        fc.stringMatching(/^ext[a-z0-9]{1,9}$/),
        fc.oneof(fc.boolean(), fc.integer(), text as fc.Arbitrary<ExtensionValue>),
        { minKeys: 1 },
      ),
    },
    { requiredKeys: ['id', 'type', 'source'] },
  )
  .chain((event) => anyData.map((data) => ({ ...event, ...data })));

describe('encoding a CloudEvent', () => {
  it('is undone by decoding', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const decoded = decodeCloudEvent(cloudEventJson(eventOf(event)));
        expect(attributes(decoded)).toEqual(attributes(Envelope.from(event)));
        expect(cloudEventJson(decoded)).toBe(cloudEventJson(eventOf(event)));
      }),
    );
  });

  it('invents neither time nor data', () => {
    expect(cloudEventJson(eventOf({}))).toBe('{"specversion":"1.0","id":"1","source":"/test","type":"T"}');
    expect(cloudEventJson(eventOf({ data: null }))).toContain(',"data":null}');
  });

  it('does not call data text that has become something else', () => {
    const event = eventOf({ datacontenttype: 'text/plain', data: { a: 1 } });
    expect(decodeCloudEvent(cloudEventJson(event)).data).toEqual({ a: 1 });
  });

  it('refuses an extension that would be taken for another attribute', () => {
    expect(() => cloudEventJson(eventOf({ extensions: { data: 'x' } }))).toThrow(/reserve/);
    expect(() => cloudEventJson(eventOf({ extensions: { Up: 'x' } }))).toThrow(/lower-case/);
  });

  it('stays on one line when the data came over several', () => {
    const event = decodeCloudEvent(
      `{"specversion":"1.0","id":"1","source":"/s","type":"T","data":{\r\n "a": 1\n}}`,
    );
    expect(cloudEventJson(event)).not.toMatch(/[\r\n]/);
    expect(decodeCloudEvent(cloudEventJson(event)).data).toEqual({ a: 1 });
  });

  it('gives what the npm SDK reads as the same event', () => {
    const event = eventOf({
      id: 'i',
      source: '/s',
      subject: 'x',
      extensions: { ext: 'e' },
      data: { a: [1] },
    });
    const message = {
      headers: { 'content-type': 'application/cloudevents+json' },
      body: cloudEventJson(event),
    };
    const read = HTTP.toEvent(message) as CloudEvent<unknown>;
    expect(read).toMatchObject({
      id: 'i',
      source: '/s',
      type: 'T',
      subject: 'x',
      ext: 'e',
      data: { a: [1] },
    });
  });

  it('reads what the npm SDK writes', () => {
    const written = new CloudEvent({ source: '/s', type: 'T', subject: 'é', ext: 'e', data: { a: 1 } });
    const read = decodeCloudEvent(HTTP.structured(written).body as string);
    expect(attributes(read)).toEqual(
      attributes(
        Envelope.from({
          id: written.id,
          source: '/s',
          type: 'T',
          subject: 'é',
          data: { a: 1 },
          extensions: { ext: 'e' },
          ...(written.time && { time: written.time }),
          ...(written.datacontenttype && { datacontenttype: written.datacontenttype }),
        }),
      ),
    );
  });
});

describe('binary mode', () => {
  it('encodes a header value as the specification shows, and decodes what others write', () => {
    expect(encodeHeaderValue('Euro € 😀')).toBe('Euro%20%E2%82%AC%20%F0%9F%98%80');
    expect(encodeHeaderValue('a"%~!\u007f\ud800')).toBe('a%22%25~!%7F%EF%BF%BD');
    expect(decodeHeaderValue('Euro%20%e2%82%ac')).toBe('Euro €');
    expect(decodeHeaderValue('"a \\"b\\" %41"')).toBe('a "b" A');
    expect(decodeHeaderValue('%2541')).toBe('%41');
    expect(decodeHeaderValue('100%')).toBe('100%');
    expect(() => decodeHeaderValue('%C0%A0')).toThrow(/not UTF-8/);
  });

  it('undoes its own encoding for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        expect(encodeHeaderValue(value)).toMatch(/^[!#$&-~%]*$/);
        expect(decodeHeaderValue(encodeHeaderValue(value))).toBe(value);
      }),
    );
  });

  it('puts attributes into headers, and says that the body is JSON', () => {
    const event = eventOf({ subject: 'é', extensions: { n: 3 }, data: { a: 1 } });
    expect(binaryHeaders(event)).toEqual({
      'ce-specversion': '1.0',
      'ce-id': '1',
      'ce-source': '/test',
      'ce-type': 'T',
      'ce-subject': '%C3%A9',
      'ce-n': '3',
      'content-type': 'application/json',
    });
    expect(binaryBody(event)).toBe('{"a":1}');
  });

  it.each<[Partial<DecodedEvent>, unknown, string | undefined]>([
    [{}, undefined, undefined],
    [{ data: 'x' }, '"x"', 'application/json'],
    [{ data: 'x', datacontenttype: 'text/plain' }, 'x', 'text/plain'],
    [{ data: Uint8Array.of(1) }, Uint8Array.of(1), 'application/octet-stream'],
    [{ data: null }, 'null', 'application/json'],
  ])('sends %j as %j, %s', (event, body, contentType) => {
    expect(binaryBody(eventOf(event))).toEqual(body);
    expect(binaryHeaders(eventOf(event))['content-type']).toBe(contentType);
  });
});

describe('what must stand in the bytes', () => {
  it('never drops a record that passes the filter', () => {
    const word = fc.constantFrom('alpha', 'beta', 'a/b', 'x', 'é', '"q"', 'tab\t');
    const value = fc.oneof(word, fc.constant(null), fc.integer({ min: 0, max: 1 }), fc.constant(true));
    const pattern = fc.oneof(
      value,
      fc.array(word, { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('a', 'b'), value),
    );
    const filter = fc.array(
      fc.record(
        { types: fc.array(word, { maxLength: 2 }), event: fc.dictionary(fc.constantFrom('a', 'b'), pattern) },
        { requiredKeys: [] },
      ),
      { minLength: 1, maxLength: 3 },
    );
    const inner = fc.dictionary(fc.constantFrom('a', 'b'), value);
    const data = fc.dictionary(
      fc.constantFrom('a', 'b'),
      fc.oneof(
        value,
        inner,
        inner.map((d) => JSON.stringify(d)),
      ),
    );
    fc.assert(
      fc.property(filter, word, data, (compiled, type, data) => {
        const literals = literalsOf(compiled, 'structured');
        const prefilter = literals && createPrefilter([literals]);
        if (prefilter === undefined) return;
        const record = JSON.stringify({ ...minimal, type, data });
        const passes = compiled.some(
          ({ types, event }) =>
            (types?.includes(type) ?? true) && (event === undefined || compileMatcher(event)(data)),
        );
        // Guard: let oneOf() take every string for a literal, and `"q"` is dropped although it passes.
        if (passes) expect(prefilter.mayMatch(record)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is the type, and the strings of the pattern', () => {
    expect(literalsOf([{ types: ['com.x.made'], event: { a: 'alpha', b: 1 } }], 'structured')).toEqual([
      ['com.x.made', 'alpha'],
    ]);
    expect(literalsOf([{ types: ['com.x.made'], event: { a: ['one', 'two!'] } }], 'structured')).toEqual([
      ['com.x.made', 'one'],
      ['com.x.made', 'two!'],
    ]);
    expect(literalsOf([{ types: ['a/b'] }], 'structured')).toBeUndefined();
    expect(literalsOf([{ types: ['a/b'], event: { a: 'alpha' } }], 'structured')).toEqual([['alpha']]);
  });
});

function attributes(event: Envelope) {
  const { id, source, type, time, subject, datacontenttype, dataschema, extensions, data } = event;
  return { id, source, type, time, subject, datacontenttype, dataschema, extensions, data };
}
