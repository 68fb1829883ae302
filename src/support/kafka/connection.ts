import type { ConfigProblem } from '../../contract/define.ts';
import type { KafkaSettings, Role } from './settings.ts';

/** The recipe's `connection`, as its schema reads it. */
export interface KafkaConnection {
  readonly bootstrap: string;
  readonly consumer_config: Readonly<Record<string, unknown>>;
  readonly producer_config: Readonly<Record<string, unknown>>;
  readonly schema_registry_url: string;
  readonly schema_registry_config: Readonly<Record<string, unknown>>;
  readonly client_timeout_seconds: number;
}

/** What is wrong with `connection`, with paths that begin with it. */
export function checkConnection(_connection: KafkaConnection, _role: Role): readonly ConfigProblem[] {
  return [];
}

/** First version: a plaintext connection. */
export function kafkaSettings(connection: KafkaConnection, _role: Role): KafkaSettings {
  return {
    brokers: connection.bootstrap.split(','),
    clientId: 'evrun',
    tls: undefined,
    sasl: undefined,
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    backoff: { firstMs: 200, mostMs: 2000 },
    metadataMaxAgeMs: 30_000,
    consumer: {
      groupId: undefined,
      sessionTimeoutMs: 10_000,
      heartbeatIntervalMs: 3000,
      rebalanceTimeoutMs: 60_000,
      offsetReset: undefined,
      minBytes: 1,
      maxBytes: 10_485_760,
      maxBytesPerPartition: 1_048_576,
      maxWaitMs: 500,
      readCommitted: undefined,
      rack: undefined,
    },
    producer: {
      acks: undefined,
      compression: undefined,
      idempotent: undefined,
      lingerMs: undefined,
      batchMessages: undefined,
      batchBytes: undefined,
      maxMessageBytes: undefined,
      deliveryTimeoutMs: undefined,
    },
  };
}
