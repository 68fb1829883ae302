import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { EvrunError } from '../../../src/contract/errors.ts';
import type { OutMessage } from '../../../src/support/kafka/producer.ts';
import { needs } from '../../services/describe.ts';
import { type KafkaCluster, sharedKafka, startKafka } from '../../services/kafka.ts';
import { producerTo, readTopic, uniqueName } from './kit.ts';

const describeWithKafka = await needs('kafka');
const going = new AbortController().signal;

const numbered = (topic: string, count: number, keys = 4): OutMessage[] =>
  Array.from({ length: count }, (_, n) => ({ topic, key: `k${n % keys}`, value: String(n) }));

describeWithKafka('a Kafka producer', () => {
  let kafka: KafkaCluster;
  beforeAll(async () => {
    kafka = await sharedKafka();
  }, 120_000);

  async function topicWith(options: Parameters<KafkaCluster['createTopic']>[1] = {}): Promise<string> {
    const topic = uniqueName('produce');
    await kafka.createTopic(topic, options);
    return topic;
  }

  it('writes every record once, and those of a key in their order', async () => {
    const topic = await topicWith({ partitions: 3 });
    const producer = producerTo(kafka.plaintext);
    await producer.open();
    const results = await producer.send(numbered(topic, 5000), going);
    expect(results.every((result) => result === undefined)).toBe(true);
    const seen = await readTopic(kafka, topic);
    expect(seen).toHaveLength(5000);
    for (const key of ['k0', 'k1', 'k2', 'k3']) {
      const own = seen.filter((record) => record.key === key);
      expect(new Set(own.map(({ partition }) => partition)).size).toBe(1);
      expect(own.map(({ value }) => Number(value))).toEqual(
        Array.from({ length: 1250 }, (_, i) => 4 * i + Number(key[1])),
      );
    }
  });

  it('keeps values, tombstones, headers of several values and times as they are', async () => {
    const topic = await topicWith();
    const producer = producerTo(kafka.plaintext);
    const headers = { one: 'ü', many: ['a', Buffer.from('b')] };
    await producer.send(
      [
        { topic, key: 'k', value: Buffer.from('bytes'), headers, time: 1_700_000_000_000 },
        { topic, key: 'k', value: null },
        { topic, value: '' },
      ],
      going,
    );
    expect(await readTopic(kafka, topic)).toMatchObject([
      { key: 'k', value: 'bytes', headers: { one: 'ü', many: ['a', 'b'] }, time: 1_700_000_000_000 },
      { key: 'k', value: undefined },
      { key: undefined, value: '' },
    ]);
  });

  it.each(['gzip', 'snappy', 'lz4'] as const)('compresses with %s', async (compression) => {
    const topic = await topicWith();
    const producer = producerTo(kafka.plaintext, { compression });
    const long = 'a'.repeat(3_000_000);
    const results = await producer.send(
      [
        { topic, key: 'k', value: 'short' },
        { topic, key: 'k', value: long },
      ],
      going,
    );
    expect(results).toEqual([undefined, undefined]);
    const seen = await readTopic(kafka, topic);
    expect(seen.map(({ value }) => value?.length)).toEqual([5, 3_000_000]);
  });

  it('fails a record that is larger than its topic takes, before it is sent, and writes the others', async () => {
    const topic = await topicWith({ config: { 'max.message.bytes': '2000' } });
    const producer = producerTo(kafka.plaintext);
    const results = await producer.send(
      [
        { topic, key: 'k', value: 'a' },
        { topic, key: 'k', value: 'b'.repeat(5000) },
        { topic, key: 'k', value: 'c' },
      ],
      going,
    );
    expect(results).toMatchObject([undefined, { failed: { code: 'EVR_ACTION', retry: 'never' } }, undefined]);
    expect(String((results[1] as { failed: Error }).failed.message)).toMatch(
      /2000 \(its max\.message\.bytes\)/,
    );
    expect((await readTopic(kafka, topic)).map(({ value }) => value)).toEqual(['a', 'c']);
  });

  it('takes records just below the limit, and as many to a batch as fit', async () => {
    const topic = await topicWith({ config: { 'max.message.bytes': '2000' } });
    const producer = producerTo(kafka.plaintext);
    const sizes = [1900, 900, 900, 10, 1800, 300, 1500, 1];
    const results = await producer.send(
      sizes.map((size) => ({ topic, key: 'k', value: 'x'.repeat(size) })),
      going,
    );
    expect(results).toEqual(sizes.map(() => undefined));
    expect((await readTopic(kafka, topic)).map(({ value }) => value?.length)).toEqual(sizes);
  });

  it('finds out which record of a batch the broker refuses', async () => {
    const topic = await topicWith({ partitions: 2, config: { 'cleanup.policy': 'compact' } });
    const producer = producerTo(kafka.plaintext);
    const messages = numbered(topic, 40).map(
      (message, n): OutMessage => (n === 13 ? { topic, partition: 0, value: 'without a key' } : message),
    );
    const results = await producer.send(messages, going);
    expect(results.flatMap((result, n) => (result === undefined ? [] : [n]))).toEqual([13]);
    expect(results[13]).toMatchObject({ failed: { code: 'EVR_ACTION', retry: 'never' } });
    const values = (await readTopic(kafka, topic)).map(({ value }) => Number(value));
    expect(values.sort((a, b) => a - b)).toEqual([...Array(40).keys()].filter((n) => n !== 13));
  });

  it('makes no topic: one that is missing fails, or is waited for', async () => {
    const topic = uniqueName('missing');
    const strict = producerTo(kafka.plaintext);
    const there = await topicWith();
    const results = await strict.send([...numbered(topic, 2), ...numbered(there, 1)], going);
    expect(results).toMatchObject([
      { failed: { retry: 'never' } },
      { failed: { retry: 'never' } },
      undefined,
    ]);
    expect(String((results[0] as { failed: Error }).failed.message)).toContain(
      `topic ${topic} does not exist`,
    );

    const patient = producerTo(kafka.plaintext, { unknownTopic: 'wait' });
    const waiting = patient.send(numbered(topic, 2), going);
    await expect.poll(() => patient.reports.length).toBeGreaterThan(0);
    const admin = kafka.oracle().admin();
    await admin.connect();
    expect(await admin.listTopics()).not.toContain(topic);
    await admin.disconnect();
    await kafka.createTopic(topic);
    expect(await waiting).toEqual([undefined, undefined]);
    expect(patient.reports.at(-1)).toBe('reachable');
  });

  it('says at the start that the only topic is missing', async () => {
    const topic = uniqueName('missing');
    const producer = producerTo(kafka.plaintext, { onlyTopic: topic });
    await expect(producer.open()).rejects.toMatchObject({
      code: 'EVR_REFUSED',
      exitCode: 5,
      message: expect.stringContaining(`topic ${topic} does not exist`),
    });
  });

  it('fails a partition that the topic does not have', async () => {
    const topic = await topicWith({ partitions: 2 });
    const producer = producerTo(kafka.plaintext);
    const results = await producer.send([{ topic, partition: 2, value: 'x' }], going);
    expect(String((results[0] as { failed: Error }).failed.message)).toContain('partitions 0 to 1, got 2');
  });

  it('writes to a partition that was added while it runs, and leaves no record out', async () => {
    const topic = await topicWith({ partitions: 1 });
    const old = producerTo(kafka.plaintext);
    await old.send([{ topic, partition: 0, value: 'before' }], going);
    await kafka.addPartitions(topic, 3);
    const results = await producerTo(kafka.plaintext).send([{ topic, partition: 2, value: 'new' }], going);
    expect(results).toEqual([undefined]);
    expect((await readTopic(kafka, topic)).map(({ value }) => value)).toEqual(['before', 'new']);
  });

  it('explains that a user may not write to a topic', async () => {
    const topic = await topicWith();
    await kafka.grant('bob', { topic, to: 'read' });
    const config = {
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'PLAIN',
      'sasl.username': 'bob',
      'sasl.password': 'bob-secret',
    };
    const producer = producerTo(kafka.sasl, { config, onlyTopic: topic });
    const results = await producer.send(numbered(topic, 2), going);
    const { failed } = results[0] as { failed: EvrunError };
    expect(failed).toMatchObject({ code: 'EVR_REFUSED', exitCode: 5, retry: 'never', fatal: true });
    expect(failed.message).toMatch(/may not write/);
    // Where topics differ by event, another one may still be written to.
    await kafka.grant('bob', { topic: await topicWith(), to: 'write' });
    const among = producerTo(kafka.sasl, { config });
    const [other] = await among.send(numbered(topic, 1), going);
    expect(other).toMatchObject({ failed: { code: 'EVR_ACTION', retry: 'never', fatal: false } });
  });

  it('ends at the deadline of its caller, who gets the first record back as failed', async () => {
    const producer = producerTo('127.0.0.1:1', { deliveryTimeoutMs: 60_000 });
    const caller = new AbortController();
    const waiting = producer.send(numbered('t', 3), caller.signal);
    await expect.poll(() => producer.reports.length).toBeGreaterThan(0);
    caller.abort(new EvrunError('EVR_TIMEOUT', 'too long', { retry: 'later' }));
    expect(await waiting).toMatchObject([
      { failed: { code: 'EVR_UNREACHABLE', retry: 'later' } },
      { notTried: true },
      { notTried: true },
    ]);
  });

  it('may be closed before it was opened, and twice', async () => {
    const producer = producerTo('127.0.0.1:1');
    await producer.close();
    await producer.close();
  });
});

