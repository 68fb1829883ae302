import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FormatDefinition } from '../../src/contract/define.ts';
import { Envelope } from '../../src/contract/envelope.ts';
import { DecodeError } from '../../src/contract/errors.ts';
import type { CompiledFilter } from '../../src/contract/prefilter.ts';
import json from '../../src/formats/json/index.ts';
import { matches } from '../../src/support/expressions/match.ts';
import { createPrefilter } from '../../src/support/lines/prefilter.ts';

const format = (config: object = {}) => (json as FormatDefinition).create({ event_type: 'json', ...config });
const decoded = (value: string | Uint8Array, config?: object) =>
  format(config).decode({ value, meta: {} }) as Envelope;

describe('the json format', () => {
  it('keeps the spelling of numbers', () => {
    const text = '{"big":12345678901234567890,"exact":1.10}';
    expect(decoded(text).dataText).toBe(text);
    expect(decoded(Buffer.from(text)).dataText).toBe(text);
    expect(format().encode?.(decoded(text)).value).toBe(text);
  });

  it('takes the key from a scalar of the data, and never from its prototype', () => {
    expect(decoded('{"a":{"b":"x"}}', { key: 'a.b' }).key).toBe('x');
    expect(decoded('{"a":{"b":0}}', { key: 'a.b' }).key).toBe('0');
    for (const path of ['a.c', 'a', 'constructor.name', '__proto__.x', 'a.b.length'])
      expect(decoded('{"a":{"b":"x"}}', { key: path }).key, path).toBeUndefined();
  });

  it('encodes what it decodes to the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(format().encode?.(new Envelope('json', JSON.parse(text))).value).toBe(text);
      }),
    );
  });

  it('throws nothing but DecodeError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          decoded(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
    );
  });
});

describe('the literals of the json format', () => {
  const literals = (filter: CompiledFilter) => format().literals?.(filter);

  it('are the strings that the data must hold, however deep', () => {
    expect(literals([{ event: { category: 'TAG', aspect: { value: { id: 'default' } }, n: 1 } }])).toEqual([
      ['TAG', 'default'],
    ]);
  });

  it('are alternatives for a list', () => {
    expect(literals([{ event: { op: ['ADD', 'REMOVE'], category: 'TAG' } }])).toEqual([
      ['ADD', 'TAG'],
      ['REMOVE', 'TAG'],
    ]);
  });

  it('say nothing where nothing must stand there', () => {
    for (const event of [undefined, {}, { a: null }, { a: 1 }, { a: 'x/y' }, { a: ['TAG', 'é'] }, { a: {} }])
      expect(literals([{ event }]), JSON.stringify(event)).toBeUndefined();
    expect(literals([{ event: { a: 'TAG' } }, { event: {} }])).toBeUndefined();
  });

  it('leave out a pattern for another type', () => {
    expect(literals([{ types: ['other'], event: {} }])).toEqual([]);
    expect(literals([{ types: ['other'] }, { types: ['json'], event: { a: 'TAG' } }])).toEqual([['TAG']]);
  });

  // Naming a number's text as a literal, or taking `TAG` for absent in escaped JSON text, turns this red.
  it('never lead to dropping what the filter passes', () => {
    const scalar = fc.constantFrom(
      'TAG',
      'ADD',
      'a/b',
      'x"y',
      'né',
      'back\\slash',
      'A B',
      1,
      1.5,
      true,
      null,
    );
    const name = fc.constantFrom('a', 'b', 'c');
    const pattern = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        scalar,
        fc.array(scalar, { maxLength: 3 }),
        fc.dictionary(name, tie('node'), { maxKeys: 3 }),
      ),
    })).node;
    const spelling = fc.constantFrom(
      (text: string) => text,
      (text: string) => text.replaceAll('/', '\\/'),
      (text: string) => text.replaceAll('T', '\\u0054'),
      (text: string) => text.replaceAll(':', ' : '),
    );
    let passed = 0;
    let dropped = 0;
    fc.assert(
      fc.property(fc.dictionary(name, pattern, { maxKeys: 3 }), fc.nat(), spelling, (event, seed, spell) => {
        const text = spell(JSON.stringify(nearly(event, seed)));
        const found = literals([{ event }]);
        if (found === undefined) return;
        const mayMatch = createPrefilter([found])?.mayMatch(text) ?? true;
        const body = JSON.parse(text) as Record<string, unknown> | null;
        if (typeof body !== 'object' || body === null) return;
        const passes = Object.entries(event).every(([key, part]) => matches(part, body[key] ?? null));
        if (passes) passed += 1;
        if (!mayMatch) dropped += 1;
        expect(mayMatch || !passes).toBe(true);
      }),
      { numRuns: 20_000, seed: 7 },
    );
    expect(passed).toBeGreaterThan(50);
    expect(dropped).toBeGreaterThan(1000);
  });
});

/** Data that satisfies `pattern`, but for one difference in most cases; maps may be JSON text. */
function nearly(pattern: unknown, seed: number): unknown {
  if (seed % 7 === 1) return seed % 2 === 0 ? 'TAG' : null;
  if (Array.isArray(pattern)) return pattern[seed % Math.max(1, pattern.length)];
  if (typeof pattern !== 'object' || pattern === null) return pattern;
  return Object.fromEntries(
    Object.entries(pattern).map(([key, part], index) => {
      const value = nearly(part, Math.floor(seed / (3 + index)));
      const asText = typeof value === 'object' && value !== null && (seed + index) % 3 === 0;
      return [key, asText ? JSON.stringify(value) : value];
    }),
  );
}
