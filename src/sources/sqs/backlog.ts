import type { Lag } from '../../contract/source.ts';
import { AwsError } from '../../support/aws/errors.ts';
import type { SqsClient } from '../../support/aws/sqs-client.ts';

/** How many messages could be received now. Those that are delayed, or hidden because somebody has them, are not counted. */
export class Backlog {
  private readonly client: SqsClient;
  private refused = false;

  constructor(client: SqsClient) {
    this.client = client;
  }

  async waiting(): Promise<number> {
    const name = 'ApproximateNumberOfMessages';
    return Number((await this.client.attributes([name]))[name] ?? 0);
  }

  /** Never throws; an account that may not ask is asked once. */
  async lag(): Promise<Lag> {
    if (this.refused) return {};
    try {
      return { events: await this.waiting() };
    } catch (error) {
      this.refused = error instanceof AwsError && error.code === 'EVR_REFUSED';
      return {};
    }
  }
}
