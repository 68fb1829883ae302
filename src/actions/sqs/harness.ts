import { awsActionWorld } from '../../../test/services/aws-action-world.ts';
import { startAwsProxy } from '../../../test/services/aws-proxy.ts';
import { KEYS, REGION, startFauxqs } from '../../../test/services/fauxqs.ts';
import { createQueue } from '../../../test/services/sqs-world.ts';
import type { ActionHarness } from '../../contract/harness.ts';

export const harness: ActionHarness = {
  kind: 'action',
  async start() {
    const server = await startFauxqs();
    const proxy = await startAwsProxy(server.url);
    const queue = await createQueue(server, 'out');
    return awsActionWorld({
      server,
      proxy,
      queue,
      config: { queue_url: queue.url, endpoint: proxy.url, region: REGION, ...KEYS },
      operation: 'SendMessageBatch',
      refuseOne: () => ({
        status: 200,
        body: JSON.stringify({ Failed: [{ Id: '0', Code: 'InvalidMessageContents', SenderFault: true }] }),
      }),
    });
  },
};
