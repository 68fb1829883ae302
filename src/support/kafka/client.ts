import type {
  Admin,
  Consumer,
  ConsumerConfig,
  KafkaConfig,
  Producer,
  ProducerConfig,
  RetryOptions,
} from 'kafkajs';
import type { EvrunError } from '../../contract/errors.ts';
import type { Logger } from '../../contract/log.ts';
import { registerCodecs } from './codecs.ts';
import { logHook } from './log.ts';
import { explain } from './refusal.ts';
import type { KafkaSettings } from './settings.ts';
import { openTls } from './tls.ts';
import { openTokens, type TokenSource } from './token.ts';
import { tokenLogin } from './token-login.ts';
import { hideTimeoutWarning } from './warnings.ts';

export type {
  Admin,
  Batch,
  Broker,
  Cluster,
  Consumer,
  ConsumerConfig,
  ConsumerCrashEvent,
  EachBatchPayload,
  IHeaders,
  KafkaMessage,
  Message,
  PartitionAssigner,
  Producer,
  ProducerConfig,
  RecordMetadata,
  TopicMessages,
} from 'kafkajs';

/*
 * The one door to kafkajs. It loads the library when a pipeline first needs it, gives it our timeouts, retries,
 * certificates and codecs, and turns its log lines into ours. What it hands out is kafkajs's own: whoever makes a
 * consumer, a producer or an admin disconnects it.
 */

export interface KafkaClient {
  readonly settings: KafkaSettings;
  /** Group sessions, fetch sizes and timeouts as the recipe has them; what `config` says goes before. */
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
  const tls = settings.tls === undefined ? undefined : await openTls(settings.tls);
  const { sasl } = settings;
  const tokens = sasl?.mechanism === 'oauthbearer' ? await openTokens(sasl.token) : undefined;
  const { CompressionCodecs, Kafka, logLevel } = await loadKafkajs();
  registerCodecs(CompressionCodecs);
  const hook = logHook(log);
  const retry: RetryOptions = {
    initialRetryTime: settings.backoff.firstMs,
    maxRetryTime: settings.backoff.mostMs,
    // Each attempt to connect takes the next broker: all of them get one.
    retries: Math.max(3, settings.brokers.length),
  };
  const kafka = new Kafka({
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    ...(tls && { ssl: tls }),
    ...saslConfig(settings, tokens),
    connectionTimeout: settings.connectTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    retry,
    logLevel: log.enabled('debug') ? logLevel.DEBUG : logLevel.ERROR,
    logCreator: () => hook.take,
  });
  const metadataMaxAge = settings.metadataMaxAgeMs;
  return {
    settings,
    consumer: (config) => kafka.consumer({ ...consumerDefaults(settings), metadataMaxAge, retry, ...config }),
    producer: (config) => kafka.producer({ metadataMaxAge, allowAutoTopicCreation: false, ...config }),
    admin: () => kafka.admin(),
    explain: (error, what) => explain(error, what, settings, hook.reasons()),
    close: async () => tokens?.close(),
  };
}

async function loadKafkajs(): Promise<typeof import('kafkajs')> {
  hideTimeoutWarning();
  // A CommonJS package: some of its exports are only seen on `default`.
  const module = (await import('kafkajs')) as { default?: unknown };
  return (module.default ?? module) as typeof import('kafkajs');
}

function saslConfig({ sasl }: KafkaSettings, tokens: TokenSource | undefined): Pick<KafkaConfig, 'sasl'> {
  if (sasl === undefined) return {};
  if (sasl.mechanism !== 'oauthbearer') return { sasl: { ...sasl } as NonNullable<KafkaConfig['sasl']> };
  const { extensions } = sasl;
  return {
    sasl: { mechanism: 'oauthbearer', authenticationProvider: tokenLogin(tokens as TokenSource, extensions) },
  };
}

function consumerDefaults({ consumer }: KafkaSettings): Omit<ConsumerConfig, 'groupId'> {
  return {
    sessionTimeout: consumer.sessionTimeoutMs,
    heartbeatInterval: consumer.heartbeatIntervalMs,
    rebalanceTimeout: consumer.rebalanceTimeoutMs,
    minBytes: consumer.minBytes,
    maxBytes: consumer.maxBytes,
    maxBytesPerPartition: consumer.maxBytesPerPartition,
    maxWaitTimeInMs: consumer.maxWaitMs,
    allowAutoTopicCreation: false,
    readUncommitted: consumer.readCommitted === false,
    ...(consumer.rack === undefined ? {} : { rackId: consumer.rack }),
  };
}
