import { afterEach, describe, expect, it } from 'vitest';
import type { ActionDefinition, FormatDefinition } from '../../../src/contract/define.ts';
import type { PipelineOptions } from '../../../src/contract/pipeline.ts';
import { Pipeline } from '../../../src/engine/pipeline.ts';
import { loadConnector } from '../../../src/registry.ts';
import { MemorySource, planFor } from '../../engine/kit.ts';
import { KEYS, REGION } from '../../services/fauxqs.ts';
import { SqsBench } from '../../sources/sqs/kit.ts';
import { checked, partContext, temporaryHome } from '../../suites/parts.ts';

const FIFO = { FifoQueue: 'true', ContentBasedDeduplication: 'false' };
const CUSTOMERS = 4;
const COUNT = 60;

describe('groups of the action sqs', () => {
  let bench: SqsBench;
  afterEach(() => bench.stop());

  /** Sends `COUNT` events, customers in turn, and fails every `failing`th request; returns how many it took. */
  async function send(
    queue: 'q' | 'q.fifo',
    key: string | undefined,
    options: Partial<PipelineOptions>,
    failing = Number.POSITIVE_INFINITY,
  ): Promise<number> {
    const isFifo = queue === 'q.fifo';
    bench = await SqsBench.start(queue, isFifo ? FIFO : {});
    let requests = 0;
    bench.proxy.faults.push(({ operation }) => {
      if (operation !== 'SendMessageBatch') return undefined;
      requests += 1;
      return requests % failing === 0 ? { status: 500, body: '' } : undefined;
    });
    const home = await temporaryHome();
    const store = await home.openStore();
    const definition = (await loadConnector('action', 'sqs')) as ActionDefinition;
    const json = (await loadConnector('format', 'json')) as FormatDefinition;
    const config = { queue_url: bench.queue.url, endpoint: bench.proxy.url, region: REGION, ...KEYS };
    const group = isFifo ? { group_id: '${{ event.data.customer }}' } : {};
    const all = checked(definition, { ...config, ...group, mode: 'data' });
    const lines = Array.from({ length: COUNT }, (_, n) =>
      JSON.stringify({ n, id: `id${n}`, customer: `c${n % CUSTOMERS}` }),
    );
    const pipeline = new Pipeline(
      planFor({
        source: new MemorySource(lines),
        format: json.create(checked(json, key === undefined ? {} : { key }) as never),
        action: await definition.create(all as never, partContext(store, 'action')),
        options: { retryCount: 20, ...options },
      }),
    );
    const { exitCode } = await pipeline.run(false);
    await store.close();
    await home.remove();
    expect(exitCode).toBe(0);
    expect(pipeline.stats).toMatchObject({ acted: COUNT, dead: 0 });
    return requests;
  }

  /** The numbers in the queue by group, in its order: fauxqs hands out one message of a group at a time. */
  async function inQueue(): Promise<Map<string, number[]>> {
    const { DeleteMessageCommand } = await import('@aws-sdk/client-sqs');
    const groups = new Map<string, number[]>();
    for (;;) {
      const messages = await bench.queue.receive();
      if (messages.length === 0) return groups;
      for (const { Body, ReceiptHandle } of messages) {
        const { n, customer } = JSON.parse(Body as string) as { n: number; customer: string };
        groups.set(customer, [...(groups.get(customer) ?? []), n]);
        await bench.queue.client.send(new DeleteMessageCommand({ QueueUrl: bench.queue.url, ReceiptHandle }));
      }
    }
  }

  const sorted = (groups: Map<string, number[]>) =>
    [...groups].map(([group, numbers]) => [group, [...numbers].sort((a, b) => a - b)]);

  // With keys other than the group, events of a group overtake one that is tried again: the documents say so.
  it.each([
    ['their events have the group as their key', 'customer', {}],
    ['`order_by: source` lets one event after the other', 'id', { orderBy: 'source' }],
    ['the source has an order and their events have no key', undefined, {}],
  ] as const)('keep their order over failures where %s', async (_, key, options) => {
    await send('q.fifo', key, options, 3);
    const groups = await inQueue();
    expect(groups.size).toBe(CUSTOMERS);
    expect([...groups]).toEqual(sorted(groups));
  });

  it('share requests of ten where `order_by: none` gives their order up, and none where a file keeps it', async () => {
    expect(await send('q', undefined, { orderBy: 'none' })).toBe(COUNT / 10);
    await bench.stop();
    expect(await send('q', undefined, {})).toBe(COUNT);
  });
});
