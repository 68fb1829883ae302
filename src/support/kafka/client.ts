import type {
  Admin,
  Consumer,
  ConsumerConfig,
  Kafka,
  LogEntry,
  Producer,
  ProducerConfig,
  RetryOptions,
} from 'kafkajs';
import type { EvrunError } from '../../contract/errors.ts';
import type { Logger } from '../../contract/log.ts';
import { explain } from './refusal.ts';
import type { KafkaSettings } from './settings.ts';

export type {
  Admin,
  Batch,
  Consumer,
  ConsumerConfig,
  ConsumerCrashEvent,
  EachBatchPayload,
  IHeaders,
  KafkaMessage,
  Message,
  Producer,
  ProducerConfig,
  RecordMetadata,
  TopicMessages,
} from 'kafkajs';

/*
 * The one door to kafkajs. It loads the library when a pipeline first needs it, gives it our timeouts and retries,
 * and turns its log lines into ours. What it hands out is kafkajs's own: whoever makes a consumer, a producer or
 * an admin disconnects it.
 */

export interface KafkaClient {
  readonly settings: KafkaSettings;
  /** Members of a group, fetch sizes and timeouts as the recipe has them; what `config` says goes before. */
  consumer(config: ConsumerConfig): Consumer;
  producer(config?: ProducerConfig): Producer;
  admin(): Admin;
  /** The sentence for whatever kafkajs threw; `what` completes "cannot …", e.g. `read topic orders`. */
  explain(error: unknown, what: string): EvrunError;
  /** Idempotent. Ends what the client itself holds open, not its consumers, producers and admins. */
  close(): Promise<void>;
}

/** Connects to nothing yet. Throws EvrunError EVR_REFUSED where a file of certificates cannot be read. */
export async function openKafka(settings: KafkaSettings, log: Logger): Promise<KafkaClient> {
  const { Kafka, logLevel } = await import('kafkajs');
  const retry: RetryOptions = {
    initialRetryTime: settings.backoff.firstMs,
    maxRetryTime: settings.backoff.mostMs,
    // One more attempt than there are brokers to try, as each attempt takes the next one.
    retries: Math.max(3, settings.brokers.length),
  };
  const reasons: string[] = [];
  const kafka: Kafka = new Kafka({
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    connectionTimeout: settings.connectTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    retry,
    logLevel: log.enabled('debug') ? logLevel.DEBUG : logLevel.WARN,
    logCreator: () => (entry: LogEntry) => {
      if (log.enabled('debug')) log.debug(`kafkajs: ${entry.log.message}`);
    },
  });
  const { consumer: own } = settings;
  return {
    settings,
    consumer: (config) =>
      kafka.consumer({
        sessionTimeout: own.sessionTimeoutMs,
        heartbeatInterval: own.heartbeatIntervalMs,
        rebalanceTimeout: own.rebalanceTimeoutMs,
        metadataMaxAge: settings.metadataMaxAgeMs,
        minBytes: own.minBytes,
        maxBytes: own.maxBytes,
        maxBytesPerPartition: own.maxBytesPerPartition,
        maxWaitTimeInMs: own.maxWaitMs,
        allowAutoTopicCreation: false,
        readUncommitted: own.readCommitted === false,
        ...(own.rack === undefined ? {} : { rackId: own.rack }),
        retry,
        ...config,
      }),
    producer: (config) =>
      kafka.producer({ metadataMaxAge: settings.metadataMaxAgeMs, allowAutoTopicCreation: false, ...config }),
    admin: () => kafka.admin(),
    explain: (error, what) => explain(error, what, settings, reasons),
    close: async () => {},
  };
}
