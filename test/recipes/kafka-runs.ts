import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Partitioners } from 'kafkajs';
import { expect } from 'vitest';
import { parseSchema } from '../../src/support/avro/schema.ts';
import { framed } from '../../src/support/avro/wire.ts';
import { avroWriter } from '../../src/support/avro/writer.ts';
import { readTopic } from '../actions/kafka/kit.ts';
import type { KafkaCluster } from '../services/kafka.ts';
import type { Registry } from '../services/registry.ts';
import { evrun, receiver, workFolder } from './kit.ts';

/** Every recipe of recipes/ that reads Kafka, and what running it must come to. */
export const kafkaRuns: Record<string, (kafka: KafkaCluster, registry: Registry) => Promise<void>> = {
  'kafka-pii-tags.yml': piiTags,
  'kafka-flyte-failures.yml': flyteFailures,
  'kafka-cloudevents-to-http.yml': cloudeventsToHttp,
  'kafka-json-to-exec.yml': jsonToExec,
  'kafka-to-kafka.yml': kafkaToKafka,
};

interface Message {
  readonly key?: string | Buffer | null;
  readonly value: string | Buffer | null;
  readonly headers?: Readonly<Record<string, string | Buffer>>;
}

async function produce(kafka: KafkaCluster, topic: string, messages: readonly Message[]): Promise<void> {
  const producer = kafka.oracle().producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic, messages: [...messages] });
  await producer.disconnect();
}

const jsonLines = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

const PLATFORM_EVENT = {
  type: 'record',
  name: 'PlatformEvent',
  namespace: 'com.linkedin.pegasus2avro.mxe',
  fields: [
    {
      name: 'header',
      type: {
        type: 'record',
        name: 'PlatformEventHeader',
        fields: [{ name: 'timestampMillis', type: 'long' }],
      },
    },
    { name: 'name', type: 'string' },
    {
      name: 'payload',
      type: {
        type: 'record',
        name: 'GenericPayload',
        fields: [
          { name: 'value', type: 'bytes' },
          { name: 'contentType', type: 'string' },
        ],
      },
    },
  ],
};

async function piiTags(kafka: KafkaCluster, registry: Registry) {
  for (const topic of [
    'PlatformEvent_v1',
    'MetadataChangeLog_Versioned_v1',
    'MetadataChangeLog_Timeseries_v1',
  ])
    await kafka.createTopic(topic);
  const schema = JSON.stringify(PLATFORM_EVENT);
  const id = await registry.register('PlatformEvent_v1-value', schema);
  const write = avroWriter(parseSchema(schema));
  const change = (tag: string) => {
    const payload = {
      entityUrn: 'urn:li:dataset:(urn:li:dataPlatform:hive,people,PROD)',
      entityType: 'dataset',
      category: 'TAG',
      operation: 'ADD',
      modifier: `urn:li:tag:${tag}`,
      auditStamp: { actor: 'urn:li:corpuser:jdoe', time: 1_700_000_000_000 },
      version: 0,
    };
    const event = {
      header: { timestampMillis: 1_700_000_000_000 },
      name: 'entityChangeEvent',
      payload: { value: Buffer.from(JSON.stringify(payload)), contentType: 'application/json' },
    };
    return { key: payload.entityUrn, value: framed(id, write(event)) };
  };
  await produce(kafka, 'PlatformEvent_v1', [change('pii'), change('tier1'), change('pii')]);
  const env = { KAFKA_BOOTSTRAP_SERVER: kafka.plaintext, SCHEMA_REGISTRY_URL: registry.url };
  const args = ['recipes/kafka-pii-tags.yml', '--since', '1h', '--yes', '--until-caught-up'];
  const run = await evrun(args, { cwd: workFolder(), env });
  expect(run.code, run.err).toBe(0);
  expect(run.out.match(/Hello world! Received event:/g)).toHaveLength(2);
  expect(run.out).toContain('urn:li:tag:pii');
  expect(run.out).not.toContain('tier1');
}

async function flyteFailures(kafka: KafkaCluster) {
  await kafka.createTopic('flyte-events');
  const happened = (name: string, phase: string, more: object = {}) => {
    const executionId = { project: 'flytesnacks', domain: 'development', name };
    const event = {
      executionId,
      producerId: 'propeller',
      phase,
      occurredAt: '2026-11-20T12:34:56Z',
      ...more,
    };
    return {
      value: JSON.stringify({ event }),
      headers: {
        ce_specversion: '1.0',
        ce_id: `${name}.${phase}`,
        ce_source: 'https://github.com/flyteorg/flyte/flyteadmin',
        ce_type: 'com.flyte.resource.flyteidl.admin.WorkflowExecutionEventRequest',
        'content-type': 'application/json',
      },
    };
  };
  await produce(kafka, 'flyte-events', [
    happened('f1', 'RUNNING'),
    happened('f1', 'FAILED', { error: { code: 'USER:Boom', message: 'boom', kind: 'USER' } }),
    happened('f2', 'SUCCEEDED'),
  ]);
  const webhook = await receiver();
  const env = { KAFKA_BOOTSTRAP_SERVER: kafka.plaintext, WEBHOOK_URL: webhook.url };
  const args = ['recipes/kafka-flyte-failures.yml', '--since', '1h', '--yes', '--until-caught-up'];
  const run = await evrun(args, { cwd: workFolder(), env });
  expect(run.code, run.err).toBe(0);
  expect(webhook.received.map(({ body }) => JSON.parse(body).text)).toEqual([
    'flytesnacks/f1: FAILED, USER:Boom',
  ]);
}

