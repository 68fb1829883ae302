import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { whyNot } from '../../../test/services/describe.ts';
import { type KafkaCluster, sharedKafka } from '../../../test/services/kafka.ts';
import type { ActionHarness } from '../../contract/harness.ts';

const waits =
  'the producer waits out by itself what passes, within one attempt: test/actions/kafka kills a broker for it';

const missing = await withoutKafka();
// Before the first test, whose time it would take.
if (missing === undefined) await sharedKafka();

export const harness: ActionHarness = {
  kind: 'action',
  async start() {
    const kafka = await sharedKafka();
    const topic = `suite-${randomUUID()}`;
    await kafka.createTopic(topic, { partitions: 4 });
    return {
      config: { connection: { bootstrap: kafka.plaintext }, topic },
      received: () => idsIn(kafka, topic),
      // The topic ends with the broker.
      stop: async () => {},
    };
  },
  skips: { failNext: waits, hangNext: waits, ...missing },
};

/** The `ce_id` of every record, partition by partition: the order of a key is kept within one. */
async function idsIn(kafka: KafkaCluster, topic: string): Promise<readonly string[]> {
  const client = kafka.oracle();
  const admin = client.admin();
  await admin.connect();
  const ends = await offsetsOf(admin, topic);
  await admin.disconnect();
  let left = ends.reduce((sum, { high }) => sum + Number(high), 0);
  const ids: string[] = [];
  if (left === 0) return ids;
  const consumer = client.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve) => {
    void consumer.run({
      eachMessage: async ({ message }) => {
        ids.push(String(message.headers?.['ce_id']));
        left -= 1;
        if (left === 0) resolve();
      },
    });
  });
  await consumer.disconnect();
  return ids;
}

/** A topic that was just made may not have leaders yet. */
async function offsetsOf(admin: ReturnType<ReturnType<KafkaCluster['oracle']>['admin']>, topic: string) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await admin.fetchTopicOffsets(topic);
    } catch (error) {
      if (attempt === 50) throw error;
      await setTimeout(100);
    }
  }
}

/** Where no broker can be started, nothing can be acted on. */
async function withoutKafka(): Promise<Readonly<Record<string, string>> | undefined> {
  const reason = process.env['EVRUN_TEST_SERVICES'] === 'required' ? undefined : await whyNot(['kafka']);
  if (reason === undefined) return undefined;
  const promises = [
    'acts on every event once where nothing fails',
    'keeps the order of events with the same key',
    'may be closed before it was opened, and twice',
    'shows what it would do without doing it',
  ];
  return Object.fromEntries(promises.map((promise) => [promise, reason]));
}
