import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, Fact } from '../../engine/kit.ts';
import { KEYS, REGION } from '../../services/fauxqs.ts';
import { SqsBench } from './kit.ts';

interface Got {
  readonly data: unknown;
  readonly meta: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
}

describe('a message of SNS', () => {
  let bench: SqsBench;
  afterEach(() => bench.stop());

  async function publish(raw: boolean): Promise<void> {
    bench = await SqsBench.start();
    const credentials = { accessKeyId: KEYS.access_key_id, secretAccessKey: KEYS.secret_access_key };
    const sns = new SNSClient({ region: REGION, endpoint: bench.server.url, credentials });
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'topic' }));
    const Endpoint = `arn:aws:sqs:${REGION}:000000000000:q`;
    const Attributes = { RawMessageDelivery: String(raw) };
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes }));
    const MessageAttributes = {
      word: { DataType: 'String', StringValue: 'grün' },
      bytes: { DataType: 'Binary', BinaryValue: Uint8Array.from([0, 255]) },
    };
    await sns.send(new PublishCommand({ TopicArn, Subject: 'about', Message: '{"n":1}', MessageAttributes }));
    sns.destroy();
  }

  async function received(config: object = {}): Promise<Got> {
    const got = new Fact<Got>();
    bench.run(
      (event) => {
        const { record } = (event as never as { origin: { record: { headers: Got['headers'] } } }).origin;
        got.happen({ data: event.data, meta: event.meta, headers: record.headers });
      },
      { config },
    );
    return got.happened;
  }

  it('is taken out of its envelope; subject and attributes are headers', async () => {
    await publish(false);
    const { data, headers, meta } = await received();
    expect(data).toEqual({ n: 1 });
    expect({ ...headers }).toEqual({
      word: 'grün',
      bytes: Buffer.from([0, 255]),
      'x-amz-sns-message-id': expect.any(String),
      'x-amz-sns-topic-arn': `arn:aws:sns:${REGION}:000000000000:topic`,
      'x-amz-sns-subject': 'about',
    });
    expect(meta).toMatchObject({
      sqs: {
        sns: { subject: 'about', topic_arn: expect.stringMatching(/topic$/) },
        attributes: { word: 'grün', bytes: 'AP8=' },
      },
    });
  });

  it('keeps its envelope where the recipe wants it', async () => {
    await publish(false);
    const { data } = await received({ sns: 'none' });
    expect(data).toMatchObject({ Type: 'Notification', Message: '{"n":1}', Subject: 'about' });
  });

  it('that is delivered raw is taken as it is', async () => {
    await publish(true);
    const { data, headers } = await received();
    expect(data).toEqual({ n: 1 });
    expect({ ...headers }).toMatchObject({ word: 'grün', bytes: Buffer.from([0, 255]) });
  });

  // Guard: with the verifier left out the event is acted on.
  it('whose signature is not SNS’s becomes a dead letter where signatures are asked for', async () => {
    bench = await SqsBench.start();
    const envelope = {
      Type: 'Notification',
      MessageId: 'id',
      TopicArn: `arn:aws:sns:${REGION}:000000000000:topic`,
      Message: '{"n":1}',
      Timestamp: '2026-11-21T00:00:00.000Z',
      SignatureVersion: '2',
      Signature: 'AAAA',
      SigningCertURL: 'https://example.com/SimpleNotificationService-1.pem',
    };
    await bench.queue.send([JSON.stringify(envelope), '{"n":2}']);
    const { stats } = bench.run(() => undefined, { config: { verify_sns: true } });
    await eventually(() => stats.dead === 2);
    expect(stats.acted).toBe(0);
    const letters = bench.letters.letters.map(({ evrun }) => evrun);
    expect(letters.map(({ error }) => error)).toEqual([
      {
        code: 'EVR_REFUSED',
        message: expect.stringMatching(/refused: its certificate is not at an address of SNS/),
      },
      { code: 'EVR_REFUSED', message: expect.stringMatching(/refused: it did not come through SNS/) },
    ]);
    const raw = letters.map((letter) => Buffer.from(letter.raw as string, 'base64').toString());
    expect(raw).toEqual([JSON.stringify(envelope), '{"n":2}']);
  });
});
