import { beforeAll, expect, it, onTestFinished } from 'vitest';
import type { Action, Attempt, Result } from '../../../src/contract/action.ts';
import type { PartContext } from '../../../src/contract/context.ts';
import { Envelope } from '../../../src/contract/envelope.ts';
import type { Event } from '../../../src/contract/event.ts';
import { needs } from '../../services/describe.ts';
import { type KafkaCluster, sharedKafka } from '../../services/kafka.ts';
import { sharedRegistry } from '../../services/registry.ts';
import { actionOf, eventOf, readTopic, uniqueName } from './kit.ts';

const attempt: Attempt = { number: 1, signal: new AbortController().signal, idempotencyKey: () => 'key' };

const describeWithKafka = await needs('kafka');
const describeWithRegistry = await needs('kafka', 'registry');

let kafka: KafkaCluster;

async function open(
  config: Readonly<Record<string, unknown>>,
  ctx: Partial<PartContext> = {},
): Promise<Action> {
  const action = await actionOf({ connection: { bootstrap: kafka.plaintext }, ...config }, ctx);
  onTestFinished(() => action.close());
  await action.open?.();
  return action;
}

const act = (action: Action, events: readonly Event[]): Promise<readonly Result[]> =>
  action.actBatch?.(events, attempt) as Promise<readonly Result[]>;

async function newTopic(partitions = 1): Promise<string> {
  const topic = uniqueName('action');
  await kafka.createTopic(topic, { partitions });
  return topic;
}

const failedOf = (result: Result) => (result as { failed: Error }).failed;

describeWithKafka('the kafka action', () => {
  beforeAll(async () => {
    kafka = await sharedKafka();
  }, 120_000);

  it('writes binary CloudEvents unless told otherwise', async () => {
    const topic = await newTopic();
    const event = eventOf({ key: 'zoë', data: { n: 1 }, extensions: { partitionkey: 'zoë', tenant: 'ü' } });
    await act(await open({ topic }), [event]);
    const [record] = await readTopic(kafka, topic);
    expect(record).toMatchObject({ key: 'zoë', value: '{"n":1}' });
    expect(record?.headers).toEqual({
      ce_specversion: '1.0',
      ce_id: 'id-1',
      ce_source: '/test',
      ce_type: 'com.example.order',
      ce_partitionkey: 'zoë',
      ce_tenant: 'ü',
      'content-type': 'application/json',
    });
  });

  it.each([
    [
      'structured',
      '{"specversion":"1.0","id":"id-1","source":"/test","type":"com.example.order","data":{"n":1}}',
    ],
    ['event', '{"event_type":"com.example.order","event":{"n":1},"meta":{}}'],
    ['json', '{"n":1}'],
  ])('writes %s', async (mode, value) => {
    const topic = await newTopic();
    await act(await open({ topic, mode }), [eventOf({ data: { n: 1 } })]);
    expect((await readTopic(kafka, topic)).map((record) => record.value)).toEqual([value]);
  });

  it('keeps the digits of numbers in data that passed unchanged', async () => {
    const text = '{"big":12345678901234567890,"small":1.10}';
    class Raw extends Envelope {
      override get dataText(): string {
        return text;
      }
    }
    for (const mode of ['binary', 'json']) {
      const topic = await newTopic();
      await act(await open({ topic, mode }), [new Raw('t', JSON.parse(text))]);
      expect((await readTopic(kafka, topic))[0]?.value).toBe(text);
    }
  });

  it('makes topic, key, partition and headers of each event', async () => {
    const [first, second] = [await newTopic(3), await newTopic(3)];
    const action = await open({
      topic: '${{ event.data.topic }}',
      key: '${{ event.data.customer }}',
      partition: '${{ event.data.n }}',
      headers: { kind: '${{ event.type }}!', ce_type: 'mine' },
    });
    const results = await act(action, [
      eventOf({ data: { topic: first, customer: 'a', n: 2 } }),
      eventOf({ data: { topic: second, customer: '', n: 0 } }),
      eventOf({ data: { topic: 'no/topic', customer: 'b', n: 1 } }),
      eventOf({ data: { topic: first, customer: 'b', n: -1 } }),
      eventOf({ data: { topic: first, customer: 'c', n: 1 } }),
    ]);
    expect(results.map((result) => result === undefined)).toEqual([true, true, false, false, true]);
    expect(failedOf(results[2]).message).toContain('no name for a topic');
    expect(failedOf(results[3]).message).toContain('expected a whole number');
    const seen = await readTopic(kafka, first);
    expect(seen).toMatchObject([
      { partition: 1, key: 'c' },
      { partition: 2, key: 'a', headers: { kind: 'com.example.order!', ce_type: 'mine' } },
    ]);
    expect(await readTopic(kafka, second)).toMatchObject([{ partition: 0, key: undefined }]);
  });

  it('writes an event without data as a record without a value', async () => {
    for (const mode of ['binary', 'json']) {
      const topic = await newTopic();
      await act(await open({ topic, mode }), [eventOf({ key: 'k', data: undefined })]);
      expect(await readTopic(kafka, topic)).toMatchObject([{ key: 'k', value: undefined }]);
    }
  });

  it('connects to nothing in a dry run, and shows each record', async () => {
    const config = { connection: { bootstrap: '127.0.0.1:1' }, topic: 'orders' };
    const action = await actionOf({ ...config, headers: { why: 'test' } }, { dryRun: true });
    await action.open?.();
    expect(action.preview?.(eventOf({ key: 'k', data: { n: 1 } }))).toBe(
      'kafka orders key "k" ce_specversion="1.0" ce_id="id-1" ce_source="/test" ce_type="com.example.order" content-type="application/json" why="test" {"n":1}',
    );
    await action.close();
  });

  it('stops the pipeline where the password is wrong', async () => {
    const consumer_config = {
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'PLAIN',
      'sasl.username': 'alice',
      'sasl.password': 'not-her-secret',
    };
    const action = await actionOf({ connection: { bootstrap: kafka.sasl, consumer_config }, topic: 't' });
    onTestFinished(() => action.close());
    const opening = Promise.resolve(action.open?.());
    await expect(opening).rejects.toMatchObject({ code: 'EVR_REFUSED', retry: 'never' });
    await expect(opening).rejects.not.toThrow('not-her-secret');
  });
});

