import { expect, it } from 'vitest';
import { type Listener, Silence } from '../../../src/sources/kafka/silence.ts';

const REBALANCE_MS = 60_000;

/** A membership that hears nothing. */
const deaf = (more: Partial<Listener> = {}): Listener => ({
  heardAt: Number.NEGATIVE_INFINITY,
  joining: false,
  over: false,
  ...more,
});

function ticks(silence: Silence, member: Listener, times: number): boolean[] {
  return Array.from({ length: times }, () => silence.tick(member, REBALANCE_MS));
}

it('is told from 15 s on, and ends with the first answer', () => {
  const silence = new Silence();
  ticks(silence, deaf(), 14);
  expect(silence.seconds).toBeUndefined();
  ticks(silence, deaf(), 1);
  expect(silence.seconds).toBe(15);
  ticks(silence, deaf({ heardAt: performance.now() }), 1);
  expect(silence.seconds).toBeUndefined();
});

it('goes on while memberships are made anew that hear nothing either', () => {
  const silence = new Silence();
  expect(ticks(silence, deaf(), 30).lastIndexOf(true)).toBe(29);
  ticks(silence, deaf({ over: true }), 1);
  ticks(silence, deaf({ joining: true }), 9);
  expect(silence.seconds).toBe(40);
  silence.end();
  expect(silence.seconds).toBeUndefined();
});

it('makes a membership anew after 30 s, and one that joins after the rebalance that others may need', () => {
  const silence = new Silence();
  expect(ticks(silence, deaf(), 30).indexOf(true)).toBe(29);
  expect(ticks(silence, deaf({ over: true }), 60)).not.toContain(true);
  const joining = deaf({ joining: true });
  expect(ticks(silence, joining, 90).indexOf(true)).toBe(89);
  // Each has its own time.
  expect(ticks(silence, deaf(), 30).indexOf(true)).toBe(29);
});
