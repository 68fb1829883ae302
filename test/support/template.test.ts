import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Envelope } from '../../src/contract/envelope.ts';
import {
  checkTemplate,
  compileTemplate,
  compileValueTemplate,
} from '../../src/support/expressions/template.ts';
import { eventOf } from './events.ts';

const data = { id: 'a b', n: 2, o: { x: [1] }, none: null };
const event = eventOf({ data });

describe('a template', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['/x/${{ event.data.id }}?t=${{event.type}}', '/x/a b?t=T'],
    ['${{ event.data.n }}${{ event.data.o }}${{ event.data.none }}${{ event.data.?y }}', '2{"x":[1]}null'],
    ['${{ {"a": {"b": "}}"}} }}!', '{"a":{"b":"}}"}}!'],
    ["${{ r'\\d}}' + '\\'}}' }}", "\\d}}'}}"],
    ['${{ """a"}}""" }}', 'a"}}'],
    ['${{ "${{" }} x }}', '${{ x }}'],
    ['$HOME ${x} }}', '$HOME ${x} }}'],
    ['${{ b"hi" }}', 'aGk='],
  ])('%s becomes %s', (text, result) => {
    expect(checkTemplate(text)).toBeUndefined();
    expect(compileTemplate(text)(event)).toBe(result);
  });

  it('encodes what is put in, and only that', () => {
    expect(compileTemplate('/a b/${{ event.data.id }}', encodeURIComponent)(event)).toBe('/a b/a%20b');
  });

  it('keeps the digits of the data as a whole', () => {
    class WithText extends Envelope {
      override get dataText() {
        return '{"n":\n12345678901234567890}';
      }
    }
    const big = new WithText('T', { n: 2 ** 63 });
    expect(compileTemplate('{"d": ${{ event.data }}}')(big)).toBe('{"d": {"n": 12345678901234567890}}');
  });

  it.each([
    ['a ${{ event.data', 2, 'expected }}'],
    ['a ${{ event.dta }}', 12, 'did you mean'],
    ['${{ 1 }} ${{ }}', 12, 'got nothing'],
    ['${{ 1 } }', 0, 'expected }}'],
  ])('with a mistake is found before the start: %s', (text, at, message) => {
    const problem = checkTemplate(text);
    expect(problem?.message).toContain(message);
    expect(problem?.at).toBe(at);
    expect(() => compileTemplate(text)).toThrow(message);
  });

  it('in a tree of values keeps the type of a value that stands alone', () => {
    const template = {
      a: '${{ event.data.n }}',
      b: 'n=${{ event.data.n }}',
      c: ['${{ event.data.o }}', '${{ event.data.?y }}', 1, null],
      d: '${{ event.data.?y }}',
    };
    const made = compileValueTemplate(template)(event);
    expect(made).toEqual({ a: 2, b: 'n=2', c: [{ x: [1] }, null, 1, null] });
    expect(Object.keys(made as object)).toEqual(['a', 'b', 'c']);
  });

  it('without an expression is the text itself', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('${{'));
        expect(compileTemplate(text)(event)).toBe(text);
      }),
    );
  });

  it('finds its expressions whatever strings stand in them', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.string())), (pairs) => {
        fc.pre(pairs.every(([before]) => !before.includes('$') && !before.includes('{')));
        const text = pairs.map(([before, literal]) => `${before}\${{ ${JSON.stringify(literal)} }}`).join('');
        expect(compileTemplate(text)(event)).toBe(pairs.flat().join(''));
      }),
    );
  });
});
