import { describe, expect, it } from 'vitest';
import { writeDoneSet } from '../../../src/sources/kafka/done-set.ts';
import { beginningOf, type Known } from '../../../src/sources/kafka/start.ts';
import { startPoint } from '../../../src/sources/kafka/start-point.ts';

const known: Known = { committed: -1, metadata: null, low: 10, high: 100, added: false };
const EARLIEST = { at: 'earliest' } as const;
const LATEST = { at: 'latest' } as const;
const TIME = { at: 'time', time: 1 } as const;

describe('where a partition begins', () => {
  it.each([
    ['earliest', known, EARLIEST, undefined, { offset: 10, store: true }],
    ['latest', known, LATEST, undefined, { offset: 100, store: true }],
    ['at a time', known, TIME, 42, { offset: 42, store: true }],
    ['at a time that no record has reached', known, TIME, undefined, { offset: 100, store: true }],
    ['committed', { ...known, committed: 50 }, LATEST, undefined, { offset: 50, store: false, lost: 0 }],
    ['at the end', { ...known, committed: 100 }, EARLIEST, undefined, { offset: 100, store: false }],
    ['added later', { ...known, added: true }, LATEST, undefined, { offset: 10, store: true }],
    [
      'left behind by a client that found nothing',
      { ...known, committed: -2 },
      LATEST,
      undefined,
      { offset: 10 },
    ],
    ['the group forgot it', { ...known, before: 60 }, LATEST, undefined, { offset: 60, store: true }],
    ['records are gone', { ...known, committed: 4 }, LATEST, undefined, { offset: 10, lost: 6, store: true }],
    ['made anew', { ...known, committed: 500 }, LATEST, undefined, { offset: 10, store: true }],
    ['made anew while read', { ...known, before: 500 }, LATEST, undefined, { offset: 10, store: true }],
  ] as const)('%s', (_, partition, point, atTime, expected) => {
    expect(beginningOf(partition, point, atTime, false)).toMatchObject(expected);
  });

  it('a reset does not look at what is stored', () => {
    expect(beginningOf({ ...known, committed: 50 }, EARLIEST, undefined, true)).toMatchObject({
      offset: 10,
      store: true,
    });
  });

  it('says what is gone', () => {
    expect(beginningOf({ ...known, committed: 4 }, LATEST, undefined, false).gone).toMatch(
      /offset 4 up to 10 .*6 of them/,
    );
    expect(beginningOf({ ...known, committed: 500 }, LATEST, undefined, false).gone).toMatch(/made anew/);
  });

  it('what was finished beyond the committed offset is known, and a foreign text kept', () => {
    const metadata = writeDoneSet(50, [[52, 54]]);
    expect(beginningOf({ ...known, committed: 50, metadata }, LATEST, undefined, false)).toMatchObject({
      done: [[52, 54]],
      foreign: null,
    });
    expect(
      beginningOf({ ...known, committed: 50, metadata: 'streams' }, LATEST, undefined, false),
    ).toMatchObject({
      done: [],
      foreign: 'streams',
    });
  });

  it('auto.offset.reset counts where the recipe says nothing else', () => {
    const start = { point: LATEST, ignoreStored: false };
    expect(startPoint(start, undefined, 'earliest')).toEqual(EARLIEST);
    expect(startPoint(start, undefined, undefined)).toEqual(LATEST);
    expect(startPoint(start, 'latest', 'earliest')).toEqual(LATEST);
    expect(startPoint({ point: TIME, ignoreStored: true }, undefined, 'earliest')).toEqual(TIME);
    expect(startPoint({ point: TIME, ignoreStored: false, lookbackDays: 3 }, undefined, 'earliest')).toEqual(
      TIME,
    );
  });
});
