import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isForeign,
  MOST_METADATA_BYTES,
  readDoneSet,
  writeDoneSet,
} from '../../../src/sources/kafka/done-set.ts';

type Range = readonly [number, number];

/** Ascending ranges that are apart, none before `offset`. */
const sets = fc
  .tuple(
    fc.integer({ min: 0, max: 2 ** 50 }),
    fc.array(fc.tuple(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 300 })), {
      maxLength: 3000,
    }),
  )
  .map(([offset, pairs]): [number, Range[]] => {
    const ranges: Range[] = [];
    let at = offset;
    for (const [gap, length] of pairs) {
      ranges.push([at + gap, at + gap + length]);
      at += gap + length;
    }
    return [offset, ranges];
  });

const dense = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 50 }), fc.integer({ min: 1, max: 30_000 }))
  .map(([offset, count]): [number, Range[]] => [
    offset,
    Array.from({ length: count }, (_, i): Range => [offset + 1 + i * 2, offset + 2 + i * 2]),
  ]);

describe('what was finished beyond the committed offset', () => {
  it('is read back as it was written, but for what lies farthest where it is too much', () => {
    fc.assert(
      fc.property(fc.oneof(sets, dense), ([offset, ranges]) => {
        const text = writeDoneSet(offset, ranges);
        expect((text ?? '').length).toBeLessThanOrEqual(MOST_METADATA_BYTES);
        const read = readDoneSet(offset, text);
        const kept = read.reduce((sum, [from, to]) => sum + to - from, 0);
        // A beginning of it, to the offset.
        let left = kept;
        const begin: Range[] = [];
        for (const [from, to] of ranges) {
          if (left <= 0) break;
          begin.push([from, Math.min(to, from + left)]);
          left -= to - from;
        }
        expect(JSON.stringify(read)).toBe(JSON.stringify(begin));
        if (ranges.length > 0) expect(kept).toBeGreaterThan(0);
      }),
      { numRuns: 30 },
    );
  });

  it('holds 1,000 scattered records, or every second of 24,000', () => {
    const scattered = Array.from({ length: 1000 }, (_, i): Range => [100 + i * 100, 101 + i * 100]);
    expect(readDoneSet(50, writeDoneSet(50, scattered))).toEqual(scattered);
    const every = Array.from({ length: 12_000 }, (_, i): Range => [1 + i * 2, 2 + i * 2]);
    expect(JSON.stringify(readDoneSet(0, writeDoneSet(0, every)))).toBe(JSON.stringify(every));
  });

  it('nothing finished is no text', () => {
    expect(writeDoneSet(5, [])).toBeNull();
  });

  it('is not read beside another offset, damaged, or from a text of another program', () => {
    const text = writeDoneSet(5, [[7, 9]]) as string;
    expect(readDoneSet(5, text)).toEqual([[7, 9]]);
    expect(readDoneSet(6, text)).toEqual([]);
    // The guard is the checksum: without it, a tool that moves the offset would make records be skipped.
    for (let at = 0; at < text.length; at += 1) {
      const other = text[at] === 'A' ? 'B' : 'A';
      expect(readDoneSet(5, text.slice(0, at) + other + text.slice(at + 1))).toEqual([]);
    }
    expect(readDoneSet(5, 'AgAAAYkX')).toEqual([]);
    expect([null, undefined, ''].map((none) => readDoneSet(5, none))).toEqual([[], [], []]);
  });

  it('any text is read without an error', () => {
    fc.assert(fc.property(fc.string(), (text) => void readDoneSet(0, text)));
    fc.assert(fc.property(fc.string(), (text) => void readDoneSet(0, `evrun1 r 00000000 ${text}`)));
  });

  it('a text of another program is foreign, ours and none are not', () => {
    expect(isForeign('AgAAAYkX')).toBe(true);
    expect([writeDoneSet(5, [[7, 9]]), null, undefined, ''].map(isForeign)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
