import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Envelope, withChanges } from '../../src/contract/envelope.ts';
import type { Event } from '../../src/contract/event.ts';
import { cutLine } from '../../src/formats/datahub/cut-line.ts';
import { decodeRecord } from '../../src/formats/datahub/decode.ts';
import { Habit } from '../../src/formats/datahub/habit.ts';
import { cloudEventJson } from '../../src/support/events/cloudevents-json.ts';
import { envelopeJson } from '../../src/support/events/envelope-json.ts';

/** Lines are parsed for as long as this one is asked. */
class Parsing extends Habit {
  override cuts(): boolean {
    return false;
  }
}

function decode(value: string, habit: Habit): Envelope {
  const reading = { wire: 'auto', bytes: (text: string) => text, schemas: undefined, habit } as const;
  const event = decodeRecord({ value, meta: {} }, reading);
  if (!(event instanceof Envelope)) throw new Error('not an envelope');
  return event;
}

const told = ({ type, key, time, subject, data, meta }: Event) => ({ type, key, time, subject, data, meta });

/** Whether the line was cut; then it must say what it says when it is parsed. */
function isCut(line: string): boolean {
  if (cutLine(line, new Habit()) === undefined) return false;
  const parsed = decode(line, new Parsing());
  expect(told(decode(line, new Habit())), line).toEqual(told(parsed));
  // Time is read before the data, and after it.
  expect(decode(line, new Habit()).time, line).toBe(parsed.time);
  const { dataText = '', envelopeText } = decode(line, new Habit());
  expect(JSON.parse(dataText), line).toEqual(parsed.data);
  expect(envelopeText).toBe(line);
  return true;
}

/** As Python's json.dumps writes. */
function spaced(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|[,:]/g, (token) => (token.length === 1 ? `${token} ` : token));
}

const TYPES = ['EntityChangeEvent_v1', 'MetadataChangeLogEvent_v1', 'RelationshipChangeEvent_v1', 'Other_v1'];
const line = (type: string, event: string, meta = '{}') =>
  `{"event_type":"${type}","event":${event},"meta":${meta}}`;
const change = (time: unknown = 1_737_170_481_713) => ({
  auditStamp: { actor: 'urn:li:corpuser:a', time },
  entityUrn: 'urn:li:dataset:(urn:li:dataPlatform:snowflake,a.b,PROD)',
  entityType: 'dataset',
  category: 'TAG',
  parameters: { context: JSON.stringify({ a: 'b\n' }), n: [1, -2.5e3, null, true] },
  version: 0,
});

