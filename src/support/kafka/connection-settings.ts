/** From librdkafka's properties to settings, with what holds where the recipe says nothing. */
import type { Properties } from './property-table.ts';
import type { ConsumerSettings, KafkaSettings, ProducerSettings } from './settings.ts';

/** The session is DataHub's; a rebalance may wait longer than its 10 s, so that work in flight can end. */
const DEFAULTS = {
  sessionTimeoutMs: 10_000,
  heartbeatIntervalMs: 3000,
  rebalanceTimeoutMs: 60_000,
  /** librdkafka's is 50 MB: here a fetch stands in memory as a whole, and larger ones were no faster. */
  maxBytes: 4_194_304,
  maxBytesPerPartition: 1_048_576,
  metadataMaxAgeMs: 30_000,
} as const;

export const sessionTimeoutMs = (values: Properties): number =>
  values['session.timeout.ms'] ?? DEFAULTS.sessionTimeoutMs;

export function settingsOf(
  values: Properties,
  brokers: readonly string[],
  tls: KafkaSettings['tls'],
  sasl: KafkaSettings['sasl'],
): KafkaSettings {
  const firstMs = Math.max(values['reconnect.backoff.ms'] ?? 200, 10);
  const refreshMs = values['topic.metadata.refresh.interval.ms'];
  return {
    brokers,
    clientId: values['client.id'] ?? 'evrun',
    tls,
    sasl,
    connectTimeoutMs: values['socket.connection.setup.timeout.ms'] ?? 10_000,
    requestTimeoutMs: values['socket.timeout.ms'] ?? 30_000,
    backoff: { firstMs, mostMs: Math.max(values['reconnect.backoff.max.ms'] ?? 2000, firstMs) },
    metadataMaxAgeMs:
      refreshMs !== undefined && refreshMs > 0
        ? refreshMs
        : (values['metadata.max.age.ms'] ?? DEFAULTS.metadataMaxAgeMs),
    consumer: consumerOf(values),
    producer: producerOf(values),
  };
}

function consumerOf(values: Properties): ConsumerSettings {
  const session = sessionTimeoutMs(values);
  const third = Math.max(1, Math.floor(session / 3));
  return {
    groupId: values['group.id'],
    sessionTimeoutMs: session,
    heartbeatIntervalMs: values['heartbeat.interval.ms'] ?? Math.min(DEFAULTS.heartbeatIntervalMs, third),
    rebalanceTimeoutMs: values['max.poll.interval.ms'] ?? DEFAULTS.rebalanceTimeoutMs,
    offsetReset: values['auto.offset.reset'],
    minBytes: values['fetch.min.bytes'] ?? 1,
    maxBytes: values['fetch.max.bytes'] ?? DEFAULTS.maxBytes,
    maxBytesPerPartition: values['fetch.message.max.bytes'] ?? DEFAULTS.maxBytesPerPartition,
    maxWaitMs: values['fetch.wait.max.ms'] ?? 500,
    readCommitted: values['isolation.level'],
    rack: values['client.rack'],
  };
}

function producerOf(values: Properties): ProducerSettings {
  return {
    acks: values['request.required.acks'],
    compression: values['compression.codec'],
    idempotent: values['enable.idempotence'],
    lingerMs: values['queue.buffering.max.ms'],
    batchMessages: values['batch.num.messages'],
    batchBytes: values['batch.size'],
    maxMessageBytes: values['message.max.bytes'],
    deliveryTimeoutMs: values['message.timeout.ms'],
  };
}
