import { afterEach, describe, expect, it } from 'vitest';
import { eventually, Fact } from '../../engine/kit.ts';
import { nOf, numbered, SqsBench } from './kit.ts';

describe('a stop of the source sqs', () => {
  let bench: SqsBench;
  afterEach(() => bench.stop());

  // Guard: with the receive aborted at the stop, the message is hidden for a visibility timeout.
  it('waits for the receive that runs, and gives back at once what it brings', async () => {
    bench = await SqsBench.start();
    const { pipeline, end, stats } = bench.run(() => undefined, { config: { wait_time_seconds: 20 } });
    await eventually(() => bench.proxy.seen.some(({ operation }) => operation === 'ReceiveMessage'));
    pipeline.stop('by a test');
    await bench.queue.send(numbered(1));
    expect((await end).exitCode).toBe(0);
    expect(stats.acted).toBe(0);
    expect(await bench.queue.count()).toEqual({ visible: 1, hidden: 0 });
    const waited = bench.proxy.seen.map(
      ({ body }) => (JSON.parse(body) as { WaitTimeSeconds?: number }).WaitTimeSeconds,
    );
    expect(waited.filter((seconds) => seconds !== undefined)).toEqual([8]);
  });

  it('gives back what has not begun, and finishes what has', async () => {
    bench = await SqsBench.start();
    await bench.queue.send(numbered(40));
    const begun = new Fact();
    const letGo = new Fact();
    let acted = 0;
    const { pipeline, end } = bench.run(
      async () => {
        begun.happen();
        await letGo.happened;
        acted += 1;
      },
      { options: { concurrency: 4, shutdownTimeoutMs: 8_000 }, config: { receivers: 2 } },
    );
    await begun.happened;
    // More than the four that may begin.
    await eventually(
      () => bench.proxy.seen.filter(({ operation }) => operation === 'ReceiveMessage').length > 1,
    );
    pipeline.stop('by a test');
    letGo.happen();
    expect((await end).exitCode).toBe(0);
    expect(acted).toBe(4);
    expect(await bench.queue.count()).toEqual({ visible: 36, hidden: 0 });
  });

  it('deletes what was done, though the last deletions failed once', async () => {
    bench = await SqsBench.start();
    await bench.queue.send(numbered(5));
    const { pipeline, end, stats } = bench.run(() => undefined, { options: { commitIntervalMs: 60_000 } });
    await eventually(() => stats.acted === 5);
    let failures = 1;
    bench.proxy.faults.push(({ operation }) =>
      operation === 'DeleteMessageBatch' && failures-- > 0 ? { status: 500, body: '' } : undefined,
    );
    pipeline.stop('by a test');
    await end;
    expect(await bench.queue.count()).toEqual({ visible: 0, hidden: 0 });
  });

  it('is not held up by a server that never answers', async () => {
    bench = await SqsBench.start();
    bench.proxy.faults.push(({ operation }) => (operation === 'ReceiveMessage' ? 'hang' : undefined));
    const { pipeline, end } = bench.run(() => undefined, { config: { wait_time_seconds: 0 } });
    await eventually(() => bench.proxy.seen.some(({ operation }) => operation === 'ReceiveMessage'));
    pipeline.stop('by a test');
    await end;
    expect(bench.warnings().join('\n')).toMatch(/did not answer in time/);
  });

  it('by failure_mode THROW gives the failed message back', async () => {
    bench = await SqsBench.start();
    await bench.queue.send(numbered(3));
    const { end } = bench.run(
      (event) => {
        if (nOf(event) === 1) throw new Error('no');
      },
      { options: { failureMode: 'THROW', retryCount: 0 } },
    );
    expect((await end).exitCode).toBe(3);
    const { visible, hidden } = await bench.queue.count();
    expect(hidden).toBe(0);
    expect(visible).toBeGreaterThanOrEqual(1);
  });
});
