import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { awsActionWorld } from '../../../test/services/aws-action-world.ts';
import { startAwsProxy } from '../../../test/services/aws-proxy.ts';
import { KEYS, REGION, startFauxqs } from '../../../test/services/fauxqs.ts';
import { createQueue } from '../../../test/services/sqs-world.ts';
import type { ActionHarness } from '../../contract/harness.ts';

const REFUSAL = `<PublishBatchResponse><PublishBatchResult><Failed><member><Id>0</Id><Code>InvalidParameter</Code>
<Message>not &quot;this&quot;</Message><SenderFault>true</SenderFault></member></Failed></PublishBatchResult></PublishBatchResponse>`;

export const harness: ActionHarness = {
  kind: 'action',
  async start() {
    const server = await startFauxqs();
    const proxy = await startAwsProxy(server.url);
    const queue = await createQueue(server, 'out');
    const credentials = { accessKeyId: KEYS.access_key_id, secretAccessKey: KEYS.secret_access_key };
    const sns = new SNSClient({ region: REGION, endpoint: server.url, credentials });
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'topic' }));
    const Endpoint = `arn:aws:sqs:${REGION}:000000000000:out`;
    const Attributes = { RawMessageDelivery: 'true' };
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes }));
    sns.destroy();
    return awsActionWorld({
      server,
      proxy,
      queue,
      config: { topic_arn: TopicArn, endpoint: proxy.url, ...KEYS },
      operation: 'PublishBatch',
      refuseOne: () => ({ status: 200, headers: { 'content-type': 'text/xml' }, body: REFUSAL }),
    });
  },
};
