import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVERY, parsePath } from '../../src/support/events/path.ts';
import { changeAt, valueAt } from '../../src/support/events/path-change.ts';

const rules = { attributes: ['data', 'subject', 'extensions'], every: true };

describe('a path', () => {
  it.each<[string, unknown[]]>([
    ['data', []],
    ['data.a.b[0].c', ['a', 'b', 0, 'c']],
    ['data[2]', [2]],
    ['data.items[*].x-y', ['items', EVERY, 'x-y']],
    ['data["a.b"]["\\u0041]"].c', ['a.b', 'A]', 'c']],
    ['extensions.tenant', ['tenant']],
  ])('%s is read', (text, rest) => {
    expect(parsePath(text, rules)).toMatchObject({ rest });
  });

  it.each<[string, number, string]>([
    ['', 0, 'expected a path'],
    ['.data', 0, 'unexpected "."'],
    ['data.', 5, 'unexpected the end'],
    ['data..a', 5, 'unexpected "."'],
    ['data[', 4, 'unexpected "["'],
    ['data[-1]', 4, 'unexpected "["'],
    ['data["a]', 4, 'unexpected "["'],
    ['data["\\x"]', 4, 'expected a string in JSON'],
    ['data.a b', 6, 'unexpected " "'],
    ['[0]', 0, 'unexpected "["'],
    ['meta.x', 0, 'begins with data, subject, extensions'],
    ['event.data.x', 0, 'write data.x'],
    ['subject.x', 7, 'subject is text'],
    ['extensions', 0, 'the name of one extension'],
    // Guard: without INHERITED these would reach what all objects share.
    ['data.__proto__.x', 5, 'not a name that data may use'],
    ['data["constructor"]', 4, 'not a name that data may use'],
    ['data.a.prototype', 7, 'not a name that data may use'],
    [`data${'.a'.repeat(70)}`, 0, 'at most 64 steps'],
  ])('%s is refused', (text, at, message) => {
    const problem = parsePath(text, rules);
    expect(problem).toMatchObject({ at });
    expect('message' in problem && problem.message).toContain(message);
  });

  it('is read or refused, never a crash', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((s) => `data${s}`),
        ),
        (text) => {
          expect(parsePath(text, rules)).toBeTypeOf('object');
        },
      ),
    );
  });
});

const segment = fc.oneof(fc.constantFrom('a', 'b', 'toString', '__proto__'), fc.nat(3));
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>(null, 1, 'x'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), tie('value'), { noNullPrototype: true }),
  ),
})).value;

describe('changing what stands at a path', () => {
  it('is found there afterwards, and leaves the original and the rest alone', () => {
    fc.assert(
      fc.property(json, fc.array(segment, { maxLength: 4 }), (value, way) => {
        const before = JSON.stringify(value);
        let after: unknown;
        try {
          after = changeAt(value, way, () => 'new', true);
        } catch {
          return;
        }
        expect(valueAt(after, way)).toBe('new');
        expect(JSON.stringify(value)).toBe(before);
        expect(({} as Record<string, unknown>)['a']).toBeUndefined();
      }),
    );
  });

  it('takes away what is there, and returns the value itself where nothing is', () => {
    fc.assert(
      fc.property(json, fc.array(segment, { minLength: 1, maxLength: 4 }), (value, way) => {
        const there = valueAt(value, way) !== undefined;
        const after = changeAt(value, way, () => undefined, false);
        if (!there) expect(after).toBe(value);
        else if (typeof way.at(-1) === 'string') expect(valueAt(after, way)).toBeUndefined();
      }),
    );
  });

  it('shares what is not on the way', () => {
    const value = { a: { x: 1 }, b: { y: 1 } };
    expect((changeAt(value, ['a', 'x'], () => 2, true) as typeof value).b).toBe(value.b);
  });

  it('goes to every element of a list', () => {
    const value = { l: [{ x: 1 }, 2, { x: 3, y: 4 }] };
    expect(changeAt(value, ['l', EVERY, 'x'], () => undefined, false)).toEqual({ l: [{}, 2, { y: 4 }] });
    expect(changeAt(value, ['l', EVERY], (v) => (v === 2 ? undefined : v), false)).toEqual({
      l: [{ x: 1 }, { x: 3, y: 4 }],
    });
  });

  it('refuses to write through what is neither map nor list, and beyond the end of a list', () => {
    expect(() => changeAt({ a: 'text' }, ['a', 'b'], () => 1, true)).toThrow('expected a map there');
    expect(() => changeAt({ a: {} }, ['a', 0], () => 1, true)).toThrow('expected a list there');
    expect(() => changeAt([1], [3], () => 1, true)).toThrow('at least 3 elements');
    expect(changeAt([1], [1], () => 2, true)).toEqual([1, 2]);
  });
});
