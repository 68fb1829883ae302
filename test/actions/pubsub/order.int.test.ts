import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { execute } from '../../../src/cli/main.ts';
import { TestHost } from '../../cli/host.ts';
import { describeWithPubSub, type Emulator, sharedEmulator } from '../../services/pubsub.ts';
import { type PubSubProxy, startPubSubProxy } from '../../services/pubsub-proxy.ts';

const COUNT = 100;
/** By ordering key. */
type Published = Record<string, number[]>;

describeWithPubSub('where one message of an ordering key cannot be published at first', () => {
  let emulator: Emulator;
  let proxy: PubSubProxy;
  let name: string;
  let dir: string;

  beforeEach(async () => {
    emulator = await sharedEmulator();
    proxy = await startPubSubProxy(emulator.url);
    name = `order-${randomUUID()}`;
    await emulator.create({ topic: name });
    dir = mkdtempSync(join(tmpdir(), 'evrun-order-'));
    const lines = Array.from({ length: COUNT }, (_, n) => {
      return JSON.stringify({ n, customer: n % 2 === 0 ? 'a' : 'b', order: `order ${n}` });
    });
    writeFileSync(join(dir, 'orders.ndjson'), `${lines.join('\n')}\n`);
  });
  afterEach(async () => {
    await proxy.stop();
    rmSync(dir, { recursive: true });
  });

  /** Numbers in the order in which Pub/Sub took them. */
  async function run(key: string, options: object = {}): Promise<Published> {
    let failures = 1;
    const taken: Published = { a: [], b: [] };
    proxy.fault = ({ body }) => {
      const messages = (body['messages'] as { data: string }[]).map(({ data }) => {
        return JSON.parse(Buffer.from(data, 'base64').toString()) as { n: number; customer: string };
      });
      if (failures > 0 && messages.some(({ n }) => n === 21)) {
        failures -= 1;
        return { status: 503, headers: { 'retry-after': '1' } };
      }
      for (const { n, customer } of messages) taken[customer]?.push(n);
      return undefined;
    };
    const recipe = {
      name: 'orders',
      source: {
        type: 'file',
        config: { path: join(dir, 'orders.ndjson'), format: { type: 'json', config: { key } } },
      },
      action: {
        type: 'pubsub',
        config: {
          topic: name,
          project: emulator.project,
          endpoint: proxy.url,
          ordering_key: '${{ event.data.customer }}',
          batch_size: 10,
        },
      },
      options: { failed_events_dir: join(dir, 'logs'), ...options },
    };
    writeFileSync(join(dir, 'recipe.yml'), JSON.stringify(recipe));
    const host = new TestHost();
    const flags = ['--progress', 'never', '--state-dir', join(dir, 'state')];
    expect(await execute([join(dir, 'recipe.yml'), ...flags], host), host.errText).toBe(0);
    return taken;
  }

  const inOrder = ({ a, b }: Published) => {
    expect(a).toHaveLength(COUNT / 2);
    expect(b).toHaveLength(COUNT / 2);
    const sorted = (numbers: number[] = []) => [...numbers].sort((x, y) => x - y);
    return JSON.stringify([a, b]) === JSON.stringify([sorted(a), sorted(b)]);
  };

  it('the order is kept where the events have it as their key', async () => {
    expect(inOrder(await run('customer'))).toBe(true);
  });

  it('the order is kept where one event is worked on at a time', async () => {
    expect(inOrder(await run('order', { order_by: 'source' }))).toBe(true);
  });

  it('others overtake it where the events have other keys, as the README says', async () => {
    expect(inOrder(await run('order'))).toBe(false);
  });
});
