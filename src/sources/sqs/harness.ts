import { startAwsProxy } from '../../../test/services/aws-proxy.ts';
import { KEYS, REGION, startFauxqs } from '../../../test/services/fauxqs.ts';
import { createQueue } from '../../../test/services/sqs-world.ts';
import type { Event } from '../../contract/event.ts';
import type { SourceHarness } from '../../contract/harness.ts';

export const harness: SourceHarness = {
  kind: 'source',
  skips: {
    'starts anew when the stored position is to be ignored, and only that once':
      'SQS cannot go back: --reset-offsets is refused before the start',
  },
  async start() {
    const server = await startFauxqs();
    const proxy = await startAwsProxy(server.url);
    const queue = await createQueue(server, 'suite');
    return {
      // One receive at a time: the fake keeps the order of a standard queue then, which SQS does not promise.
      config: {
        queue_url: queue.url,
        endpoint: proxy.url,
        region: REGION,
        ...KEYS,
        receivers: 1,
        wait_time_seconds: 1,
        // A long poll whose connection broke goes on in the queue, and may hide what is sent meanwhile for so long.
        visibility_timeout_seconds: 5,
      },
      put: (numbers) => queue.send(numbers.map((n) => JSON.stringify({ n }))),
      putPoison: () => queue.send(['{"n":']),
      readN: (event: Event) => (event.data as { n: number }).n,
      breakDown: () => proxy.breakDown(),
      recover: () => proxy.recover(),
      async stop() {
        queue.close();
        await proxy.stop();
        await server.stop();
      },
    };
  },
};
