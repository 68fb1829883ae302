import { describe, expect, it } from 'vitest';
import { audit, type Line } from './ledger.ts';

const line = (offset: number, key = 'k', partition = 0): Line => ({
  process: 'a',
  at: 0n,
  partition,
  offset,
  key,
});

describe('the audit of a ledger', () => {
  it('finds nothing where every record was acted on once, keys in any order among each other', () => {
    const lines = [line(1, 'b'), line(0, 'a'), line(2, 'a'), line(0, 'a', 1)];
    const ends = new Map([
      [0, 3],
      [1, 1],
    ]);
    expect(audit(lines, ends)).toEqual({ missing: [], repeats: 0, disordered: [] });
  });

  it('names what is missing in the middle and at the end', () => {
    expect(audit([line(1)], new Map([[0, 3]])).missing).toEqual(['0:0', '0:2']);
  });

  it('counts a stretch that repeats, which is no disorder', () => {
    const lines = [0, 1, 2, 1, 2, 3].map((offset) => line(offset));
    expect(audit(lines, new Map([[0, 4]]))).toEqual({ missing: [], repeats: 2, disordered: [] });
  });

  it('names a record that came after a later one of its key', () => {
    const lines = [0, 2, 1].map((offset) => line(offset));
    expect(audit(lines, new Map([[0, 3]])).disordered).toEqual(['0:1']);
  });
});
