import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/contract/event.ts';
import { eventOf } from '../support/events.ts';
import { make, newWorld, problemsOf, settled, TestPassage } from './making.ts';

describe('rate_limit', () => {
  it('lets a burst pass at once and the others one after the other, in order', async () => {
    const world = newWorld();
    const limit = await make('rate_limit', { max: 10, per: '1s', burst: 2 }, world);
    const passed: unknown[] = [];
    for (let n = 0; n < 5; n++) {
      const result = limit.transform(eventOf({ data: n }), new TestPassage());
      void Promise.resolve(result).then((event) => passed.push((event as Event).data));
    }
    await settled();
    expect(passed).toEqual([0, 1]);
    expect(world.clock.asleep).toBe(3);
    await world.clock.forward(99);
    expect(passed).toEqual([0, 1]);
    await world.clock.forward(1);
    expect(passed).toEqual([0, 1, 2]);
    await world.clock.forward(200);
    expect(passed).toEqual([0, 1, 2, 3, 4]);
  });

  it('costs no promise where the rate is kept', async () => {
    const limit = await make('rate_limit', { per_second: 5 });
    for (let n = 0; n < 5; n++)
      expect(limit.transform(eventOf({}), new TestPassage())).not.toBeInstanceOf(Promise);
    expect(limit.transform(eventOf({}), new TestPassage())).toBeInstanceOf(Promise);
  });

  it('saves up no more than the burst in a pause', async () => {
    const world = newWorld();
    const limit = await make('rate_limit', { max: 2, per: '1s', mode: 'drop' }, world);
    await world.clock.forward(1_000_000);
    const results = [1, 2, 3].map(() => limit.transform(eventOf({}), new TestPassage()));
    expect(results.map((result) => result !== null)).toEqual([true, true, false]);
    await world.clock.forward(500);
    expect(limit.transform(eventOf({}), new TestPassage())).not.toBeNull();
    expect(limit.transform(eventOf({}), new TestPassage())).toBeNull();
  });

  it('keeps the turn of an event whose attempt ends while it waits', async () => {
    // Guard: without `slots` every attempt begins to wait anew, and a slow rate lets nothing pass.
    const world = newWorld();
    const limit = await make('rate_limit', { max: 1, per: '1m' }, world);
    limit.transform(eventOf({}), new TestPassage());
    const event = eventOf({});
    const attempt = new AbortController();
    const waiting = limit.transform(event, new TestPassage({}, attempt.signal));
    await world.clock.forward(40_000);
    attempt.abort();
    await expect(waiting).rejects.toMatchObject({
      code: 'EVR_TIMEOUT',
      retry: 'later',
      retryAfterMs: 20_000,
    });
    await world.clock.forward(20_000);
    expect(limit.transform(event, new TestPassage())).toBe(event);
  });

  it('refuses a time that is none', async () => {
    expect(await problemsOf('rate_limit', { max: 1, per: 'often' })).toMatchObject([{ path: ['per'] }]);
    expect(await problemsOf('rate_limit', { max: 1, per: '0s' })).toMatchObject([{ path: ['per'] }]);
  });
});
