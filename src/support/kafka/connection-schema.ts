import type { OptionSchema } from '../../contract/schema.ts';

/** The option `connection` of the Kafka source and action: DataHub's, plus `producer_config`. */
export const connectionSchema = {
  type: 'object',
  description: 'How the cluster and its schema registry are reached.',
  default: {},
  additionalProperties: false,
  properties: {
    bootstrap: {
      type: 'string',
      minLength: 1,
      default: 'localhost:9092',
      description: 'Brokers to begin with: `host:port`, several separated by commas.',
      examples: ['broker1:9092,broker2:9092'],
    },
    consumer_config: {
      type: 'object',
      additionalProperties: true,
      default: {},
      description:
        'Properties by librdkafka’s names: `security.protocol`, `sasl.*`, `ssl.*`, `session.timeout.ms`, `fetch.*`, … Those that are not only a consumer’s hold for producers too.',
      examples: [{ 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-512' }],
    },
    producer_config: {
      type: 'object',
      additionalProperties: true,
      default: {},
      description:
        'Properties by librdkafka’s names that hold for producers, before those of `consumer_config`.',
    },
    schema_registry_url: {
      type: 'string',
      minLength: 1,
      default: 'http://localhost:8080/schema-registry/api/',
      description: 'The schema registry (Confluent’s API) that Avro records are decoded with.',
    },
    schema_registry_config: {
      type: 'object',
      additionalProperties: true,
      default: {},
      description:
        'How the registry is reached: `basic.auth.user.info` (`user:password`), `ssl.ca.location`, …',
    },
    client_timeout_seconds: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 60,
      description: 'How long the registry may take to answer, in seconds.',
    },
  },
} as const satisfies OptionSchema;
