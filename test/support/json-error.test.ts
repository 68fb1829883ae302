import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invalidJsonAt, jsonError } from '../../src/support/events/json-error.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('the place where JSON is broken', () => {
  it('is the first character that cannot stand there', () => {
    const cases: [string, number][] = [
      ['{"a": x}', 6],
      ['{"a":1', 6],
      ['[1,]', 3],
      ['{"a":1,}', 7],
      ['nul', 0],
      ['{"a":"\u0001"}', 6],
      ['"\\x"', 1],
      ['{} {}', 3],
      ['{a:1}', 1],
      ['{"a" 1}', 5],
      ['[1 2]', 3],
      ['01', 1],
      [']', 0],
      ['[}', 1],
    ];
    for (const [text, at] of cases) expect([text, invalidJsonAt(text)]).toEqual([text, at]);
  });

  it('is found in any broken text, and what stands before it is not to blame', () => {
    const broken = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', ']', '"', 'x', ':', '\\', '\n', '1'))
      .map(([json, at, junk]) => {
        const cut = at % (json.length + 1);
        return json.slice(0, cut) + junk + json.slice(cut + 1);
      })
      .filter((text) => !isJson(text));
    fc.assert(
      fc.property(broken, (text) => {
        const at = invalidJsonAt(text);
        expect(at).toBeGreaterThanOrEqual(0);
        expect(at).toBeLessThanOrEqual(text.length);
        expect(jsonError(text).length).toBeLessThan(400);
      }),
      { numRuns: 2000 },
    );
  });

  it('is found in deep and in long texts', () => {
    expect(invalidJsonAt('['.repeat(500_000))).toBe(500_000);
    expect(invalidJsonAt(`"${'a'.repeat(2_000_000)}`)).toBe(2_000_001);
    expect(jsonError(`{"a":"${'b'.repeat(100)}",}`)).toMatch(
      /^unexpected "}" at character 108, near …".{24,30}"$/,
    );
  });
});
