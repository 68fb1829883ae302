import { randomBytes, randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { type KafkaCluster, sharedKafka } from '../../services/kafka.ts';
import { Opened } from './kit.ts';

const { CompressionTypes } = kafkajs;

let kafka: KafkaCluster;
const opened = new Opened();

beforeAll(async () => {
  kafka = await sharedKafka();
}, 120_000);

afterEach(() => opened.closeAll());

/** Small ones, empty ones, repetitive and incompressible ones; several blocks of every codec. */
const VALUES = [
  'a',
  '',
  'x'.repeat(300_000),
  randomBytes(100_000).toString('hex'),
  ...Array.from({ length: 500 }, (_, n) => `{"n":${n}}`),
];

async function produced(topic: string, compression: number): Promise<void> {
  const producer = (await opened.client(kafka.plaintext)).producer();
  opened.later(() => producer.disconnect());
  await producer.connect();
  await producer.send({ topic, compression, messages: VALUES.map((value) => ({ value })) });
}

async function consumed(topic: string): Promise<string[]> {
  const consumer = (await opened.client(kafka.plaintext)).consumer({ groupId: `g-${topic}` });
  opened.later(() => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  return new Promise((resolve, reject) => {
    const values: string[] = [];
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) reject(payload.error);
    });
    const eachMessage = async ({ message }: { message: { value: Buffer | null } }) => {
      values.push(String(message.value));
      if (values.length === VALUES.length) resolve(values);
    };
    consumer.run({ eachMessage }).catch(reject);
  });
}

// Trap: a snappy, lz4 or zstd batch without a codec ends the consumer for good. Without registerCodecs these are red.
test.each(['gzip', 'snappy', 'lz4', 'zstd'])(
  'a batch that the broker compressed with %s is read',
  async (codec) => {
    const topic = `${codec}-${randomUUID()}`;
    await kafka.createTopic(topic, { config: { 'compression.type': codec } });
    await produced(topic, CompressionTypes.None);
    expect(await consumed(topic)).toEqual(VALUES);
  },
);

test.each([
  ['gzip', CompressionTypes.GZIP],
  ['snappy', CompressionTypes.Snappy],
  ['lz4', CompressionTypes.LZ4],
])('the broker reads a batch that was compressed with %s here', async (codec, type) => {
  const topic = `${codec}-${randomUUID()}`;
  await kafka.createTopic(topic, { config: { 'compression.type': 'uncompressed' } });
  await produced(topic, type);
  expect(await consumed(topic)).toEqual(VALUES);
});
