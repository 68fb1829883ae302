import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Envelope } from '../../src/contract/envelope.ts';
import { decodeRecord } from '../../src/formats/datahub/decode.ts';
import { Habit } from '../../src/formats/datahub/habit.ts';

const reading = {
  wire: 'auto',
  bytes: (text: string) => text,
  schemas: undefined,
  habit: new Habit(),
} as const;

function decoded(line: string): Envelope {
  const event = decodeRecord({ value: line, meta: {} }, reading);
  if (!(event instanceof Envelope)) throw new Error('not an envelope');
  return event;
}

/** What an action writes as the event's data: the text as it stood, or else what JSON.stringify says. */
const written = (line: string): unknown => {
  const { data, dataText } = decoded(line);
  return JSON.parse(dataText ?? JSON.stringify(data));
};

describe('the data of an envelope line', () => {
  const name = fc.constantFrom('event', 'event_type', 'meta', 'a', 'e\\u0076ent', '__proto__', '"', ',');
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('event', '"event"', '"meta":', 'x', '\\u0022', ',"meta":{}}', '\n', 'é'),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constant(null),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(name, tie('any'), { maxKeys: 3 }),
    ),
  })).any;
  const member = fc.tuple(
    fc.constantFrom('"event_type"', '"event"', '"meta"', '"m\\u0065ta"', '"\\u0065vent"', '"evrun"'),
    fc.oneof(value, fc.constant({}), fc.constant({ kafka: { offset: 1 } })),
    fc.constantFrom('', ' ', '\t', '\r\n'),
  );

  it('is written as JSON.parse reads it, whatever stands around it and comes twice', () => {
    let cut = 0;
    fc.assert(
      fc.property(fc.array(member, { maxLength: 5 }), fc.boolean(), (members, usual) => {
        const all = usual
          ? [['"event_type"', 'T', ''] as const, ['"event"', members[0]?.[1] ?? 1, ' '] as const, ...members]
          : [...members, ['"event_type"', 'T', ''] as const];
        const text = all.map(
          ([key, each, blank]) => `${blank}${key}${blank}:${blank}${JSON.stringify(each)}`,
        );
        const line = `{${text.join(',')}}`;
        let event: Envelope;
        try {
          event = decoded(line);
        } catch {
          return; // a dead letter: a type or a meta that is none
        }
        if (event.dataText !== undefined) cut += 1;
        expect(written(line)).toEqual((JSON.parse(line) as { event: unknown }).event);
      }),
      { numRuns: 5_000 },
    );
    expect(cut).toBeGreaterThan(100);
  });

  it('keeps its spelling where the line is as DataHub Actions writes it', () => {
    const line =
      '{"event_type":"EntityChangeEvent_v1","event":{"version":1.0,"big":12345678901234567890},"meta":{}}';
    expect(decoded(line).dataText).toBe('{"version":1.0,"big":12345678901234567890}');
    const spaced = '{"event_type": "X", "event": {"a": 1.50} , "meta": {"k": 1}}';
    expect(decoded(spaced).dataText).toBe('{"a": 1.50}');
  });

  it('is whole where the names of the members stand in it, too', () => {
    for (const data of [{ meta: 1, x: 2 }, { event: { meta: {} } }, { event_type: 'T' }, 'event', ['meta']]) {
      expect(written(JSON.stringify({ event_type: 'T', event: data, meta: {} }))).toEqual(data);
      expect(written(JSON.stringify({ event_type: 'T', event: 7, meta: { data } }))).toBe(7);
    }
  });

  it('is that of the last member where a name comes twice, also by another spelling', () => {
    for (const line of [
      '{"event_type":"T","event":1,"event":2,"meta":{}}',
      '{"event_type":"T","event":1,"\\u0065vent":2,"meta":{}}',
      '{"event_type":"T","event":1,"meta":3,"event":2,"meta":{}}',
      '{"event_type":"S","event":2,"event_type":"T","meta":{}}',
      '{"event_type":"T","event":2,"meta":1,"m\\u0065ta":{}}',
    ]) {
      expect(written(line)).toBe(2);
    }
  });
});
