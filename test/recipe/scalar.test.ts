import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonScalar, plainScalar } from '../../src/recipe/scalar.ts';

/** As PyYAML 6.0 reads them. */
const PYYAML: readonly (readonly [text: string, value: string | number | boolean | null])[] = [
  ['', null],
  ['~', null],
  ['null', null],
  ['Null', null],
  ['NULL', null],
  ['nULL', 'nULL'],
  ['yes', true],
  ['Yes', true],
  ['YES', true],
  ['on', true],
  ['On', true],
  ['true', true],
  ['TRUE', true],
  ['no', false],
  ['off', false],
  ['OFF', false],
  ['False', false],
  ['tRue', 'tRue'],
  ['y', 'y'],
  ['Y', 'Y'],
  ['n', 'n'],
  ['t', 't'],
  ['0', 0],
  ['-0', 0],
  ['+1', 1],
  ['-17', -17],
  ['012', 10],
  ['-012', -10],
  ['08', '08'],
  ['09', '09'],
  ['0o12', '0o12'],
  ['0x1F', 31],
  ['-0xff', -255],
  ['0b101', 5],
  ['1_000', 1000],
  ['1__2', 12],
  ['1_', 1],
  ['_1', '_1'],
  ['12:30:45', 45_045],
  ['1:2', 62],
  ['1:60', '1:60'],
  ['190:20:30', 685_230],
  ['-1:30', -90],
  ['0:30', '0:30'],
  ['1e3', '1e3'],
  ['1.0e3', '1.0e3'],
  ['1.0e+3', 1000],
  ['1.e+3', 1000],
  ['1.5', 1.5],
  ['6.', 6],
  ['.5', 0.5],
  ['-.5', '-.5'],
  ['+.5', '+.5'],
  ['1.5.2', '1.5.2'],
  ['190:20:30.15', 685_230.15],
  ['1_0.5', 10.5],
  ['.inf', Number.POSITIVE_INFINITY],
  ['-.INF', Number.NEGATIVE_INFINITY],
  ['.nan', Number.NaN],
  ['inf', 'inf'],
  ['text', 'text'],
  ['-', '-'],
  ['1.2.3.4', '1.2.3.4'],
  ['<', '<'],
  ['9007199254740991', 9_007_199_254_740_991],
];

describe('an unquoted scalar', () => {
  it.each(PYYAML)('%j is read as PyYAML reads it: %j', (text, value) => {
    expect(plainScalar(text)).toEqual({ value });
  });

  it.each(['2026-08-01', '2026-08-01T00:00:00Z', '2026-8-1 1:02:03', '2001-12-14t21:59:43.10-05:00'])(
    '%s is known for a date',
    (text) => {
      expect(plainScalar(text)).toEqual({ value: text, date: true });
    },
  );

  it.each(['9007199254740993', '-9007199254740993', '0xfffffffffffffffff', '=', '0b_', '0x_'])(
    '%s is refused: quotes say what was meant',
    (text) => {
      expect(plainScalar(text)).toHaveProperty('refused');
    },
  );

  it('is always something, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = plainScalar(text);
        expect('refused' in read || 'value' in read).toBe(true);
      }),
    );
  });
});

describe('a scalar of a .json recipe', () => {
  it.each([
    ['1e3', 1000],
    ['-1.5', -1.5],
    ['true', true],
    ['null', null],
    ['0', 0],
  ])('%s is %j', (text, value) => {
    expect(jsonScalar(text)).toEqual({ value });
  });

  it.each(['yes', '012', '1_000', 'text', '', 'NaN'])('%j is none', (text) => {
    expect(jsonScalar(text)).toHaveProperty('refused');
  });
});
