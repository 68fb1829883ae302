import { expect, it } from 'vitest';
import action from '../../../src/actions/pubsub/index.ts';

const problems = (attributes: Record<string, string>) =>
  action.check?.({ topic: 'orders', project: 'acme', attributes } as never, { recipeDir: '.' });

it.each([
  [
    'a name that begins with goog',
    { googclient: 'x' },
    'googclient',
    /"googclient" cannot be used: .* goog$/,
  ],
  ['a name of 257 bytes', { [`${'ü'.repeat(128)}x`]: 'x' }, `${'ü'.repeat(128)}x`, /1 to 256 bytes/],
  ['an empty name', { '': 'x' }, '', /"" cannot be used/],
  ['a text of 1,025 bytes', { team: `${'ü'.repeat(512)}x` }, 'team', /team has 1025 bytes, at most 1024/],
  [
    'so much text around an expression',
    { team: `${'x'.repeat(1_025)}\${{ event.id }}` },
    'team',
    /1025 bytes/,
  ],
])('the check refuses %s', (_, attributes, name, message) => {
  expect(problems(attributes)).toEqual([
    { path: ['attributes', name], message: expect.stringMatching(message) },
  ]);
});

it('the check refuses more than 100 attributes', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, '']));
  expect(problems(many(100))).toEqual([]);
  expect(problems(many(101))).toEqual([
    { path: ['attributes'], message: expect.stringContaining('101 attributes, at most 100') },
  ]);
});

it('the check lets through what Pub/Sub takes, and what only events tell', () => {
  const name = 'ü'.repeat(128);
  expect(problems({ [name]: 'x'.repeat(1_024), agoog: '', long: `\${{ "${'x'.repeat(2_000)}" }}` })).toEqual(
    [],
  );
});
