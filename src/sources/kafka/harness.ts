import { randomUUID } from 'node:crypto';
import { whyNot } from '../../../test/services/describe.ts';
import { type KafkaCluster, startKafka } from '../../../test/services/kafka.ts';
import type { SourceHarness } from '../../contract/harness.ts';

/** A broker of its own, for it is killed. It ends with the process. */
let broker: Promise<KafkaCluster> | undefined;

export const harness: SourceHarness = {
  kind: 'source',
  async start() {
    broker ??= startKafka();
    const kafka = await broker;
    const topic = `suite-${randomUUID()}`;
    await kafka.createTopic(topic, { partitions: 1 });
    const put = async (values: readonly string[]): Promise<void> => {
      const producer = kafka.oracle().producer();
      await producer.connect();
      await producer.send({ topic, messages: values.map((value) => ({ value })) });
      await producer.disconnect();
    };
    return {
      config: {
        connection: { bootstrap: kafka.plaintext },
        topics: topic,
        group_id: `group-${topic}`,
        format: 'json',
      },
      put: (numbers) => put(numbers.map((n) => `{"n":${n}}`)),
      putPoison: () => put(['{"n":']),
      readN: ({ data }) => (data as { n: number }).n,
      breakDown: () => kafka.kill(),
      recover: () => kafka.restart(),
      stop: () => kafka.deleteTopic(topic),
    };
  },
  skips: await withoutKafka(),
};

/** Where no broker can be started, nothing can be read. */
async function withoutKafka(): Promise<Readonly<Record<string, string>>> {
  const reason = process.env['EVRUN_TEST_SERVICES'] === 'required' ? undefined : await whyNot(['kafka']);
  return reason === undefined ? {} : Object.fromEntries(PROMISES.map((promise) => [promise, reason]));
}

const PROMISES = [
  'hands over every event once, in order',
  'goes on after what was committed when it is opened again',
  'hands over again what was not committed',
  'an event keeps its id when it is handed over again',
  'starts anew when the stored position is to be ignored, and only that once',
  'one record that cannot be decoded does not stop the others',
  'says "nothing new", or ends, when all was handed over',
  'ends by itself when it was asked to until caught up',
  'a read that waits ends when it is aborted',
  'waits an outage out, and loses nothing in it',
  'may be closed before it was opened, and twice',
];
