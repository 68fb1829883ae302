import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import type { Consumer, KafkaClient } from '../../../src/support/kafka/client.ts';
import { type KafkaCluster, sharedKafka, startKafka } from '../../services/kafka.ts';
import { Opened } from './kit.ts';

const opened = new Opened();
afterEach(() => opened.closeAll());

const bob = (password: string) => ({
  'security.protocol': 'SASL_PLAINTEXT',
  'sasl.mechanism': 'PLAIN',
  'sasl.username': 'bob',
  'sasl.password': password,
});

/** A consumer that has read the record of `topic`. */
async function reading(kafka: KafkaCluster, client: KafkaClient, topic: string): Promise<Consumer> {
  const groupId = `g-${topic}`;
  await kafka.createTopic(topic);
  await kafka.grant('bob', { topic, to: 'read' });
  await kafka.grant('bob', { group: groupId });
  const producer = kafka.oracle().producer();
  await producer.connect();
  await producer.send({ topic, messages: [{ value: '1' }] });
  await producer.disconnect();
  const consumer = client.consumer({ groupId });
  opened.later(() => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.run({ eachMessage: async () => resolve() }).catch(reject);
  });
  return consumer;
}

/** What ends it for good: kafkajs says `restart: false` and does nothing more. */
function ended(consumer: Consumer): Promise<unknown> {
  return new Promise((resolve) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) resolve(payload.error);
    });
  });
}

test('a right that is taken away while it runs is a refusal', async () => {
  const kafka = await sharedKafka();
  const topic = `t-${randomUUID()}`;
  const client = await opened.client(kafka.sasl, bob('bob-secret'));
  const end = ended(await reading(kafka, client, topic));
  await kafka.revoke('bob', { topic, to: 'read' });
  const error = client.explain(await end, `read topic ${topic}`);
  expect(error.message).toMatch(/user "bob" may not use the topic/);
  expect(error).toMatchObject({ code: 'EVR_REFUSED', retry: 'never' });
}, 120_000);

test('a password that is changed while it runs is a refusal', async () => {
  const kafka = await startKafka();
  opened.later(() => kafka.stop());
  const topic = `t-${randomUUID()}`;
  const client = await opened.client(kafka.sasl, bob('bob-secret'));
  const end = ended(await reading(kafka, client, topic));
  await kafka.kill();
  kafka.setPassword('bob', 'another-secret');
  await kafka.restart();
  const error = client.explain(await end, `read topic ${topic}`);
  expect(error.message).toMatch(/did not accept user "bob" with this password/);
  expect(error).toMatchObject({ code: 'EVR_REFUSED', retry: 'never' });
}, 120_000);
