import { describe, expect, it } from 'vitest';
import type { Action, Result } from '../../src/contract/action.ts';
import { EvrunError } from '../../src/contract/errors.ts';
import type { Event } from '../../src/contract/event.ts';
import { eventually, Fact, MemoryLetters, MemorySource, pipelineFor } from './kit.ts';

const keyed = (n: number, keys: number) => Array.from({ length: n }, (_, i) => `k${i % keys}=${i}`);

function orderPerKey(seen: readonly unknown[]): boolean {
  const last = new Map<string, number>();
  for (const each of seen) {
    const [key, n] = String(each).split('=') as [string, string];
    if ((last.get(key) ?? -1) >= Number(n)) return false;
    last.set(key, Number(n));
  }
  return true;
}

describe('lanes', () => {
  it('keep the order per key while keys run beside each other', async () => {
    const seen: unknown[] = [];
    let running = 0;
    let most = 0;
    await pipelineFor({
      source: new MemorySource(keyed(300, 7)),
      options: { concurrency: 4 },
      act: async ({ data }) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 2));
        running -= 1;
        seen.push(data);
      },
    }).run(false);
    expect(seen).toHaveLength(300);
    expect(orderPerKey(seen)).toBe(true);
    expect(most).toBe(4);
  });

  it('keep the order of thousands of keys, and of keys too long to be kept', async () => {
    const long = 'x'.repeat(1_000);
    const seen: unknown[] = [];
    await pipelineFor({
      source: new MemorySource([
        ...keyed(9_000, 3_000),
        ...Array.from({ length: 60 }, (_, i) => `${long}${i % 3}=${i}`),
      ]),
      options: { concurrency: 8 },
      act: async ({ data }) => {
        if (seen.length % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
        seen.push(data);
      },
    }).run(false);
    expect(seen).toHaveLength(9_060);
    expect(orderPerKey(seen)).toBe(true);
  });

  it('that something works in are kept while thousands of others come and go', async () => {
    const fixed = new Fact();
    const seen: unknown[] = [];
    const end = pipelineFor({
      source: new MemorySource(['slow=0', ...keyed(5_000, 5_000), 'slow=1']),
      options: { concurrency: 4, maxInFlight: 20_000 },
      act: async ({ data }) => {
        if (data === 'slow=0') await fixed.happened;
        seen.push(data);
      },
    }).run(false);
    await eventually(() => seen.length >= 5_000);
    expect(seen).not.toContain('slow=1');
    fixed.happen();
    await end;
    expect(seen.slice(-2)).toEqual(['slow=0', 'slow=1']);
  });

  it('are read ahead for no further than there is a slot soon', async () => {
    const source = new MemorySource(keyed(500, 500));
    const fixed = new Fact();
    let begun = 0;
    const pipeline = pipelineFor({
      source,
      options: { concurrency: 4 },
      act: async () => {
        begun += 1;
        await fixed.happened;
      },
    });
    const end = pipeline.run(false);
    await eventually(() => begun === 4);
    // Four in work and two for each slot that wait for it: the rest is not even decoded.
    expect(pipeline.stats.read).toBe(12);
    fixed.happen();
    await end;
    expect(begun).toBe(500);
  });

  it('that sleep before a retry do not keep others from being read', async () => {
    const seen: unknown[] = [];
    let broken = true;
    const pipeline = pipelineFor({
      source: new MemorySource(keyed(200, 200)),
      options: { concurrency: 2, retryCount: 1_000_000 },
      act: async ({ data }) => {
        if (broken && Number(String(data).split('=')[1]) < 100) throw new Error('broken');
        seen.push(data);
      },
    });
    const end = pipeline.run(false);
    await eventually(() => seen.length === 100);
    broken = false;
    await end;
    expect(seen).toHaveLength(200);
  });

  it('a key that is being retried blocks only its own lane', async () => {
    const source = new MemorySource(keyed(40, 20));
    const fixed = new Fact();
    let broken = true;
    const seen: unknown[] = [];
    const pipeline = pipelineFor({
      source,
      options: { concurrency: 1, retryCount: 1_000_000 },
      act: async ({ data, key }) => {
        if (key === 'k0' && broken) throw new Error('broken');
        seen.push(data);
      },
    });
    const end = pipeline.run(false);
    await eventually(() => seen.length === 38);
    broken = false;
    fixed.happen();
    await end;
    expect(seen).toHaveLength(40);
    expect(orderPerKey(seen)).toBe(true);
  });

  it('a step that waits for another delivery gives its slot to it', async () => {
    const done = new Fact();
    const pipeline = pipelineFor({
      source: new MemorySource(['k2=waits', 'k3=waits', 'k1=first']),
      options: { concurrency: 1, attemptTimeoutMs: 60 },
      steps: [
        async (event, passage) => {
          if (event.key === 'k1') await new Promise((resolve) => setTimeout(resolve, 1));
          else await passage?.waitFor(done.happened);
          return event;
        },
      ],
      act: async ({ key }) => {
        if (key !== 'k1') return;
        await new Promise((resolve) => setTimeout(resolve, 50));
        done.happen();
      },
    });
    await pipeline.run(false);
    expect(pipeline.stats).toMatchObject({ acted: 3, retries: 0 });
  });

  it('order_by source acts on one event at a time, in the order of reading', async () => {
    const seen: unknown[] = [];
    await pipelineFor({
      source: new MemorySource(keyed(30, 5)),
      options: { orderBy: 'source' },
      act: async ({ data }) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random()));
        seen.push(data);
      },
    }).run(false);
    expect(seen).toEqual(keyed(30, 5));
  });

  it('events without a key keep the order of an ordered source, and none of an unordered one', async () => {
    const most = async (ordered: boolean) => {
      let running = 0;
      let highest = 0;
      await pipelineFor({
        source: new MemorySource(['a', 'b', 'c', 'd']),
        ordered,
        act: async () => {
          running += 1;
          highest = Math.max(highest, running);
          await new Promise((resolve) => setTimeout(resolve, 2));
          running -= 1;
        },
      }).run(false);
      return highest;
    };
    expect(await most(true)).toBe(1);
    expect(await most(false)).toBe(4);
  });
});

