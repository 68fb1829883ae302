import { randomUUID } from 'node:crypto';
import { CompressionCodecs } from 'kafkajs';
import { onTestFinished, vi } from 'vitest';
import definition from '../../../src/actions/kafka/index.ts';
import type { Action } from '../../../src/contract/action.ts';
import { systemClock } from '../../../src/contract/clock.ts';
import type { PartContext } from '../../../src/contract/context.ts';
import { Envelope } from '../../../src/contract/envelope.ts';
import type { DecodedEvent, Event } from '../../../src/contract/event.ts';
import type { Store } from '../../../src/contract/store.ts';
import { registerCodecs } from '../../../src/support/kafka/codecs.ts';
import { kafkaSettings } from '../../../src/support/kafka/connection.ts';
import {
  type KafkaProducer,
  kafkaProducer,
  type ProducerOptions,
} from '../../../src/support/kafka/producer.ts';
import type { KafkaSettings } from '../../../src/support/kafka/settings.ts';
import { silentLogger } from '../../../src/support/logging/log-silent.ts';
import type { KafkaCluster } from '../../services/kafka.ts';
import { checked } from '../../suites/parts.ts';

export function uniqueName(what: string): string {
  return `${what}-${randomUUID().slice(0, 8)}`;
}

export function settingsFor(
  bootstrap: string,
  config: Readonly<Record<string, unknown>> = {},
): KafkaSettings {
  const connection = {
    bootstrap,
    consumer_config: config,
    producer_config: {},
    schema_registry_url: 'http://127.0.0.1:1',
    schema_registry_config: {},
    client_timeout_seconds: 60,
  };
  return kafkaSettings(connection, 'producer');
}

/** A producer of the code under test; what it reports as unreachable is kept. */
export function producerTo(
  bootstrap: string,
  options: Partial<ProducerOptions> & { readonly config?: Readonly<Record<string, unknown>> } = {},
): KafkaProducer & { readonly reports: string[] } {
  const reports: string[] = [];
  const report: PartContext['report'] = {
    unreachable: (what) => void reports.push(what),
    reachable: () => void reports.push('reachable'),
  };
  const { config, ...rest } = options;
  const producer = kafkaProducer(
    {
      settings: settingsFor(bootstrap, config),
      compression: 'none',
      unknownTopic: 'fail',
      deliveryTimeoutMs: 20_000,
      ...rest,
    },
    { log: silentLogger, report },
  );
  onTestFinished(() => producer.close());
  return { ...producer, reports };
}

export interface Seen {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | undefined;
  readonly value: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly time: number;
}

/** Everything that stands in a topic, partition by partition, as a plain kafkajs consumer reads it. */
export async function readTopic(cluster: KafkaCluster, topic: string): Promise<readonly Seen[]> {
  registerCodecs(CompressionCodecs);
  const kafka = cluster.oracle();
  const admin = kafka.admin();
  await admin.connect();
  // Partitions that were just added may not be known everywhere yet.
  const ends = await vi.waitFor(() => admin.fetchTopicOffsets(topic), { timeout: 10_000 });
  await admin.disconnect();
  const open = new Set(
    ends.filter(({ high, low }) => Number(high) > Number(low)).map(({ partition }) => partition),
  );
  if (open.size === 0) return [];
  const seen: Seen[] = [];
  const consumer = kafka.consumer({
    groupId: uniqueName('look'),
    maxWaitTimeInMs: 100,
    readUncommitted: true,
    // A broker that was just started is still loading its groups.
    retry: { retries: 40, initialRetryTime: 100, maxRetryTime: 500 },
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on('consumer.crash', ({ payload }) => {
      if (!payload.restart) reject(payload.error);
    });
    void consumer.run({
      eachBatch: async ({ batch }) => {
        for (const { key, value, headers, offset, timestamp } of batch.messages) {
          seen.push({
            partition: batch.partition,
            offset: Number(offset),
            key: key?.toString(),
            value: value?.toString(),
            headers: Object.fromEntries(
              Object.entries(headers ?? {}).map(([name, header]) => [
                name,
                Array.isArray(header) ? header.map(String) : String(header),
              ]),
            ),
            time: Number(timestamp),
          });
        }
        const end = ends.find(({ partition }) => partition === batch.partition);
        if (Number(batch.lastOffset()) + 1 >= Number(end?.high)) open.delete(batch.partition);
        if (open.size === 0) resolve();
      },
    });
  });
  await consumer.disconnect();
  return seen.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

/** The action as a recipe makes it: config checked, defaults filled in. Not opened. */
export async function actionOf(
  config: Readonly<Record<string, unknown>>,
  ctx: Partial<PartContext> = {},
): Promise<Action> {
  const none = async () => {};
  const store: Store = { get: () => undefined, keys: () => [], write: none, scope: () => store };
  const context: PartContext = {
    pipeline: 'test',
    recipeDir: process.cwd(),
    log: silentLogger,
    clock: systemClock,
    store,
    dryRun: false,
    report: { unreachable: () => undefined, reachable: () => undefined },
    ...ctx,
  };
  return await definition.create(checked(definition, config) as never, context);
}

/** An event `id-1` of type `com.example.order` with no meta. */
export function eventOf(attributes: Partial<DecodedEvent>): Event {
  const type = 'com.example.order';
  return Envelope.from({ id: 'id-1', source: '/test', type, data: undefined, ...attributes });
}
