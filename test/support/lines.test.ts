import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/contract/source.ts';
import { doneRanges, rangeTest } from '../../src/support/lines/done-ranges.ts';
import { LineReader } from '../../src/support/lines/line-reader.ts';
import { batchesOf } from '../../src/support/lines/lines.ts';

const stream = { partition: 'p', source: '/s', name: 'input', metaOf: () => ({}) };
const maxBatch = { events: 1000, bytes: 1_000_000 };

/** The deliveries of `bytes` when it arrives in pieces of these sizes. */
async function cut(bytes: Buffer, sizes: readonly number[], maxLineBytes: number, chunkBytes: number) {
  let position = 0;
  let turn = 0;
  const input = {
    async read(buffer: Buffer, at: number, length: number) {
      const size = Math.min(length, sizes[turn % sizes.length] ?? length, bytes.length - position);
      turn += 1;
      bytes.copy(buffer, at, position, position + size);
      position += size;
      return size;
    },
  };
  const reader = new LineReader(input, 0, maxLineBytes, chunkBytes);
  const found: [offset: unknown, next: unknown, value: unknown][] = [];
  const take = (deliveries: readonly Delivery[]) => {
    for (const { position: at, record } of deliveries) {
      let value: unknown;
      try {
        value = record.value;
      } catch {
        value = 'too long';
      }
      found.push([at.offset, at.next, value]);
    }
  };
  for (let region = await reader.next(); region !== undefined; region = await reader.next()) {
    for (const batch of batchesOf(region, { stream, maxLineBytes, maxBatch })) take(batch.deliveries);
  }
  const rest = reader.rest();
  if (rest !== undefined)
    for (const batch of batchesOf(rest, { stream, maxLineBytes, maxBatch })) take(batch.deliveries);
  return found;
}

/** The same, said as plainly as possible. */
function plainly(bytes: Buffer, maxLineBytes: number) {
  const found: [number, number, string][] = [];
  let start = 0;
  while (start < bytes.length) {
    const newline = bytes.indexOf(10, start);
    const end = newline === -1 ? bytes.length : newline;
    const next = newline === -1 ? end : newline + 1;
    const line = bytes.subarray(start, end);
    if (line.length > maxLineBytes) found.push([start, next, 'too long']);
    else if (line.toString().trim() !== '') found.push([start, next, line.toString()]);
    start = next;
  }
  return found;
}

describe('cutting bytes into lines', () => {
  it('finds the same lines at the same places, whatever the pieces in which the bytes arrive', async () => {
    const line = fc.oneof(fc.stringMatching(/^[a-f€]{0,12}$/), fc.constant('x'.repeat(50)));
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 20 }),
        fc.boolean(),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 64 }),
        async (lines, ended, sizes, maxLineBytes, chunkBytes) => {
          const bytes = Buffer.from(lines.join('\n') + (ended ? '\n' : ''));
          expect(await cut(bytes, sizes, maxLineBytes, chunkBytes)).toEqual(plainly(bytes, maxLineBytes));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('finds the same lines in a region that is cut in pieces', async () => {
    const lines = Array.from({ length: 3000 }, (_, n) => `${n} ${'é'.repeat((n * 7919) % 200)}`);
    lines.splice(1000, 0, 'x'.repeat(300_000));
    const bytes = Buffer.from(lines.join('\n'));
    expect(await cut(bytes, [bytes.length], 400_000, 2_000_000)).toEqual(plainly(bytes, 400_000));
  });

  // Without forgetting the bytes of a line once it is too long, the buffer grows with the line.
  it('keeps no more than the limit of a line without end', async () => {
    let given = 0;
    let largest = 0;
    const input = {
      async read(buffer: Buffer, at: number, length: number) {
        largest = Math.max(largest, buffer.length);
        const size = given < 1_000_000 ? length : 0;
        buffer.fill('x', at, at + size);
        given += size;
        return size;
      },
    };
    const reader = new LineReader(input, 0, 5_000, 1_000);
    expect(await reader.next()).toBeUndefined();
    expect(reader.rest()?.oversized).toBe(given);
    expect(largest).toBeLessThanOrEqual(6_000);
  });

  it('hands out no more than a batch may hold', () => {
    const bytes = Buffer.from('aaa\nbbb\nccc\nddd\n');
    const region = { base: 0, bytes, next: bytes.length };
    const sizes = (limits: typeof maxBatch) =>
      [...batchesOf(region, { stream, maxLineBytes: 10, maxBatch: limits })].map(
        ({ deliveries }) => deliveries.length,
      );
    expect(sizes({ events: 3, bytes: 1000 })).toEqual([3, 1]);
    expect(sizes({ events: 100, bytes: 8 })).toEqual([2, 2]);
    expect(sizes({ events: 100, bytes: 1 })).toEqual([1, 1, 1, 1]);
  });
});

describe('what was finished out of order', () => {
  const range = fc
    .tuple(fc.nat(100), fc.integer({ min: 1, max: 10 }))
    .map(([from, length]) => [from, from + length] as const);

  it('holds exactly what was said now and what was said before beyond the frontier', () => {
    fc.assert(
      fc.property(fc.array(range), fc.array(range), fc.nat(60), (now, before, next) => {
        const beyond = now.filter(([from]) => from >= next);
        const doneBeyond = beyond.map(([from, to]) => ({ from, to, offsets: [] }));
        const test = rangeTest(doneRanges({ partition: 'p', epoch: 0, next, doneBeyond }, before));
        for (let offset = next; offset < 120; offset += 1) {
          const expected = [...beyond, ...before].some(([from, to]) => from <= offset && offset < to);
          expect(test?.(offset) ?? false).toBe(expected);
        }
      }),
    );
  });

  it('is bounded: what lies farthest is forgotten', () => {
    const doneBeyond = Array.from({ length: 20_000 }, (_, n) => ({
      from: 2 * n + 2,
      to: 2 * n + 3,
      offsets: [],
    }));
    const ranges = doneRanges({ partition: 'p', epoch: 0, next: 0, doneBeyond }, []);
    expect([ranges.length, ranges[0]]).toEqual([10_000, [2, 3]]);
  });
});
