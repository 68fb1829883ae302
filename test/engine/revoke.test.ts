import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../src/contract/action.ts';
import { EvrunError } from '../../src/contract/errors.ts';
import { eventually, Fact, type Line, MemorySource, planFor, withRevoke } from './kit.ts';

function staying(...batches: (readonly (Line | string)[])[]): MemorySource {
  const source = new MemorySource(...batches);
  source.stays = true;
  return source;
}

describe('partitions that are being taken away', () => {
  it('are begun with no more; what has begun is waited for and committed', async () => {
    const source = staying(
      Array.from({ length: 10 }, (_, i) => ({ value: `p${i}`, partition: 'p' })),
      [{ value: 'q', partition: 'q' }],
    );
    const gates: Fact[] = [];
    const acted: unknown[] = [];
    const plan = planFor({
      source,
      options: { orderBy: 'none', concurrency: 2 },
      act: async ({ data }) => {
        const gate = new Fact();
        gates.push(gate);
        await gate.happened;
        acted.push(data);
      },
    });
    const { pipeline, revoke } = withRevoke(plan);
    const end = pipeline.run(false);
    await eventually(() => gates.length === 2);
    const revoked = revoke(['p'], 10_000);
    gates[0]?.happen();
    gates[1]?.happen();
    await revoked;
    await eventually(() => gates.length === 3);
    gates[2]?.happen();
    await eventually(() => acted.length === 3);
    expect(acted).toEqual(['p0', 'p1', 'q']);
    expect(source.next('p')).toBe(2);
    expect(pipeline.stats).toMatchObject({ read: 11, acted: 3, revoked: 8 });
    pipeline.stop('enough');
    await end;
  });

  it('are not waited for beyond the deadline, whatever the garbage collector takes', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const plan = planFor({ source: staying(['hangs']), act: () => new Promise(() => undefined) });
    const { pipeline, revoke } = withRevoke(plan);
    const end = pipeline.run(false);
    await eventually(() => pipeline.stats.inFlight === 1);
    const collecting = setInterval(collect, 20);
    await revoke(['p'], 300);
    clearInterval(collecting);
    pipeline.stop('enough');
    await end;
  });

  it('do not wait for what sleeps before a retry, and do not try it again', async () => {
    const attempts: unknown[] = [];
    const source = staying(['soon', 'late']);
    const plan = planFor({
      source,
      options: { orderBy: 'none' },
      act: ({ data }) => {
        attempts.push(data);
        const retryAfterMs = data === 'soon' ? 300 : 60_000;
        throw new EvrunError('EVR_ACTION', 'no', { retry: 'later', retryAfterMs });
      },
    });
    const { pipeline, revoke } = withRevoke(plan);
    const end = pipeline.run(false);
    await eventually(() => pipeline.stats.retries === 2);
    await revoke(['p'], 60_000);
    await eventually(() => source.polls > 300);
    expect(attempts).toEqual(['soon', 'late']);
    pipeline.stop('enough');
    await end;
  });

  it('once gone, have no further step begun for what was in work', async () => {
    const gate = new Fact();
    const acted: unknown[] = [];
    const source = staying([{ value: 'a', partition: 'p' }], [{ value: 'b', partition: 'q' }]);
    const plan = planFor({
      source,
      steps: [
        async (event) => {
          if (event.data === 'a') await gate.happened;
          return event;
        },
      ],
      act: ({ data }) => void acted.push(data),
    });
    const { pipeline, revoke } = withRevoke(plan);
    const end = pipeline.run(false);
    await eventually(() => pipeline.stats.inFlight === 1 && acted.length === 1);
    await revoke(['p'], 5);
    gate.happen();
    const { polls } = source;
    await eventually(() => source.polls > polls + 5);
    expect(acted).toEqual(['b']);
    pipeline.stop('enough');
    await end;
  });

  it('give their places under --max-events back', async () => {
    const gate = new Fact();
    const source = staying(
      ['a', 'b', 'c'].map((value) => ({ value, partition: 'p' })),
      ['d', 'e'].map((value) => ({ value, partition: 'q' })),
    );
    const plan = planFor({
      source,
      limits: { maxEvents: 3 },
      options: { orderBy: 'source' },
      act: () => gate.happened,
    });
    const { pipeline, revoke } = withRevoke(plan);
    const end = pipeline.run(false);
    await eventually(() => pipeline.stats.read === 3);
    const revoked = revoke(['p'], 10_000);
    gate.happen();
    await revoked;
    expect((await end).reason).toBe('--max-events 3 reached');
    expect(source.next('p')).toBe(1);
    expect(source.next('q')).toBe(2);
  });

  describe('by an action that takes batches', () => {
    const batching = (maxEvents: number, actBatch: NonNullable<Action['actBatch']>): Partial<Action> => ({
      batch: { maxEvents, maxBytes: 1_000_000, lingerMs: 0, keepsOrder: true, concurrent: 1 },
      actBatch,
    });

    it('are not sent any more, though they wait in a batch', async () => {
      const gate = new Fact();
      const sent: unknown[] = [];
      const source = staying([{ value: 'a', partition: 'q' }], [{ value: 'b', partition: 'p' }]);
      const action = batching(1, async (events) => {
        for (const { data } of events) sent.push(data);
        if (sent.length === 1) await gate.happened;
        return events.map(() => undefined);
      });
      const { pipeline, revoke } = withRevoke(planFor({ source, action }));
      const end = pipeline.run(false);
      await eventually(() => sent.length === 1 && pipeline.stats.inFlight === 2);
      const revoked = revoke(['p'], 10_000);
      gate.happen();
      await revoked;
      const { polls } = source;
      await eventually(() => source.polls > polls + 5);
      expect(sent).toEqual(['a']);
      pipeline.stop('enough');
      await end;
    });

    it('do not hold up events of the same key in other partitions', async () => {
      const sent: unknown[] = [];
      const source = staying(
        ['k=1', 'k=2'].map((value) => ({ value, partition: 'p' })),
        [{ value: 'k=3', partition: 'q' }],
      );
      const action = batching(10, async (events) => {
        let failed = false;
        return events.map(({ data }) => {
          if (failed) return { notTried: true as const };
          sent.push(data);
          failed = data === 'k=1';
          return failed ? { failed: new Error('no') } : undefined;
        });
      });
      const plan = planFor({ source, action, options: { retryBackoffMs: 200 } });
      const { pipeline, revoke } = withRevoke(plan);
      const end = pipeline.run(false);
      await eventually(() => pipeline.stats.retries === 1);
      await revoke(['p'], 10_000);
      await eventually(() => sent.includes('k=3'));
      expect(sent.filter((data) => data === 'k=1')).toHaveLength(1);
      await eventually(() => source.next('q') === 1);
      pipeline.stop('enough');
      await end;
    });
  });
});
