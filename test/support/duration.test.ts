import { expect, it } from 'vitest';
import { parseDuration } from '../../src/support/duration.ts';

it('reads a whole number with a unit', () => {
  expect(['7d', '12h', '30m', '90s', '500ms', '0s'].map(parseDuration)).toEqual([
    604_800_000, 43_200_000, 1_800_000, 90_000, 500, 0,
  ]);
});

it('takes nothing else for a duration', () => {
  for (const text of ['', '7', 'd', '-1s', '1.5h', '7 d', '7D', '7days', '999999999999d', '٣s', '1h30m'])
    expect(parseDuration(text), text).toBeUndefined();
});
