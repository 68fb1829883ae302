import type { ActionWorld } from '../../src/contract/harness.ts';
import { type Answer, type AwsProxy, refusal, type Seen } from './aws-proxy.ts';
import type { FakeAws } from './fauxqs.ts';
import type { TestQueue } from './sqs-world.ts';

/** What the conformance suite needs of an action that sends to AWS: faults by the proxy, events out of a queue. */
export function awsActionWorld(parts: {
  readonly server: FakeAws;
  readonly proxy: AwsProxy;
  readonly queue: TestQueue;
  readonly config: Readonly<Record<string, unknown>>;
  /** The operation that sends. */
  readonly operation: string;
  /** An answer that refuses the first entry of the request for good. */
  readonly refuseOne: (seen: Seen) => Answer;
}): ActionWorld {
  const { server, proxy, queue, config, operation, refuseOne } = parts;
  const planned: ('later' | 'never' | 'hang')[] = [];
  const ids: string[] = [];
  proxy.faults.push((seen) => {
    const next = seen.operation === operation ? planned.shift() : undefined;
    if (next === 'later') return refusal('InternalFailure', 'injected', 500);
    if (next === 'never') return refuseOne(seen);
    return next;
  });
  return {
    config,
    async received() {
      for (;;) {
        const messages = await queue.receive();
        if (messages.length === 0) return ids;
        for (const { Body } of messages) ids.push((JSON.parse(Body as string) as { id: string }).id);
      }
    },
    failNext: async (n, how) => {
      for (let i = 0; i < n; i += 1) planned.push(how);
    },
    hangNext: async () => {
      planned.push('hang');
    },
    async stop() {
      queue.close();
      await proxy.stop();
      await server.stop();
    },
  };
}