describe('batching actions', () => {
  const collect = (
    keepsOrder: boolean,
    decide: (event: Event) => Result,
    batches: string[][],
  ): Partial<Action> => ({
    batch: { maxEvents: 10, maxBytes: 1_000_000, lingerMs: 0, keepsOrder },
    actBatch: async (events) => {
      batches.push(events.map(({ data }) => String(data)));
      let stop = false;
      return events.map((event) => {
        if (stop && keepsOrder) return { notTried: true };
        const result = decide(event);
        if (result !== undefined) stop = true;
        return result;
      });
    },
  });

  it('fills batches and finishes every event', async () => {
    const batches: string[][] = [];
    const source = new MemorySource(keyed(35, 3));
    const pipeline = pipelineFor({ source, action: collect(true, () => undefined, batches) });
    await pipeline.run(false);
    expect(batches.map((batch) => batch.length)).toEqual([10, 10, 10, 5]);
    expect(pipeline.stats.acted).toBe(35);
    expect(source.next()).toBe(35);
  });

  it('with keepsOrder a failure holds back only its own lane, in order', async () => {
    const batches: string[][] = [];
    let failures = 3;
    const seen: string[] = [];
    const action = collect(
      true,
      ({ data }) => {
        if (data === 'k1=1' && failures-- > 0) return { failed: new Error('busy') };
        seen.push(String(data));
        return undefined;
      },
      batches,
    );
    const pipeline = pipelineFor({ source: new MemorySource(keyed(40, 4)), action });
    await pipeline.run(false);
    expect(seen).toHaveLength(40);
    expect(orderPerKey(seen)).toBe(true);
    expect(pipeline.stats.retries).toBe(3);
  });

  it('without keepsOrder a batch holds at most one event of a lane', async () => {
    const batches: string[][] = [];
    await pipelineFor({
      source: new MemorySource(keyed(30, 3)),
      action: collect(false, () => undefined, batches),
    }).run(false);
    for (const batch of batches) {
      expect(new Set(batch.map((each) => each.split('=')[0])).size).toBe(batch.length);
    }
    expect(orderPerKey(batches.flat())).toBe(true);
    expect(batches.flat()).toHaveLength(30);
  });

  it('after a stop nothing more is handed to the action, and the rest stays uncommitted', async () => {
    const source = new MemorySource(keyed(30, 3));
    source.stays = true;
    const gate = new Fact();
    let batches = 0;
    const pipeline = pipelineFor({
      source,
      action: {
        batch: { maxEvents: 10, maxBytes: 1_000_000, lingerMs: 0, keepsOrder: true },
        actBatch: async (events) => {
          batches += 1;
          await gate.happened;
          return events.map((_, i) => (i < 4 ? undefined : { notTried: true }));
        },
      },
    });
    const end = pipeline.run(false);
    await eventually(() => batches === 1);
    pipeline.stop('stopped by a test');
    gate.happen();
    await end;
    expect(batches).toBe(1);
    expect(source.next()).toBe(4);
  });

  it('an event that fails for good dies alone', async () => {
    const letters = new MemoryLetters();
    const batches: string[][] = [];
    const never = new EvrunError('EVR_ACTION', 'never');
    const pipeline = pipelineFor({
      source: new MemorySource(keyed(20, 2)),
      letters,
      action: collect(true, ({ data }) => (data === 'k1=7' ? { failed: never } : undefined), batches),
    });
    await pipeline.run(false);
    expect(pipeline.stats).toMatchObject({ acted: 19, dead: 1 });
    expect(letters.letters.map(({ eventText }) => eventText)).toEqual(['"k1=7"']);
  });
});