const ORDER = {
  type: 'record',
  name: 'Order',
  namespace: 'com.example',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'amount', type: ['null', 'double'], default: null },
  ],
};

describeWithRegistry('the kafka action with mode: avro', () => {
  let registry: string;
  beforeAll(async () => {
    kafka = await sharedKafka();
    registry = (await sharedRegistry()).url;
  }, 180_000);

  async function bytesIn(topic: string): Promise<readonly (Buffer | null)[]> {
    const consumer = kafka.oracle().consumer({ groupId: uniqueName('look'), maxWaitTimeInMs: 100 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const values = await new Promise<readonly (Buffer | null)[]>((resolve) => {
      void consumer.run({
        eachBatch: async ({ batch }) => resolve(batch.messages.map(({ value }) => value)),
      });
    });
    await consumer.disconnect();
    return values;
  }

  const withRegistry = () => ({ connection: { bootstrap: kafka.plaintext, schema_registry_url: registry } });
  /** Frame of id, then "A-1" and the double in the second branch. */
  const encoded = Buffer.from('\x06A-1\x02', 'latin1');

  it('registers the schema of the recipe under the topic, and frames what it writes', async () => {
    const topic = await newTopic();
    const action = await open({ ...withRegistry(), topic, mode: 'avro', schema: ORDER });
    const results = await act(action, [
      eventOf({ data: { id: 'A-1', amount: 2.5 } }),
      eventOf({ data: { id: 7 } }),
      eventOf({ data: undefined }),
    ]);
    expect(results.map((result) => result === undefined)).toEqual([true, false, true]);
    expect(failedOf(results[1]).message).toContain('id: expected a string');
    const [value, tombstone] = await bytesIn(topic);
    const response = await fetch(`${registry}/subjects/${topic}-value/versions/latest`);
    const { id } = (await response.json()) as { id: number };
    expect(value?.readUInt8(0)).toBe(0);
    expect(value?.readUInt32BE(1)).toBe(id);
    expect(value?.subarray(5, 5 + encoded.length)).toEqual(encoded);
    expect(value?.readDoubleLE(5 + encoded.length)).toBe(2.5);
    expect(tombstone).toBe(null);
  });

  it('writes with the newest schema that is registered, and says that there is none', async () => {
    const topic = await newTopic();
    const schema_subject = uniqueName('subject');
    const shared = await sharedRegistry();
    const id = await shared.register(schema_subject, JSON.stringify(ORDER));
    const action = await open({ ...withRegistry(), topic, mode: 'avro', schema_subject });
    expect(await act(action, [eventOf({ data: { id: 'A-2' } })])).toEqual([undefined]);
    expect((await bytesIn(topic))[0]?.readUInt32BE(1)).toBe(id);

    const none = await open({ ...withRegistry(), topic, mode: 'avro' });
    const [result] = await act(none, [eventOf({ data: { id: 'A-3' } })]);
    expect(failedOf(result).message).toContain(`no schema is registered under ${topic}-value`);
  });

  it('waits for a registry that is away: the first event failed, the others were not tried', async () => {
    const topic = await newTopic();
    const connection = { bootstrap: kafka.plaintext, schema_registry_url: 'http://127.0.0.1:1' };
    const action = await open({ connection, topic, mode: 'avro' });
    const results = await act(action, [eventOf({ data: {} }), eventOf({ data: {} })]);
    expect(results).toMatchObject([{ failed: { retry: 'later' } }, { notTried: true }]);
  });
});
