import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/engine/frontier.ts';
import { Frontier } from '../../src/engine/frontier.ts';
import { Window } from '../../src/engine/window.ts';
import { deliveryOf } from './kit.ts';

const gauge = () => ({ inFlight: 0, inFlightBytes: 0 });
const frontierWith = (counts = gauge()) => new Frontier('p', 0, new Window(counts, 1_000, 1_000_000));

describe('frontier (Invariant 3)', () => {
  it('does not pass an unfinished delivery', () => {
    const frontier = frontierWith();
    const first = frontier.begin(deliveryOf({ value: 'a' }, 'p', 0));
    const second = frontier.begin(deliveryOf({ value: 'b' }, 'p', 1));
    frontier.finish(second);
    expect(frontier.takeProgress()).toEqual({
      partition: 'p',
      epoch: 0,
      next: 0,
      doneBeyond: [{ from: 1, to: 2, offsets: [1] }],
    });
    frontier.finish(first);
    expect(frontier.takeProgress()).toEqual({ partition: 'p', epoch: 0, next: 2, doneBeyond: [] });
  });

  it('says nothing where nothing moved', () => {
    const frontier = frontierWith();
    frontier.finishNow(deliveryOf({ value: 'a' }, 'p', 0));
    expect(frontier.takeProgress()?.next).toBe(1);
    expect(frontier.takeProgress()).toBeUndefined();
  });

  it('moves past what was passed only when everything before it is finished', () => {
    const frontier = frontierWith();
    const open = frontier.begin(deliveryOf({ value: 'a' }, 'p', 0));
    frontier.pass(50);
    expect(frontier.takeProgress()?.next ?? 0).toBe(0);
    frontier.finish(open);
    expect(frontier.takeProgress()?.next).toBe(50);
  });

  it('counts finished deliveries until the frontier has passed them (Invariant 8)', () => {
    const counts = gauge();
    const frontier = frontierWith(counts);
    const stuck = frontier.begin(deliveryOf({ value: 'aa' }, 'p', 0));
    for (let i = 1; i <= 10; i += 1) frontier.finishNow(deliveryOf({ value: 'bb' }, 'p', i));
    expect(counts).toEqual({ inFlight: 11, inFlightBytes: 22 });
    frontier.finish(stuck);
    expect(counts).toEqual({ inFlight: 0, inFlightBytes: 0 });
  });

  it('for any order of finishing: never goes back, never passes an open one, ends at the end', () => {
    const step = fc.record({ kind: fc.constantFrom('begin', 'now', 'finish', 'pass'), pick: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const counts = gauge();
        const frontier = frontierWith(counts);
        const open: { entry: Entry; offset: number }[] = [];
        const done = new Set<number>();
        let read = 0;
        let edge = 0;
        const look = () => {
          const progress = frontier.takeProgress();
          if (progress === undefined) return;
          const next = Number(progress.next);
          expect(next).toBeGreaterThanOrEqual(edge);
          edge = next;
          for (const { offset } of open) expect(offset).toBeGreaterThanOrEqual(next);
          const beyond = progress.doneBeyond.flatMap(({ offsets }) => offsets.map(Number));
          for (const offset of beyond) expect(done.has(offset)).toBe(true);
          const known = new Set(beyond);
          for (const offset of done) if (offset >= next) expect(known.has(offset)).toBe(true);
        };
        for (const { kind, pick } of steps) {
          if (kind === 'begin') {
            open.push({ entry: frontier.begin(deliveryOf({ value: 'x' }, 'p', read)), offset: read });
            read += 1;
          } else if (kind === 'now') {
            frontier.finishNow(deliveryOf({ value: 'x' }, 'p', read));
            done.add(read);
            read += 1;
          } else if (kind === 'pass') frontier.pass(read);
          else if (open.length > 0) {
            const [one] = open.splice(pick % open.length, 1);
            if (one === undefined) continue;
            done.add(one.offset);
            frontier.finish(one.entry);
          }
          look();
        }
        for (const { entry, offset } of open.splice(0)) {
          done.add(offset);
          frontier.finish(entry);
        }
        look();
        expect(counts.inFlight).toBe(0);
        if (read > 0) expect(edge).toBe(read);
      }),
    );
  });
});