describe('an envelope line that is cut', () => {
  it('says what it says when it is parsed, whatever its members are', () => {
    const name = fc.constantFrom(
      ...[
        'entityUrn',
        'sourceUrn',
        'auditStamp',
        'created',
        'time',
        'actor',
        'event',
        'meta',
        '__proto__',
        '',
      ],
      ...['entity\\u0055rn', 't\\u0069me', 'a\\"b', '"auditStamp":', 'é'],
    );
    const json = (value: unknown): string => JSON.stringify(value);
    const scalar = fc.oneof(
      fc.constantFrom('1737170481713', '0', '-1', '1.5', '1e3', '12345678901234567890', '""', '"}"', '"\\""'),
      fc.string({ unit: 'binary', maxLength: 5 }).map(json),
      fc.constantFrom('"urn:li:x"', '"entityUrn"', '",\\"auditStamp\\":{"', 'null', 'true'),
    );
    const object = (value: fc.Arbitrary<string>) =>
      fc
        .array(fc.tuple(name, value), { maxLength: 4 })
        .map(
          (members) =>
            `{${members.map(([key, each]) => `"${key.replaceAll(/(?<!\\)"/g, '\\"')}":${each}`).join(',')}}`,
        );
    const list = fc.array(scalar, { maxLength: 3 }).map((values) => `[${values.join(',')}]`);
    const inner = object(fc.oneof(scalar, list));
    const event = object(fc.oneof(scalar, inner, list, object(fc.oneof(scalar, inner))));
    const stamp = fc.constantFrom(
      '',
      '"auditStamp":{"time":7}',
      '"auditStamp":null',
      '"auditStamp":{"x":"}","time":8}',
    );
    const whole = fc
      .tuple(stamp, event, stamp, event)
      .map(([first, before, second, behind]) =>
        [first, before.slice(1, -1), '"entityUrn":"urn:li:y"', second, behind.slice(1, -1)].filter(Boolean),
      )
      .map((members) => `{${members.join(',')}}`);
    const spelling = fc.constantFrom(spaced, (json: string) => json);
    let cut = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...TYPES),
        fc.oneof(event, whole),
        event,
        spelling,
        (type, data, meta, spelled) => {
          if (isCut(spelled(line(type, data, meta)))) cut += 1;
        },
      ),
      { numRuns: 8_000 },
    );
    expect(cut).toBeGreaterThan(200);
  });

  it('is JSON, whatever is damaged', () => {
    const piece = fc.constantFrom(
      ...[
        '"',
        '\\',
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '0',
        '-',
        '.',
        'e',
        ' ',
        '\n',
        '\u0001',
        'é',
        '\\u00',
        '""',
        '":"',
        'x',
      ],
    );
    const compact = line(TYPES[0] as string, JSON.stringify(change()), '{"kafka":{"offset":1}}');
    let cut = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(compact, spaced(compact)),
        fc.nat(),
        fc.nat(2),
        piece,
        (whole, n, drop, insert) => {
          const at = n % (whole.length + 1);
          const damaged = whole.slice(0, at) + insert + whole.slice(at + drop);
          if (isCut(damaged)) cut += 1;
        },
      ),
      { numRuns: 5_000 },
    );
    expect(cut).toBeGreaterThan(200);
  });

  it('is every event of DataHub as evrun and as DataHub Actions write it', () => {
    const log = { entityUrn: 'urn:li:x', aspect: { value: '{"a":1}' }, created: { time: 5, actor: 'a' } };
    const { auditStamp, ...rest } = change();
    const relation = { sourceUrn: 'urn:li:x', auditStamp: { time: 5 } };
    for (const [type, event] of [
      [TYPES[0], change()],
      [TYPES[0], { ...rest, auditStamp }],
      [TYPES[1], log],
      [TYPES[1], { ...log, created: null }],
      [TYPES[2], relation],
    ] as const) {
      const text = JSON.stringify({ event_type: type, event, meta: { kafka: { offset: 1 } } });
      expect(isCut(text)).toBe(true);
      expect(isCut(spaced(text))).toBe(true);
    }
  });

  it.each([
    ['a type that is not DataHub’s', line('Other_v1', JSON.stringify(change()))],
    ['blanks in one place', line(TYPES[0] as string, JSON.stringify(change())).replace(',', ', ')],
    [
      'blanks in all places but one',
      spaced(line(TYPES[0] as string, JSON.stringify(change()))).replace(', ', ','),
    ],
    ['no key', line(TYPES[0] as string, '{"auditStamp":{"time":1}}')],
    ['a key that comes twice', line(TYPES[0] as string, '{"entityUrn":"a","entityUrn":"b"}')],
    ['a key that is no text', line(TYPES[0] as string, '{"entityUrn":{"string":"a"}}')],
    [
      'a number that begins with zero',
      line(TYPES[0] as string, '{"auditStamp":{"time":01},"entityUrn":"a"}'),
    ],
    ['deep nesting', line(TYPES[0] as string, '{"entityUrn":"a","b":{"c":{"d":{"e":1}}}}')],
    ['no meta', '{"event_type":"EntityChangeEvent_v1","event":{"entityUrn":"a"}}'],
    ['much text', line(TYPES[0] as string, JSON.stringify({ ...change(), note: 'x'.repeat(70_000) }))],
  ])('is none with %s', (_, text) => {
    expect(isCut(text)).toBe(false);
  });

  it('has the time of its stamp, wherever that stands and however often', () => {
    const at = (event: string) => decode(line(TYPES[0] as string, event), new Habit()).time;
    const [first, second] = ['1970-01-01T00:00:00.007Z', '1970-01-01T00:00:00.008Z'];
    expect(at('{"auditStamp":{"actor":"}","time":7,"x":1},"entityUrn":"a"}')).toBe(first);
    expect(at('{"auditStamp":{"time":7},"entityUrn":"a","auditStamp":{"time":8}}')).toBe(second);
    expect(at('{"auditStamp":{"time":7,"time":8},"entityUrn":"a"}')).toBe(second);
    expect(at('{"auditStamp":{"time":7.5},"entityUrn":"a"}')).toBeUndefined();
    expect(at('{"entityUrn":"a","auditStamp":{"time":8}}')).toBe(second);
    expect(at('{"entityUrn":"a","b":{"auditStamp":{"time":8}}}')).toBeUndefined();
    expect(at('{"auditStamp":{"time":7},"entityUrn":"a","auditStamp":null}')).toBeUndefined();
    expect(at('{"auditStamp":null,"entityUrn":"a","x":1,"auditStamp":{"time":8}}')).toBe(second);
  });

  it('is written as it came, and keeps its meta where it is changed', () => {
    const text = line(TYPES[0] as string, '{"entityUrn":"a","n":1.50}', '{"k":1}');
    expect(envelopeJson(decode(text, new Habit()))).toBe(text);
    expect(cloudEventJson(decode(text, new Habit()))).toContain('"data":{"entityUrn":"a","n":1.50}');
    const changed = withChanges(decode(text, new Habit()), { type: 'Other_v1' });
    expect(envelopeJson(changed)).toBe(text.replace(TYPES[0] as string, 'Other_v1'));
    const other = withChanges(decode(text, new Habit()), { data: { b: 2 }, time: '2026-01-01T00:00:00Z' });
    expect(told(other)).toMatchObject({
      key: 'a',
      data: { b: 2 },
      meta: { k: 1 },
      time: '2026-01-01T00:00:00Z',
    });
  });

  // Guard: without `inVain` every line would be matched and then parsed where data is asked for.
  it('is cut only as long as nobody asks for data', () => {
    const habit = new Habit();
    const text = line(TYPES[0] as string, '{"entityUrn":"a"}');
    expect(habit.cuts()).toBe(true);
    void decode(text, habit).meta;
    expect(habit.cuts()).toBe(true);
    void decode(text, habit).data;
    expect(habit.cuts()).toBe(false);
    for (let i = 0; i < 64; i += 1) habit.cuts();
    expect(habit.cuts()).toBe(true);
    decode('{"event_type": "Other_v1", "event": 1}', habit);
    expect(habit.cuts()).toBe(false);
  });
});
