import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Literals } from '../../src/contract/prefilter.ts';
import { createPrefilter, usableLiteral } from '../../src/support/lines/prefilter.ts';

/** What the prefilter promises, said as plainly as possible. */
function naive(all: readonly Literals[], record: string): boolean {
  const body = record.endsWith('\r') ? record.slice(0, -1) : record;
  if (body.length < 2 || !body.startsWith('{') || !body.endsWith('}')) return true;
  if (body.includes('\\u')) return true;
  return all.every((literals) => literals.some((words) => words.every((word) => body.includes(word))));
}

const word = fc.constantFrom('TAG', 'ADD', 'ADDED', 'urn:li', 'aaa', 'aaaa');
const literals = fc.array(fc.array(word, { minLength: 1, maxLength: 3 }), { maxLength: 3 });
const piece = fc.constantFrom(
  'TAG',
  'AD',
  'D',
  'ADD',
  'ED',
  'urn:li',
  'aa',
  'a',
  '{',
  '}',
  '\\u',
  '\\n',
  ' ',
  'x',
);
const content = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
const record = fc.oneof(
  content,
  content.map((text) => `{${text}}`),
  content.map((text) => `{${text}}\r`),
);

describe('the prefilter', () => {
  it('decides about each record of a text exactly as about the record by itself', () => {
    fc.assert(
      fc.property(fc.array(literals, { minLength: 1, maxLength: 3 }), fc.array(record), (all, records) => {
        const prefilter = createPrefilter(all);
        if (prefilter === undefined) return;
        const text = records.join('\n');
        const ranges = prefilter.over(text);
        let start = 0;
        for (const one of records) {
          const expected = naive(all, one);
          expect(ranges.mayMatch(start, start + one.length)).toBe(expected);
          expect(prefilter.mayMatch(one)).toBe(expected);
          start += one.length + 1;
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('lets through what begins or ends like no JSON object', () => {
    const prefilter = createPrefilter([[['TAG']]]);
    for (const torn of ['', '{', '{"a":1', '"a":1}', '[1]', ' {"a":1}', '{"a":1} '])
      expect(prefilter?.mayMatch(torn)).toBe(true);
    expect(prefilter?.mayMatch('{"a":1}')).toBe(false);
    expect(prefilter?.mayMatch('{"a":1}\r')).toBe(false);
  });

  it('lets through a record in which an escape could hide the string', () => {
    const prefilter = createPrefilter([[['TAG']]]);
    expect(prefilter?.mayMatch('{"a":"\\u0054AG"}')).toBe(true);
    expect(prefilter?.mayMatch('{"a":"{\\"b\\":\\"\\\\u0054AG\\"}"}')).toBe(true);
    expect(prefilter?.mayMatch('{"a":"\\nAG"}')).toBe(false);
  });

  it('does not see a string that only the next record holds', () => {
    const ranges = createPrefilter([[['TAG']]])?.over('{"a":1}\n{"b":"TAG"}\n{"c":2}');
    expect([ranges?.mayMatch(0, 7), ranges?.mayMatch(8, 19), ranges?.mayMatch(20, 27)]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('says nothing where some alternative asks for nothing, and where there are too many strings', () => {
    expect(createPrefilter([])).toBeUndefined();
    expect(createPrefilter([[['TAG'], []]])).toBeUndefined();
    expect(createPrefilter([Array.from({ length: 1000 }, (_, n) => [`word ${n}`])])).toBeUndefined();
    expect(createPrefilter([[['TAG'], []], [['ADD']]])?.mayMatch('{"a":1}')).toBe(false);
  });

  it('drops every whole object where nothing can pass', () => {
    const prefilter = createPrefilter([[]]);
    expect(prefilter?.mayMatch('{"a":1}')).toBe(false);
    expect(prefilter?.mayMatch('{"a":')).toBe(true);
  });

  it('takes only strings that JSON spells in one way', () => {
    for (const good of ['TAG', 'urn:li:tag:pii', 'a b', "it's", '[x]', 'a.b', 'a~b', '!#$'])
      expect(usableLiteral(good), good).toBe(true);
    for (const bad of ['', 'ab', 'a/b', 'a"b', 'a\\b', 'a\nb', 'caf\u00e9', 'a\u007fb'])
      expect(usableLiteral(bad), bad).toBe(false);
  });
});
