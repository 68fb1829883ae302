import { connect as connectTcp, type Socket } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import type { KafkaClient } from '../../../src/support/kafka/client.ts';
import { Delivering } from '../../../src/support/kafka/produce-deliver.ts';
import type { Placed } from '../../../src/support/kafka/produce-plan.ts';
import { type Until, until } from '../../../src/support/kafka/produce-until.ts';
import { explain } from '../../../src/support/kafka/refusal.ts';
import { silentLogger } from '../../../src/support/logging/log-silent.ts';
import { needs } from '../../services/describe.ts';
import { type KafkaCluster, sharedKafka } from '../../services/kafka.ts';
import { readTopic, settingsFor, uniqueName } from './kit.ts';

/*
 * Answers that are lost after the broker has written. kafkajs then gives the numbers of the records back, and what is
 * sent next under them is taken for a repeat: the broker says "done" and keeps nothing. Each of these tests was seen
 * to fail with its guard switched off.
 */

const PRODUCE = 0;

/** A client that loses the answers to so many of its next requests to produce. */
function lossyClient(bootstrap: string) {
  let toLose = 0;
  const kafka = new Kafka({
    brokers: [bootstrap],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 20, maxRetryTime: 50, retries: 3 },
    socketFactory: ({ host, port, onConnect }) => {
      const socket: Socket = connectTcp({ host, port }, onConnect);
      const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
      socket.write = ((data: Buffer, ...rest: unknown[]) => {
        if (Buffer.isBuffer(data) && data.length > 6 && data.readInt16BE(4) === PRODUCE && toLose > 0) {
          toLose -= 1;
          socket.removeAllListeners('data');
          const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
          socket.once('data', () => socket.destroy(reset));
        }
        return write(data, ...rest);
      }) as Socket['write'];
      return socket;
    },
  });
  const settings = settingsFor(bootstrap);
  const client: KafkaClient = {
    settings,
    consumer: (config) => kafka.consumer(config),
    producer: (config) => kafka.producer(config),
    admin: () => kafka.admin(),
    explain: (error, what) => explain(error, what, settings),
    close: async () => {},
  };
  return {
    client,
    lose: (answers: number) => {
      toLose = answers;
    },
  };
}

const describeWithKafka = await needs('kafka');

describeWithKafka('the numbers of records', () => {
  let kafka: KafkaCluster;
  beforeAll(async () => {
    kafka = await sharedKafka();
  }, 120_000);

  async function setUp(partitions = 1) {
    const topic = uniqueName('numbers');
    await kafka.createTopic(topic, { partitions });
    const { client, lose } = lossyClient(kafka.plaintext);
    const report = { unreachable: () => undefined, reachable: () => undefined };
    const delivering = new Delivering({ client, compression: 0, log: silentLogger, report, oneTopic: false });
    onTestFinished(() => delivering.close());
    const group = (values: readonly string[], partition = 0): Placed[] =>
      values.map((value, index) => ({ index, partition, message: { topic, key: 'k', value } }));
    return { topic, delivering, lose, group };
  }

  function within(ms: number): Until {
    const limit = until(new AbortController().signal, ms);
    onTestFinished(() => limit.end());
    return limit;
  }

  const valuesIn = async (topic: string) => (await readTopic(kafka, topic)).map(({ value }) => value);

  it('let the broker tell a repeat, so that a lost answer makes no doubles', async () => {
    const { topic, delivering, lose, group } = await setUp();
    lose(3);
    const delivered = await delivering.deliver(group(['a', 'b', 'c']), within(20_000));
    expect(delivered.map(([, failed]) => failed)).toEqual([undefined, undefined, undefined]);
    expect(await valuesIn(topic)).toEqual(['a', 'b', 'c']);
  });

  it('of records that were given up are not lent to others, which the broker would not keep', async () => {
    const { topic, delivering, lose, group } = await setUp();
    expect((await delivering.deliver(group(['first']), within(20_000)))[0]?.[1]).toBeUndefined();
    lose(1_000_000);
    const [given] = await delivering.deliver(group(['given up']), within(1500));
    expect(given?.[1]).toMatchObject({ retry: 'later' });
    lose(0);
    delivering.renew();
    const [next] = await delivering.deliver(group(['next']), within(20_000));
    expect(next?.[1]).toBeUndefined();
    const values = await valuesIn(topic);
    expect(values[0]).toBe('first');
    expect(values).toContain('next');
    expect(values.lastIndexOf('given up')).toBeLessThan(values.indexOf('next'));
  });

  it('are not spent on a partition that the client has not heard of: it would be left out without a word', async () => {
    const { topic, delivering, group } = await setUp();
    await delivering.deliver(group(['before']), within(20_000));
    await kafka.addPartitions(topic, 3);
    const [added] = await delivering.deliver(group(['added'], 2), within(20_000));
    expect(added?.[1]).toBeUndefined();
    expect(await valuesIn(topic)).toEqual(['before', 'added']);
  });
});
