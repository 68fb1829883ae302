import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually, Fact } from '../../engine/kit.ts';
import { startElasticMq } from '../../services/elasticmq.ts';
import type { FakeAws } from '../../services/fauxqs.ts';
import { nOf, SqsBench } from './kit.ts';

/** On ElasticMQ, which hands out many messages of one group at once and is strict about receipts. */
describe('a FIFO queue', () => {
  let server: FakeAws;
  let bench: SqsBench;
  let queues = 0;
  beforeAll(async () => {
    server = await startElasticMq();
  }, 300_000);
  afterAll(() => server.stop());
  afterEach(() => bench.stop());

  async function fifo(): Promise<SqsBench> {
    queues += 1;
    const attributes = { FifoQueue: 'true', ContentBasedDeduplication: 'true' };
    const running = { url: server.url, stop: async () => undefined };
    bench = await SqsBench.on(running, `q${queues}.fifo`, attributes);
    return bench;
  }

  /** `count` messages, group by group in turn. */
  async function fill(count: number, groups: number): Promise<void> {
    const bodies = Array.from({ length: count }, (_, n) => JSON.stringify({ n, group: `g${n % groups}` }));
    await bench.queue.send(bodies, (_, i) => ({ MessageGroupId: `g${i % groups}` }));
  }

  const groupOf = (event: { data: unknown }) => (event.data as { group: string }).group;
  const inOrder = (numbers: readonly number[]) => expect(numbers).toEqual([...numbers].sort((a, b) => a - b));

  it('has its groups acted on in their order, never two of one at once, and side by side', async () => {
    await fifo();
    await fill(120, 4);
    const seen = new Map<string, number[]>();
    const running = new Map<string, number>();
    let most = 0;
    const { stats } = bench.run(async (event) => {
      const group = groupOf(event);
      running.set(group, (running.get(group) ?? 0) + 1);
      expect(running.get(group)).toBe(1);
      most = Math.max(
        most,
        [...running.values()].reduce((sum, n) => sum + n, 0),
      );
      await new Promise((resolve) => setTimeout(resolve, 3));
      seen.set(group, [...(seen.get(group) ?? []), nOf(event)]);
      running.set(group, 0);
    });
    await eventually(() => stats.acted === 120);
    for (const numbers of seen.values()) {
      expect(numbers).toHaveLength(30);
      inOrder(numbers);
    }
    expect(most).toBeGreaterThan(1);
    expect(stats.dead).toBe(0);
  });

  it('keeps its order over a restart', async () => {
    await fifo();
    await fill(60, 2);
    const seen: number[] = [];
    const enough = new Fact();
    const first = bench.run(
      (event) => {
        seen.push(nOf(event));
        if (seen.length === 17) enough.happen();
        return seen.length >= 17 ? new Promise(() => undefined) : undefined;
      },
      { options: { shutdownTimeoutMs: 300 } },
    );
    await enough.happened;
    first.pipeline.stop('by a test');
    await first.end;
    const before = seen.splice(0).slice(0, 16);
    const { stats } = bench.run((event) => void seen.push(nOf(event)));
    await eventually(() => new Set([...before, ...seen]).size === 60);
    expect(stats.dead).toBe(0);
    for (const parity of [0, 1]) {
      inOrder(before.filter((n) => n % 2 === parity));
      inOrder(seen.filter((n) => n % 2 === parity));
    }
  });

  // Guard: with all of a group in one request, later ones are deleted while the first is not.
  it('has the messages of a group deleted in their order, also when SQS fails to delete one', async () => {
    await fifo();
    await fill(12, 1);
    let failures = 3;
    const handles: string[] = [];
    const deleted: string[] = [];
    bench.proxy.rewrite = ({ operation, body }, answer) => {
      if (operation === 'ReceiveMessage') {
        const { Messages = [] } = JSON.parse(answer.body) as { Messages?: { ReceiptHandle: string }[] };
        handles.push(...Messages.map(({ ReceiptHandle }) => ReceiptHandle));
      }
      if (operation === 'DeleteMessageBatch' && answer.status === 200) {
        const { Entries } = JSON.parse(body) as { Entries: { Id: string; ReceiptHandle: string }[] };
        deleted.push(...Entries.map(({ ReceiptHandle }) => ReceiptHandle));
      }
      return answer;
    };
    bench.proxy.faults.push(({ operation, body }) => {
      if (operation !== 'DeleteMessageBatch' || failures-- <= 0) return undefined;
      const { Entries } = JSON.parse(body) as { Entries: { Id: string }[] };
      const Failed = [{ Id: Entries[0]?.Id, Code: 'InternalError', SenderFault: false }];
      const Successful = Entries.slice(1).map(({ Id }) => ({ Id }));
      return { status: 200, body: JSON.stringify({ Failed, Successful }) };
    });
    const { stats } = bench.run(() => undefined);
    await eventually(() => deleted.length === 12);
    expect(stats.acted).toBe(12);
    expect(deleted).toEqual(handles);
  });

  it('or a standard one tells of a receipt that is out of date as the repeat that it may be', async () => {
    bench = await SqsBench.on({ url: server.url, stop: async () => undefined }, 'standard');
    await bench.queue.send(['{"n":1}']);
    bench.proxy.faults.push(({ operation }) =>
      operation === 'ChangeMessageVisibilityBatch' ? { status: 503, body: '' } : undefined,
    );
    const again = new Fact();
    let runs = 0;
    const { stats } = bench.run(
      () => {
        runs += 1;
        if (runs === 2) again.happen();
        return again.happened;
      },
      { config: { visibility_timeout_seconds: 2 } },
    );
    await eventually(() => stats.acted === 2);
    await eventually(() => bench.warnings().some((each) => /may come again/.test(each)));
    while ((await bench.queue.count()).hidden > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await bench.queue.count()).toEqual({ visible: 0, hidden: 0 });
  });
});
