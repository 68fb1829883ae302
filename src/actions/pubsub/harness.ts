import { randomUUID } from 'node:crypto';
import { noEmulator, sharedEmulator } from '../../../test/services/pubsub.ts';
import { startPubSubProxy } from '../../../test/services/pubsub-proxy.ts';
import type { ActionHarness } from '../../contract/harness.ts';

/** Where the emulator is not found every scenario is skipped, with the reason. */
const everything = (reason: string) => new Proxy({}, { get: () => reason }) as Record<string, string>;

export const harness: ActionHarness = {
  kind: 'action',
  skips: noEmulator === undefined ? {} : everything(noEmulator),
  async start() {
    const emulator = await sharedEmulator();
    const name = `harness-${randomUUID()}`;
    const proxy = await startPubSubProxy(emulator.url);
    await emulator.create({ topic: name, subscription: name }, { enableMessageOrdering: true });
    const failures: number[] = [];
    let hang = false;
    proxy.fault = () => {
      if (hang) {
        hang = false;
        return 'hang';
      }
      const status = failures.shift();
      return status === undefined ? undefined : { status };
    };
    return {
      config: {
        topic: name,
        project: emulator.project,
        endpoint: proxy.url,
        ordering_key: '${{ has(event.key) ? event.key : "" }}',
      },
      async received() {
        const all = await emulator.take(name);
        return all.map(({ attributes }) => attributes?.['ce-id'] ?? '');
      },
      async failNext(n, how) {
        for (let i = 0; i < n; i += 1) failures.push(how === 'later' ? 503 : 400);
      },
      async hangNext() {
        hang = true;
      },
      async stop() {
        await proxy.stop();
        await emulator.call('DELETE', `subscriptions/${name}`);
      },
    };
  },
};
