import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../engine/kit.ts';
import { refusal } from '../../services/aws-proxy.ts';
import type { TestQueue } from '../../services/sqs-world.ts';
import { benchWithPolicy, numbered, SqsBench } from './kit.ts';

const running = (stats: { acted: number }) => eventually(() => stats.acted === 1);
const FIFO = { FifoQueue: 'true', ContentBasedDeduplication: 'true' };

describe('the redrive policy of a queue', () => {
  let bench: SqsBench;
  let dead: TestQueue | undefined;
  afterEach(async () => {
    dead?.close();
    dead = undefined;
    await bench.stop();
  });

  const begin = async (count: number, more = {}) => {
    ({ bench, dead } = await benchWithPolicy(count, more));
  };
  // Guard: without the check a message that fails comes again for ever, and nothing says so.
  it('must be there for `on_dead: leave`: else the pipeline ends at once with exit code 4', async () => {
    bench = await SqsBench.start();
    const { end } = bench.run(() => undefined, { config: { on_dead: 'leave' } });
    const { exitCode, reason } = await end;
    expect(exitCode).toBe(4);
    expect(reason).toMatch(/the queue http.*\/q has no redrive policy: .*remove `on_dead`/);
    expect(bench.proxy.seen.some(({ operation }) => operation === 'ReceiveMessage')).toBe(false);
  });

  it.each([
    ['leave', 'warn', /may not look at the redrive policy .*GetQueueAttributes.*for ever/],
    ['delete', 'info', /may not look at the redrive policy .*GetQueueAttributes/],
  ])('is not demanded where the account may not ask for it (on_dead: %s)', async (on_dead, level, said) => {
    bench = await SqsBench.start();
    bench.proxy.faults.push(({ operation }) =>
      operation === 'GetQueueAttributes' ? refusal('AccessDenied', 'no', 403) : undefined,
    );
    await bench.queue.send(numbered(1));
    const { stats } = bench.run(() => undefined, { config: { on_dead } });
    await running(stats);
    expect(bench.log.lines.find((line) => said.test(line.sentence))?.level).toBe(level);
  });

  it('that takes messages before their retries are over is warned of, with both numbers', async () => {
    await begin(3);
    await bench.queue.send(numbered(1));
    const { stats } = bench.run(() => undefined, { options: { retryCount: 3 } });
    await running(stats);
    expect(bench.warnings()).toEqual([
      expect.stringMatching(
        /after 3 receives \(maxReceiveCount\), before it was tried 4 times \(retry_count 3\)/,
      ),
    ]);
  });

  it.each([
    ['as often as retry_count demands', 4, {}],
    ['less often, on a FIFO queue, whose retries are no receives', 1, FIFO],
  ])('that hands messages out %s is not warned of', async (_, count, more) => {
    await begin(count, more);
    await bench.queue.send(numbered(1), () => ('FifoQueue' in more ? { MessageGroupId: 'g' } : {}));
    const { stats } = bench.run(() => undefined, { options: { retryCount: 3 } });
    await running(stats);
    expect(bench.warnings()).toEqual([]);
  });

  it('counts dry runs, which say so', async () => {
    await begin(2);
    await bench.queue.send(numbered(1));
    for (let i = 0; i < 3; i += 1) {
      const { end } = bench.run(() => undefined, { limits: { dryRun: true, untilCaughtUp: true } });
      expect((await end).exitCode).toBe(0);
    }
    expect(await dead?.count()).toEqual({ visible: 1, hidden: 0 });
    expect(bench.warnings()[0]).toMatch(
      /a dry run .* counts as a receive: after 2 of them \(maxReceiveCount\)/,
    );
  });

  it('need not be there for dry runs to use up attempts, which they say', async () => {
    bench = await SqsBench.start();
    const { end } = bench.run(() => undefined, {
      limits: { dryRun: true, untilCaughtUp: true },
      options: { retryCount: 2 },
    });
    expect((await end).exitCode).toBe(0);
    expect(bench.warnings()).toEqual([expect.stringMatching(/one of the 3 that a message has/)]);
  });
});

describe('a queue that was seen at the start', () => {
  let bench: SqsBench;
  afterEach(() => bench.stop());

  // Guard: with the first receive as the only proof, the pipeline ends with exit code 5 at once.
  it('and is gone at the first receive is waited for', async () => {
    bench = await SqsBench.start();
    let gone = true;
    bench.proxy.faults.push(({ operation }) =>
      gone && operation === 'ReceiveMessage' ? refusal('QueueDoesNotExist') : undefined,
    );
    await bench.queue.send(numbered(1));
    const { pipeline, stats } = bench.run(() => undefined);
    const state = () => pipeline.health().state;
    await eventually(() => state() === 'outage' || state() === 'ended');
    expect(state()).toBe('outage');
    gone = false;
    await running(stats);
  });
});
