import { describe, expect, it } from 'vitest';
import { eventOf } from '../support/events.ts';
import { make, newWorld, settled, TestPassage } from './making.ts';

const HOUR = 3_600_000;
const event = (id: unknown) => eventOf({ data: { id } });
const config = { key: 'event.data.id', window: '1h' };

describe('dedupe', () => {
  it('drops a repeat of what was acted on, until the window ends', async () => {
    const world = newWorld();
    const dedupe = await make('dedupe', config, world);
    const first = new TestPassage();
    expect(await dedupe.transform(event(1), first)).not.toBeNull();
    first.end('acted');
    expect(await dedupe.transform(event(1), new TestPassage())).toBeNull();
    await world.clock.forward(HOUR - 1);
    expect(await dedupe.transform(event(1), new TestPassage())).toBeNull();
    await world.clock.forward(1);
    expect(await dedupe.transform(event(1), new TestPassage())).not.toBeNull();
  });

  it('stores a key with the outcome and not before', async () => {
    // Guard: let pass() write at once, and a crash between here and the action loses the event.
    const world = newWorld();
    const dedupe = await make('dedupe', config, world);
    const passage = new TestPassage();
    await dedupe.transform(event(1), passage);
    await dedupe.flush?.();
    expect(world.store.values.size).toBe(0);
    passage.end('acted');
    await dedupe.flush?.();
    expect(world.store.values.size).toBe(1);
    const again = await make('dedupe', config, world);
    expect(await again.transform(event(1), new TestPassage())).toBeNull();
    expect(await again.transform(event(2), new TestPassage())).not.toBeNull();
  });

  it.each(['dead', 'abandoned'] as const)('lets the next one pass after a %s one', async (ending) => {
    const world = newWorld();
    const dedupe = await make('dedupe', config, world);
    const first = new TestPassage();
    await dedupe.transform(event(1), first);
    first.end(ending);
    expect(await dedupe.transform(event(1), new TestPassage())).not.toBeNull();
    await dedupe.flush?.();
    expect(world.store.values.size).toBe(0);
  });

  it.each([
    ['acted', null],
    ['dead', 'passes'],
  ] as const)('makes a repeat wait for what is in work: %s', async (ending, result) => {
    const dedupe = await make('dedupe', config);
    const first = new TestPassage();
    await dedupe.transform(event(1), first);
    const repeats = [1, 2, 3].map(() => new TestPassage());
    const waiting = repeats.map((passage) => dedupe.transform(event(1), passage));
    let done = 0;
    for (const each of waiting) void Promise.resolve(each).then(() => done++);
    await settled();
    expect(done).toBe(0);
    first.end(ending);
    const [second] = await Promise.all(waiting.slice(0, 1));
    expect(second === null ? null : 'passes').toBe(result);
    await settled();
    // Where the first failed, the next one passes alone and the others wait for that one.
    expect(done).toBe(result === null ? 3 : 1);
    if (result === 'passes') {
      repeats[0]?.end('acted');
      expect(await Promise.all(waiting.slice(1))).toEqual([null, null]);
    }
  });

  it('ends the wait with the attempt', async () => {
    const dedupe = await make('dedupe', config);
    await dedupe.transform(event(1), new TestPassage());
    const attempt = new AbortController();
    const waiting = dedupe.transform(event(1), new TestPassage({}, attempt.signal));
    attempt.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'EVR_TIMEOUT', retry: 'later' });
  });

  it('drops a repeat within the same delivery, and lets the same step try again', async () => {
    const dedupe = await make('dedupe', config);
    const delivery = {};
    const part = event(1);
    expect(await dedupe.transform(part, new TestPassage(delivery))).toBe(part);
    expect(await dedupe.transform(event(1), new TestPassage(delivery))).toBeNull();
    expect(await dedupe.transform(part, new TestPassage(delivery))).toBe(part);
  });

  it('does not let deliveries wait for each other in a circle', async () => {
    // Guard: without leadsTo() this test ends by its timeout.
    const dedupe = await make('dedupe', config);
    const [a, b] = [{}, {}];
    await dedupe.transform(event(1), new TestPassage(a));
    await dedupe.transform(event(2), new TestPassage(b));
    const waiting = dedupe.transform(event(2), new TestPassage(a));
    await settled();
    expect(await dedupe.transform(event(1), new TestPassage(b))).not.toBeNull();
    expect(waiting).toBeInstanceOf(Promise);
  });

  it('lets events without a key pass', async () => {
    const dedupe = await make('dedupe', { ...config, key: 'event.data.?id' });
    for (const data of [{}, {}, { id: null }, { id: null }]) {
      const passage = new TestPassage();
      expect(await dedupe.transform(eventOf({ data }), passage)).not.toBeNull();
      passage.end('acted');
    }
  });

  it('tells keys of different types apart', async () => {
    const dedupe = await make('dedupe', config);
    for (const id of [1, '1', true, [1], { a: 1 }]) {
      const passage = new TestPassage();
      expect(await dedupe.transform(event(id), passage)).not.toBeNull();
      passage.end('acted');
    }
  });

  it('forgets the oldest keys beyond max_keys, in the store too, and warns once', async () => {
    const world = newWorld();
    const dedupe = await make('dedupe', { ...config, max_keys: 3 }, world);
    for (let id = 0; id < 6; id++) {
      const passage = new TestPassage();
      await dedupe.transform(event(id), passage);
      passage.end('acted');
      await world.clock.forward(1);
    }
    await dedupe.flush?.();
    expect(world.store.values.size).toBe(3);
    expect(world.warnings).toHaveLength(1);
    const again = await make('dedupe', { ...config, max_keys: 3 }, world);
    expect(await again.transform(event(5), new TestPassage())).toBeNull();
    expect(await again.transform(event(2), new TestPassage())).not.toBeNull();
  });

  it('takes expired keys out of the store', async () => {
    const world = newWorld();
    const dedupe = await make('dedupe', config, world);
    const passage = new TestPassage();
    await dedupe.transform(event(1), passage);
    passage.end('acted');
    await dedupe.flush?.();
    await world.clock.forward(2 * HOUR);
    await dedupe.transform(event(2), new TestPassage());
    await dedupe.flush?.();
    expect(world.store.values.size).toBe(0);
  });

  it('writes what it could not write the next time', async () => {
    const world = newWorld();
    const dedupe = await make('dedupe', config, world);
    const passage = new TestPassage();
    await dedupe.transform(event(1), passage);
    passage.end('acted');
    world.store.failing = true;
    await expect(dedupe.flush?.()).rejects.toThrow('disk full');
    world.store.failing = false;
    await dedupe.flush?.();
    expect(world.store.values.size).toBe(1);
  });
});
