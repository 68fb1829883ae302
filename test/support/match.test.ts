import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileMatcher, matches } from '../../src/support/expressions/match.ts';

const table: [pattern: unknown, value: unknown, passes: boolean, why: string][] = [
  [
    { f: { nested_1: { nested_b: 'a' } } },
    { f: { nested_1: { nested_b: 'a' }, nested_2: 'c' } },
    true,
    'extra keys',
  ],
  [{ f: { nested_1: { nested_b: 'a' } } }, { f: { nested_1: { nested_b: 'b' } } }, false, 'nested mismatch'],
  [
    { f: { nested_1: { nested_b: 'a' } } },
    { f: { nested_1: ['a'] } },
    false,
    'a list where a map is expected',
  ],
  [{ f: { nested_1: ['a', 'b'] } }, { f: { nested_1: 'a' } }, true, 'one of a list'],
  [{ f: { nested_1: ['a', 'b'] } }, { f: { nested_1: 'c' } }, false, 'none of a list'],
  [{ f: { nested_1: ['a', 'b'] } }, { f: { nested_1: { a: 'B' } } }, false, 'a map where a list is asked'],
  [{ field1: 'test', field2: 123 }, { field1: 'test', field2: 123 }, true, 'string and number'],
  [
    { aspect: { value: { executorId: 'default' } } },
    { aspect: { value: '{"executorId":"default"}' } },
    true,
    'JSON text',
  ],
  [
    { aspect: { value: { executorId: 'default' } } },
    { aspect: { value: '{"executorId":"other"}' } },
    false,
    'JSON text, other',
  ],
  [{ a: {} }, { a: '{broken' }, false, 'broken JSON text is not a map'],
  [{ a: {} }, { a: '[1]' }, false, 'JSON text of a list is not a map'],
  [{ a: { n: 1 } }, { a: '{"n":1,"x":NaN,"y":-Infinity,"s":"NaN"}' }, true, 'JSON text as Python writes it'],
  [{ a: { x: null } }, { a: '{"x":NaN}' }, false, 'NaN is not null'],
  [{ a: { s: 'NaN' } }, { a: '{"s":"NaN","x":NaN}' }, true, 'NaN inside a string stays'],
  [{ a: { x: Number.POSITIVE_INFINITY } }, { a: '{"x":Infinity}' }, true, 'Infinity'],
  [{ a: '{"b":1}' }, { a: '{"b":1}' }, true, 'a scalar pattern does not parse'],
  [{ a: null }, {}, true, 'null is satisfied by a missing key'],
  [{ a: null }, { a: null }, true, 'null by null'],
  [{ a: null }, { a: 0 }, false, 'null not by 0'],
  [1, 1, true, ''],
  [1, true, true, '1 == True'],
  [true, 1, true, 'True == 1'],
  [false, 0, true, 'False == 0'],
  [0, false, true, '0 == False'],
  [0, -0, true, '0 == -0.0'],
  [0, null, false, '0 != None'],
  [0, '', false, '0 != ""'],
  ['1', 1, false, '"1" != 1'],
  [1, '1', false, '1 != "1"'],
  [true, 'true', false, 'True != "true"'],
  ['a', ['a'], false, 'a scalar never matches a list'],
  ['A', 'a', false, 'case counts'],
  [Number.NaN, Number.NaN, false, 'NaN equals nothing'],
  [[], 'a', false, 'an empty list matches nothing'],
  [[1], 1, false, 'a list is for strings only'],
  [['1'], 1, false, 'a list is for strings only'],
  [[null], null, false, 'a list is for strings only'],
  [{}, {}, true, 'an empty map matches any map'],
  [{}, null, false, 'an empty map does not match null'],
  [{}, new Uint8Array(2), false, 'bytes are not a map'],
  // Guard: without the hasOwn check in allKeys this is true.
  [{ constructor: null }, {}, true, 'inherited names are not there'],
  [{ toString: null, a: 1 }, { a: 1 }, true, 'inherited names are not there'],
];

describe('filter matching', () => {
  it.each(table)('%j against %j is %s (%s)', (pattern, value, passes) => {
    expect(matches(pattern, value)).toBe(passes);
  });

  it('agrees with the rules read literally, for any pattern and value', () => {
    const scalar = fc.oneof(
      fc.constantFrom<unknown>(
        null,
        true,
        false,
        0,
        1,
        2,
        1.5,
        '',
        'a',
        'b',
        '1',
        '{"a":1}',
        '{"a":"b","b":[]}',
        '{',
      ),
      fc.string({ maxLength: 3 }),
    );
    const json = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        scalar,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'constructor', '__proto__'), tie('value'), { maxKeys: 3 }),
      ),
    })).value;
    fc.assert(
      fc.property(json, json, (pattern, value) => {
        expect(compileMatcher(pattern)(value)).toBe(literally(pattern, value));
        if (isMap(pattern) && isMap(value))
          expect(compileMatcher(pattern)(JSON.stringify(value))).toBe(literally(pattern, value));
      }),
      { numRuns: 500 },
    );
  });
});

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function literally(pattern: unknown, value: unknown): boolean {
  if (isMap(pattern)) {
    let read = value;
    if (typeof read === 'string') {
      try {
        read = JSON.parse(read);
      } catch {}
    }
    if (!isMap(read)) return false;
    const map = read;
    return Object.entries(pattern).every(([k, p]) => literally(p, Object.hasOwn(map, k) ? map[k] : null));
  }
  if (Array.isArray(pattern)) return typeof value === 'string' && pattern.some((p) => p === value);
  const plain = (v: unknown) => (typeof v === 'boolean' ? Number(v) : (v ?? null));
  return plain(pattern) === plain(value);
}