describeWithKafka('a Kafka producer whose broker is killed', () => {
  it('waits, goes on, and writes every record once, in the order of its key', async () => {
    const kafka = await startKafka();
    onTestFinished(() => kafka.stop());
    const topic = uniqueName('killed');
    await kafka.createTopic(topic, { partitions: 2 });
    const producer = producerTo(kafka.plaintext, { deliveryTimeoutMs: 60_000 });
    await producer.open();
    let sent = 0;
    const send = async () => {
      const batch = Array.from({ length: 50 }, (): OutMessage => {
        sent += 1;
        return { topic, key: `k${sent % 4}`, value: String(sent) };
      });
      expect(await producer.send(batch, going)).toEqual(batch.map(() => undefined));
    };
    for (let i = 0; i < 5; i += 1) await send();
    const during = (async () => {
      for (let i = 0; i < 60; i += 1) await send();
    })();
    await kafka.kill();
    await expect.poll(() => producer.reports.length, { timeout: 20_000 }).toBeGreaterThan(0);
    await kafka.restart();
    await during;
    expect(producer.reports.at(-1)).toBe('reachable');
    const seen = await readTopic(kafka, topic);
    for (const key of ['k0', 'k1', 'k2', 'k3']) {
      const own = seen.filter((record) => record.key === key).map(({ value }) => Number(value));
      expect(own).toEqual([...new Set(own)].sort((a, b) => a - b));
    }
    expect(seen).toHaveLength(sent);
  }, 120_000);
});
