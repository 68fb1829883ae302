import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/support/nearest.ts';

const KEYS = ['retry_count', 'failure_mode', 'concurrency', 'order_by', 'path', 'format'];

describe('did you mean', () => {
  it.each([
    ['retry_cuont', 'retry_count'],
    ['retryCount', 'retry_count'],
    ['RETRY-COUNT', 'retry_count'],
    ['concur', 'concurrency'],
    ['retries_count', 'retry_count'],
    ['pth', 'path'],
    ['paht', 'path'],
    ['concurency', 'concurrency'],
    ['orderby', 'order_by'],
  ])('%s is %s', (word, meant) => {
    expect(nearest(word, KEYS)).toBe(meant);
  });

  it.each(['nothing_like_it', 'x', '', 'format', 'p'.repeat(100_000)])('says nothing about %s', (word) => {
    expect(nearest(word, KEYS)).toBeUndefined();
  });
});
