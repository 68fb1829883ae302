import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Envelope, withChanges } from '../../src/contract/envelope.ts';
import { dataJson, jsonOf, jsonText } from '../../src/support/events/data-json.ts';
import { eventLine } from '../../src/support/events/event-line.ts';

const read = (text: string): unknown => JSON.parse(text);

// Guard: without the look for them, such numbers become null, and nobody hears of it.
test('a number that JSON does not have is refused with its place, in every spelling of a changed event', () => {
  const event = withChanges(new Envelope('T', {}), { data: read('{"a":[null,{"b c":1e400}]}') });
  for (const spell of [jsonOf, dataJson, ...(['envelope', 'cloudevents', 'data'] as const).map(eventLine)]) {
    expect(() => spell(event)).toThrow(
      'data.a[1].b c is Infinity, which JSON cannot hold: in a changed event no number may be beyond 1.8e308',
    );
  }
  expect(() => jsonText(read('-1e999'))).toThrow('data is -Infinity');
  expect(() => jsonText({ a: Number.NaN })).toThrow('data.a is NaN');
});

test('an event that passes unchanged keeps such a number', () => {
  class Original extends Envelope {
    override get dataText() {
      return '{"a":1e400}';
    }
  }
  expect(jsonOf(new Original('T', read('{"a":1e400}')))).toBe('{"a":1e400}');
});

test('everything else is written as JSON.stringify writes it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(jsonText(value)).toBe(JSON.stringify(value));
    }),
  );
  expect(jsonText(read('{"__proto__":{"a":null},"b":"null"}'))).toBe('{"__proto__":{"a":null},"b":"null"}');
  expect(jsonText(undefined)).toBeUndefined();
});
