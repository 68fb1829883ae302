import fc from 'fast-check';
import { expect, test } from 'vitest';
import { retryOf } from '../../src/support/http/http-retry.ts';

const NOW = Date.parse('2026-08-01T12:00:00Z');

test('408, 425, 429 and 5xx may be tried again, everything else may not', () => {
  for (const status of [408, 425, 429, 500, 502, 503, 504, 599])
    expect(retryOf(status, {}, NOW)).toEqual({ retry: 'later' });
  for (const status of [301, 304, 400, 401, 403, 404, 409, 410, 413, 415, 422])
    expect(retryOf(status, { 'retry-after': '5' }, NOW)).toEqual({ retry: 'never' });
});

test('Retry-After is understood as seconds and as an HTTP date, and never asks for more than an hour', () => {
  const after = (value: string | string[]) => retryOf(429, { 'retry-after': value }, NOW).retryAfterMs;
  expect(after('2')).toBe(2000);
  expect(after(' 0 ')).toBe(0);
  expect(after(['3', '4'])).toBe(3000);
  expect(after('Sat, 01 Aug 2026 12:00:30 GMT')).toBe(30_000);
  expect(after('Sat, 01 Aug 2026 11:00:00 GMT')).toBe(0);
  expect(after('999999999999')).toBe(3_600_000);
  for (const rubbish of ['', 'soon', '-5', '1.5']) expect(after(rubbish)).toBeUndefined();
});

test('no header value makes the pause negative, endless or not a number', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const ms = retryOf(503, { 'retry-after': value }, NOW).retryAfterMs;
      expect(ms === undefined || (ms >= 0 && ms <= 3_600_000)).toBe(true);
    }),
  );
});
