import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/contract/clock.ts';
import { Envelope } from '../../../src/contract/envelope.ts';
import type { Format } from '../../../src/contract/format.ts';
import { eventually } from '../../engine/kit.ts';
import { startElasticMq } from '../../services/elasticmq.ts';
import { nOf, numbered, SqsBench } from './kit.ts';

/** Every event has a key of its own, as a format may find one. */
const keyed: Format = {
  decode({ value }) {
    const event = new Envelope('json', JSON.parse(String(value)));
    event.key = String(value);
    return event;
  },
};

/** What the engine does for a source that acknowledges one by one. */
describe('the engine, with the source sqs', () => {
  let bench: SqsBench;
  afterEach(() => bench.stop());

  // Guard: without `settle` for what a pure step drops, the messages come again and again.
  it('has messages deleted that a filter dropped', async () => {
    bench = await SqsBench.start();
    await bench.queue.send(numbered(40));
    const odd = {
      pure: true,
      transform: (event: never) => (nOf(event) % 2 === 1 ? event : null),
    };
    const { end, stats } = bench.run(() => undefined, {
      steps: [odd],
      limits: { untilCaughtUp: true },
    });
    expect((await end).exitCode).toBe(0);
    expect(stats).toMatchObject({ acted: 20, dropped: 20 });
    expect(await bench.queue.count()).toEqual({ visible: 0, hidden: 0 });
  });

  // Guard: given back as those of other queues are, failed messages are overtaken by their group.
  it('keeps the order of FIFO groups over failures, whatever key the events have', async () => {
    const server = await startElasticMq();
    const attributes = { FifoQueue: 'true', ContentBasedDeduplication: 'true' };
    bench = await SqsBench.on(server, 'q.fifo', attributes);
    const bodies = numbered(40);
    await bench.queue.send(bodies, (_, i) => ({ MessageGroupId: `g${i % 2}` }));
    const seen: number[] = [];
    const failed = new Set<number>();
    let running = 0;
    let most = 0;
    const { stats } = bench.run(
      async (event) => {
        running += 1;
        most = Math.max(most, running);
        await systemClock.sleep(2);
        running -= 1;
        const n = nOf(event);
        if (n % 5 === 0 && !failed.has(n)) {
          failed.add(n);
          throw new Error('once');
        }
        seen.push(n);
      },
      { format: keyed, options: { retryCount: 2 } },
    );
    await eventually(() => stats.acted === 40);
    for (const group of [0, 1]) {
      const own = seen.filter((n) => n % 2 === group);
      expect(own).toEqual([...own].sort((a, b) => a - b));
    }
    expect(most).toBeLessThanOrEqual(2);
    expect(stats).toMatchObject({ dead: 0, returned: 0 });
  }, 300_000);

  it('lets no receive last longer than a stop may take', async () => {
    bench = await SqsBench.start();
    bench.run(() => undefined, {
      context: { shutdownTimeoutMs: 5_000 },
      config: { wait_time_seconds: 20 },
    });
    const receive = () => bench.proxy.seen.find(({ operation }) => operation === 'ReceiveMessage');
    await eventually(() => receive() !== undefined);
    expect(JSON.parse(receive()?.body as string)).toMatchObject({
      WaitTimeSeconds: 3,
    });
  });
});
