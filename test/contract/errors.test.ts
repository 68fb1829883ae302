import { expect, it } from 'vitest';
import { EvrunError, messageOf } from '../../src/contract/errors.ts';

it('the sentence of a thrown value is its message, its name, or itself as text', () => {
  expect(messageOf(new Error('disk full'))).toBe('disk full');
  expect(messageOf(new RangeError(''))).toBe('RangeError');
  expect(messageOf('plain')).toBe('plain');
  expect(messageOf(undefined)).toBe('undefined');
  expect(messageOf(Object.create(null))).toBe('a thrown object that has no text');
});

// Guard: unbounded, an error of 1 MB is a log line of 1 MB, and a dead letter of 1 MB for each attempt.
it('a message of others is cut after 4,096 characters and says how long it was, ours after 16,384', () => {
  const long = 'x'.repeat(1_048_576);
  expect(messageOf(new Error(long))).toBe(`${'x'.repeat(4_096)}… (1,048,576 characters)`);
  expect(messageOf(long)).toHaveLength(messageOf(new Error(long)).length);
  const ours = new EvrunError('EVR_ACTION', long);
  expect(ours.message).toBe(`${'x'.repeat(16_384)}… (1,048,576 characters)`);
  expect(ours.stack?.length).toBeLessThan(20_000);
  const around = new EvrunError('EVR_ACTION', `notify.mjs:1:2: ${messageOf(new Error(long))}`);
  expect(messageOf(around)).toMatch(/^notify\.mjs:1:2: x+… \(1,048,576 characters\)$/);
});

it('a message is cut between words, and not within a character', () => {
  const cut = messageOf(new Error(`${'w '.repeat(2_030)}token=${'s'.repeat(40)}${' w'.repeat(100)}`));
  expect(cut).toMatch(/w… \(4,306 characters\)$/);
  expect(cut).not.toContain('ss');
  for (const start of ['', 'a']) {
    expect(messageOf(new Error(start + '😀'.repeat(3_000)))).toMatch(/^a?(?:😀)+… \(6,00[01] characters\)$/u);
  }
});
