import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Envelope } from '../../src/contract/envelope.ts';
import { EvrunError } from '../../src/contract/errors.ts';
import { checkCel, compileCel, compileCelBoolean } from '../../src/support/expressions/cel.ts';
import { eventOf } from './events.ts';

const evaluate = (text: string, data?: unknown) => compileCel(text)(eventOf({ data }));

function errorOf(run: () => unknown): EvrunError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(EvrunError);
    return error as EvrunError;
  }
  throw new Error('expected an error');
}

describe('an expression', () => {
  it.each<[string, unknown, unknown]>([
    ['event.data.x > 1', { x: 2 }, true],
    ['event.data.x > 1', { x: 2.5 }, true],
    ['event.data.x == 2', { x: 2 }, true],
    ['event.data.x == 2.0', { x: 2 }, true],
    ['event.data.x in [1, 2]', { x: 2 }, true],
    ['2 in event.data.x', { x: [1, 2] }, true],
    ['event.data.x + 1', { x: 2.5 }, 3.5],
    ['1 + event.data.x', { x: 2 }, 3],
    ['event.data.x % 2', { x: 3 }, 1],
    ['event.data.x / 2', { x: 3 }, 1.5],
    ['size(event.data.l) - event.data.x', { l: [1], x: 0.5 }, 0.5],
    ['event.data.l[event.data.i]', { l: ['a', 'b'], i: 1 }, 'b'],
    ['event.data.l == [1, 2]', { l: [1, 2] }, true],
    ['event.data == {"a": 1}', { a: 1 }, true],
    ['event.data.tags.join(",")', { tags: ['a', 'b'] }, 'a,b'],
  ])('treats JSON numbers, lists and maps naturally: %s of %j', (text, data, result) => {
    expect(evaluate(text, data)).toEqual(result);
  });

  it('results in JSON: no big integers, dates, durations or empty optionals', () => {
    const text =
      '{"n": 1, "t": timestamp("2026-01-02T03:04:05Z"), "d": duration("90s"), "u": uint(3), "x": event.data.?x, ' +
      '"b": b"hi", "l": [event.data.?x, 2]}';
    const made = { n: 1, t: '2026-01-02T03:04:05.000Z', d: '90s', u: 3, b: 'aGk=', l: [null, 2] };
    expect(evaluate(text, {})).toEqual(made);
    expect(evaluate('event.data.?x', {})).toBeUndefined();
    expect(evaluate('b"hi"')).toEqual(new Uint8Array([104, 105]));
    expect(errorOf(() => evaluate('9007199254740993')).message).toContain('beyond 2^53');
    expect(errorOf(() => evaluate('event.data.x / 0', { x: 1 })).message).toContain('not a JSON number');
  });

  it('sees every attribute that the event has, and none that it lacks', () => {
    const event = eventOf({ data: 1, key: 'k', extensions: { a: 'b' }, meta: { m: 1 } });
    expect(compileCel('event')(event)).toEqual({
      id: '1',
      source: '/test',
      type: 'T',
      data: 1,
      key: 'k',
      extensions: { a: 'b' },
      meta: { m: 1 },
    });
    expect(compileCel('[event.id, event.type, event["key"], event.extensions.a]')(event)).toEqual([
      '1',
      'T',
      'k',
      'b',
    ]);
    expect(compileCel('has(event.time)')(event)).toBe(false);
    expect(compileCel('"time" in event')(event)).toBe(false);
    expect(compileCel('event.?time.orValue("never")')(event)).toBe('never');
  });

  it('reads only the attributes that it names', () => {
    // Guard: with the whole event in view, every id is hashed.
    class Watched extends Envelope {
      override get id(): string {
        throw new Error('read');
      }
    }
    expect(compileCel('event.data.x == 1 && event.type == "T"')(new Watched('T', { x: 1 }))).toBe(true);
  });

  it.each([
    ['evt.data', 0, 'unknown name "evt"'],
    ['1 + foo(1)', 4, 'unknown function foo()'],
    ['event.event_type == "a"', 6, 'did you mean event.type'],
    ['event.dta.x', 6, 'did you mean event.data'],
    ['event.data.x.matches("a")', 13, 're(text, "pattern")'],
    ['re(event.data.x, "(")', 17, 'missing closing )'],
    ['"a" + 1', 0, 'no such overload'],
    ['1 +', 3, 'EOF'],
    ['event.data.a = 1', 13, 'CEL has no "=": write =='],
    ['event.data.a === 1', 13, 'CEL has no "===": write =='],
    ['event.data.a <> 1', 13, 'CEL has no "<>": write !='],
    ['true AND true', 5, 'CEL has no "AND": write &&'],
    ['true && not event.data.a', 8, 'CEL has no "not": write !'],
    ['event.data.a == 1 or', 18, 'CEL has no "or": write ||'],
    ['event.data.a == "and" )', 22, 'Unexpected character'],
    ['event.data.or ==', 16, 'EOF'],
    ['(event.data.or', 14, 'EOF'],
    ['event.data.a constructor', 13, 'Unexpected character'],
    ['  ', 0, 'got nothing'],
    [`"${'a'.repeat(10_001)}"`, 0, 'at most 10000 characters'],
  ])('with a mistake is found before the start: %s', (text, at, message) => {
    const problem = checkCel(text);
    expect(problem?.message).toContain(message);
    expect(problem?.at).toBe(at);
    expect(errorOf(() => compileCel(text)).code).toBe('EVR_RECIPE');
  });

  it('that gives another type than is wanted is found before the start', () => {
    expect(checkCel('"a"', 'bool')?.message).toContain('true or false');
    expect(checkCel('1', 'list')?.message).toContain('a list');
    expect(checkCel('[1]', 'list')).toBeUndefined();
    expect(checkCel('event.data.x', 'bool')).toBeUndefined();
  });

  it('that fails on an event says where, and what to write for a field that may be missing', () => {
    const error = errorOf(() => evaluate('1 == 1 && event.data.a.b == 1', { a: {} }));
    expect(error.code).toBe('EVR_TRANSFORM');
    expect(error.retry).toBe('never');
    expect(error.message).toContain('has(event.data.a.b)');
    expect(error.message).toContain('event.data.a.?b.orValue(');
    const [, excerpt, caret] = error.message.split('\n');
    expect(excerpt?.[caret?.indexOf('^') as number]).toBe('b');
  });

  it('as a condition must give true or false', () => {
    expect(compileCelBoolean('event.data.x')(eventOf({ data: { x: true } }))).toBe(true);
    expect(
      errorOf(() => compileCelBoolean('event.data.x')(eventOf({ data: { x: 'yes' } }))).message,
    ).toContain('expected true or false, got the string "yes"');
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'does not reach what objects inherit: %s',
    (name) => {
      expect(errorOf(() => evaluate(`event.data["${name}"]`, {})).message).toContain('No such key');
      expect(evaluate(`"${name}" in event.data`, {})).toBe(false);
    },
  );

  it('offers re, json, toJson and replace', () => {
    expect(evaluate('re(event.data, "^a+b$")', 'aaab')).toBe(true);
    expect(evaluate('re(event.data, "(?i)B")', 'aaab')).toBe(true);
    expect(evaluate('json(event.data.value).tags[0]', { value: '{"tags":["pii"]}' })).toBe('pii');
    expect(evaluate('toJson({"a": 1, "d": event.data})', [1])).toBe('{"a":1,"d":[1]}');
    expect(evaluate('event.data.replace("a", "$&")', 'xax')).toBe('x$&x');
  });

  it('takes time in proportion to the text for an evil pattern', () => {
    // Guard: with JavaScript's own RegExp this takes longer than the universe will last.
    expect(evaluate('re(event.data, "^(a+)+$")', `${'a'.repeat(50_000)}b`)).toBe(false);
    expect(evaluate('re(event.data, "(x+x+)+y")', 'x'.repeat(20_000))).toBe(false);
  });

  it('refuses patterns out of the data that are too long or wrong, and takes any number of others', () => {
    const matching = compileCel('re("a1", event.data)');
    for (let i = 0; i < 600; i++) expect(matching(eventOf({ data: `^a1$|b${i}` }))).toBe(true);
    expect(matching(eventOf({ data: '^b1$' }))).toBe(false);
    expect(errorOf(() => matching(eventOf({ data: 'a'.repeat(1001) }))).message).toContain(
      'at most 1000 characters',
    );
    expect(errorOf(() => matching(eventOf({ data: '(' }))).message).toContain('missing closing');
  });

  it('does not keep what it learnt about the shapes of hostile data', () => {
    // Guard: without the shallow types in newEnvironment, describing this value overflows the stack.
    let deep: unknown = 1;
    for (let i = 0; i < 50_000; i++) deep = i % 2 ? [deep] : { a: deep };
    expect(evaluate('event.data.x == 1', { x: deep })).toBe(false);
    expect(evaluate('event.data.x != null', { x: deep })).toBe(true);
  });

  it('never throws anything but EvrunError, whatever the data', () => {
    const texts = [
      'event.data.a.b > 1',
      'event.data.a + event.data.b',
      'event.data.a[0] in event.data.b',
      'event.data.map(x, x)',
      'size(event.data.a) > 0',
      'string(event.data.a) + toJson(event.data.b)',
      'event.data',
    ].map((text) => compileCel(text));
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom('a', 'b'), fc.jsonValue())),
        (data) => {
          for (const run of texts) {
            try {
              run(eventOf({ data }));
            } catch (error) {
              expect(error).toBeInstanceOf(EvrunError);
            }
          }
        },
      ),
    );
  });

  it('is checked without a crash, whatever the text', () => {
    const piece = fc.constantFrom(
      'event',
      '.data',
      '.',
      '[',
      ']',
      '(',
      ')',
      '{',
      '}',
      '"',
      "'",
      '1',
      ' + ',
      ' && ',
      're(',
      'a',
      '\\',
      '\n',
      '?',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (text) => {
          const problem = checkCel(text);
          if (problem === undefined) return;
          expect(problem.at).toBeGreaterThanOrEqual(0);
          expect(problem.at).toBeLessThanOrEqual(text.length);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
