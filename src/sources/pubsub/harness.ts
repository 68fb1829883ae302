import { randomUUID } from 'node:crypto';
import { noEmulator, sharedEmulator } from '../../../test/services/pubsub.ts';
import { startPubSubProxy } from '../../../test/services/pubsub-proxy.ts';
import type { Event } from '../../contract/event.ts';
import type { SourceHarness } from '../../contract/harness.ts';

/** All messages have one ordering key: the suite asks for their order. */
const orderingKey = 'k';

/** Where the emulator is not found every scenario is skipped, with the reason. */
const everything = (reason: string) => new Proxy({}, { get: () => reason }) as Record<string, string>;

export const harness: SourceHarness = {
  kind: 'source',
  skips: noEmulator === undefined ? {} : everything(noEmulator),
  async start() {
    const emulator = await sharedEmulator();
    const name = `harness-${randomUUID()}`;
    const proxy = await startPubSubProxy(emulator.url);
    await emulator.create(
      { topic: name, subscription: name },
      { ackDeadlineSeconds: 10, enableMessageOrdering: true, retainAckedMessages: true },
    );
    const subscription = `projects/${emulator.project}/subscriptions/${name}`;
    await emulator.call('PUT', `snapshots/${name}`, { subscription });
    proxy.snapshot = `projects/${emulator.project}/snapshots/${name}`;
    const publish = (lines: readonly string[]) =>
      emulator.publish(
        name,
        lines.map((data) => ({ data, orderingKey })),
      );
    return {
      config: { subscription, endpoint: proxy.url },
      put: async (numbers) => {
        await publish(numbers.map((n) => JSON.stringify({ n })));
      },
      putPoison: async () => {
        await publish(['{"n": ']);
      },
      readN: (event: Event) => (event.data as { n: number }).n,
      breakDown: () => proxy.breakDown(),
      recover: () => proxy.recover(),
      stop: async () => {
        await proxy.stop();
        await emulator.call('DELETE', `subscriptions/${name}`);
      },
    };
  },
};