async function cloudeventsToHttp(kafka: KafkaCluster) {
  await kafka.createTopic('orders', { partitions: 3 });
  const attributes = { specversion: '1.0', source: '/shop', type: 'com.example.order.created' };
  const binary = (id: string, type = attributes.type) => ({
    key: 'zoë',
    value: `{"order":"${id}"}`,
    headers: {
      ce_specversion: '1.0',
      ce_id: id,
      ce_source: '/shop',
      ce_type: type,
      'content-type': 'application/json',
    },
  });
  const structured = {
    key: 'zoë',
    value: JSON.stringify({ ...attributes, id: 'A-2', data: { order: 'A-2' } }),
    headers: { 'content-type': 'application/cloudevents+json' },
  };
  await produce(kafka, 'orders', [
    binary('A-1'),
    structured,
    binary('A-3', 'com.example.visit'),
    binary('A-4'),
  ]);
  const endpoint = await receiver();
  const env = { KAFKA_BOOTSTRAP_SERVER: kafka.plaintext, ENDPOINT: endpoint.url };
  const cwd = workFolder();
  const run = await evrun(['recipes/kafka-cloudevents-to-http.yml', '--until-caught-up'], { cwd, env });
  expect(run.code, run.err).toBe(0);
  expect(endpoint.received.map(({ headers }) => headers['ce-id'])).toEqual(['A-1', 'A-2', 'A-4']);
  expect(endpoint.received.map(({ body }) => body)).toEqual(
    ['A-1', 'A-2', 'A-4'].map((order) => JSON.stringify({ order })),
  );
  const again = await evrun(['recipes/kafka-cloudevents-to-http.yml', '--until-caught-up'], { cwd, env });
  expect(again.code, again.err).toBe(0);
  expect(endpoint.received).toHaveLength(3);
}

async function jsonToExec(kafka: KafkaCluster) {
  await kafka.createTopic('alerts');
  const alert = (severity: string, text: string) => ({
    value: JSON.stringify({ severity, host: 'db-1', text }),
  });
  await produce(kafka, 'alerts', [alert('critical', 'disk; rm -rf $HOME'), alert('info', 'fine')]);
  const cwd = workFolder();
  const env = { KAFKA_BOOTSTRAP_SERVER: kafka.plaintext, DESK: join(cwd, 'desk.txt') };
  const run = await evrun(['recipes/kafka-json-to-exec.yml', '--until-caught-up'], { cwd, env });
  expect(run.code, run.err).toBe(0);
  expect(readFileSync(env.DESK, 'utf8')).toBe('attempt 1: db-1: disk; rm -rf $HOME\n');
}

async function kafkaToKafka(kafka: KafkaCluster) {
  for (const topic of ['orders-raw', 'orders-checked', 'orders-failed'])
    await kafka.createTopic(topic, { partitions: topic === 'orders-failed' ? 1 : 4 });
  const order = (n: number): Message => ({
    key: `customer-${n % 5}`,
    value: JSON.stringify({ id: n, amount: n === 7 ? -1 : n, customer: 'Zoë' }),
  });
  await produce(
    kafka,
    'orders-raw',
    Array.from({ length: 200 }, (_, n) => order(n)),
  );
  await produce(kafka, 'orders-raw', [
    { value: JSON.stringify({ id: 'without a key', amount: 1 }) },
    { key: 'deleted', value: null },
    { key: 'no order', value: '[7]' },
  ]);
  const cwd = workFolder();
  const env = { KAFKA_BOOTSTRAP_SERVER: kafka.plaintext };
  const run = await evrun(['recipes/kafka-to-kafka.yml', '--until-caught-up'], { cwd, env });
  expect(run.code, run.err).toBe(0);
  const checked = await readTopic(kafka, 'orders-checked');
  expect(checked).toHaveLength(201);
  expect(checked.filter(({ key }) => key === undefined)).toMatchObject([
    { value: '{"id":"without a key","amount":1}' },
  ]);
  expect(checked.filter(({ value }) => value === undefined)).toMatchObject([{ key: 'deleted' }]);
  for (let customer = 0; customer < 5; customer += 1) {
    const own = checked.filter(({ key }) => key === `customer-${customer}`);
    expect(own.map(({ value }) => JSON.parse(value ?? '').id)).toEqual(
      Array.from({ length: 40 }, (_, i) => 5 * i + customer).filter((n) => n !== 7),
    );
  }
  expect(checked.some(({ value }) => value?.includes('Zoë'))).toBe(false);
  const letters = jsonLines(join(cwd, 'logs/kafka-to-kafka/failed_events.log'));
  expect(letters.map(({ event }) => event)).toContainEqual({ id: 7, amount: -1, customer: 'Zoë' });
  expect(letters.map(({ event }) => event)).toContainEqual([7]);
  const failed = await readTopic(kafka, 'orders-failed');
  expect(failed).toHaveLength(2);
  expect(failed[0]?.key).toMatch(/^orders-raw:\d:\d+$/);
  expect(failed[0]?.headers).toMatchObject({ 'datahub.pipeline': 'kafka-to-kafka' });
}
