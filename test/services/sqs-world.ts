import * as sqs from '@aws-sdk/client-sqs';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type FakeAws, KEYS, REGION } from './fauxqs.ts';

/** A queue as the official SDK sees it: an independent sender and checker. */
export interface TestQueue {
  /** As the server calls it. */
  readonly url: string;
  readonly client: SQSClient;
  send(
    bodies: readonly string[],
    extra?: (body: string, i: number) => Partial<sqs.SendMessageBatchRequestEntry>,
  ): Promise<void>;
  /** Messages that wait, and those that are in work. */
  count(): Promise<{ visible: number; hidden: number }>;
  receive(max?: number): Promise<readonly sqs.Message[]>;
  delete(): Promise<void>;
  close(): void;
}

export function sdkClient(server: FakeAws): SQSClient {
  const credentials = { accessKeyId: KEYS.access_key_id, secretAccessKey: KEYS.secret_access_key };
  return new SQSClient({ region: REGION, endpoint: server.url, credentials, useQueueUrlAsEndpoint: false });
}

export async function createQueue(
  server: FakeAws,
  name: string,
  attributes: Readonly<Record<string, string>> = {},
): Promise<TestQueue> {
  const client = sdkClient(server);
  const created = await client.send(
    new sqs.CreateQueueCommand({ QueueName: name, Attributes: { ...attributes } }),
  );
  const url = created.QueueUrl as string;
  return {
    url,
    client,
    async send(bodies, extra) {
      for (let i = 0; i < bodies.length; i += 10) {
        const Entries = bodies.slice(i, i + 10).map((MessageBody, j) => ({
          Id: String(j),
          MessageBody,
          ...extra?.(MessageBody, i + j),
        }));
        const { Failed } = await client.send(new sqs.SendMessageBatchCommand({ QueueUrl: url, Entries }));
        if (Failed !== undefined && Failed.length > 0) throw new Error(JSON.stringify(Failed));
      }
    },
    async count() {
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
      const command = new sqs.GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] });
      const { Attributes } = await client.send(command);
      return { visible: Number(Attributes?.[names[0]]), hidden: Number(Attributes?.[names[1]]) };
    },
    async receive(max = 10) {
      const command = new sqs.ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: max,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      });
      return (await client.send(command)).Messages ?? [];
    },
    delete: async () => {
      await client.send(new sqs.DeleteQueueCommand({ QueueUrl: url }));
    },
    close: () => client.destroy(),
  };
}
