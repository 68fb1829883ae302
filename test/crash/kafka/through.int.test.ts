import type { Consumer } from 'kafkajs';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../../services/describe.ts';
import { type KafkaCluster, sharedKafka } from '../../services/kafka.ts';
import { oracle } from '../../services/kafka-admin.ts';
import { until } from '../../services/process.ts';
import { BOUND, Fleet, PATIENCE_MS } from './fleet.ts';
import { audit, type Line } from './ledger.ts';
import { Writer } from './writer.ts';

const describeWithKafka = await needs('kafka');

/** What a topic holds, as a ledger whose offsets are the numbers of the events: each number was written once. */
class Copy {
  readonly lines: Line[] = [];
  private readonly topic: string;
  private readonly consumer: Consumer;

  constructor(brokers: string, topic: string) {
    this.topic = topic;
    this.consumer = oracle(brokers).consumer({ groupId: `copy-${topic}` });
  }

  async open(): Promise<void> {
    await this.consumer.connect();
    await this.consumer.subscribe({ topics: [this.topic], fromBeginning: true });
    await this.consumer.run({
      eachMessage: async ({ message }) => {
        const { n } = JSON.parse(String(message.value)) as { n: number };
        this.lines.push({ process: 'copy', at: 0n, partition: 0, offset: n, key: String(message.key) });
      },
    });
  }

  close(): Promise<void> {
    return this.consumer.disconnect();
  }
}

describeWithKafka('from topic to topic', () => {
  let kafka: KafkaCluster;
  let fleet: Fleet | undefined;
  let copy: Copy | undefined;
  afterEach(async () => {
    await fleet?.remove();
    await copy?.close();
  });

  it('with SIGKILLs in between: nothing is missing, repeats are within the bound, keys keep their order', async () => {
    kafka = await sharedKafka();
    const topic = `through-${crypto.randomUUID()}`;
    await kafka.createTopic(topic, { partitions: 4 });
    await kafka.createTopic(`${topic}-out`, { partitions: 4 });
    const config = `connection: { bootstrap: "${kafka.plaintext}" }, topic: ${topic}-out, mode: json`;
    const action = `action: { type: kafka, config: { ${config} } }`;
    fleet = new Fleet(kafka.plaintext, { topic, group: topic, action });
    copy = new Copy(kafka.plaintext, `${topic}-out`);
    await copy.open();
    const writer = new Writer(kafka.plaintext, topic, { perSecond: 1_000 });
    const KILLS = 2;
    for (let round = 0; round < KILLS; round += 1) {
      const goal = copy.lines.length + 500;
      fleet.start('a');
      await until('500 more copies', PATIENCE_MS, () => (copy?.lines.length ?? 0) >= goal);
      await fleet.kill('a');
    }
    fleet.start('a');
    await fleet.running('a');
    await writer.stop();
    const result = () => audit(copy?.lines ?? [], new Map([[0, writer.written]]));
    await until('all copies', PATIENCE_MS, () => result().missing.length === 0, 200);
    await fleet.stopAll();
    expect(await fleet.uncommitted()).toBe(0);
    expect(result().repeats).toBeLessThanOrEqual(KILLS * BOUND);
    expect(result().disordered).toEqual([]);
  }, 600_000);
});
