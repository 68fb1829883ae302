import { buildApp } from 'fauxqs';

/*
 * fauxqs: SQS and SNS in memory, in this process. What it proves: the protocol of both, visibility, redrive, FIFO
 * order, SNS's envelope and raw delivery. Where it lies: it takes any receipt handle for a deletion, and hands out
 * one message of a FIFO group per receive.
 */

export interface FakeAws {
  /** `http://127.0.0.1:port`, for `endpoint`. */
  readonly url: string;
  stop(): Promise<void>;
}

export const REGION = 'us-east-1';

/** Keys that every fake takes. */
export const KEYS = { access_key_id: 'test', secret_access_key: 'test-secret' };

export async function startFauxqs(): Promise<FakeAws> {
  const app = buildApp({ logger: false });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    url,
    stop: async () => {
      app.server.closeAllConnections();
      await app.close();
    },
  };
}
