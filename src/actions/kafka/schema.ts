import type { ConfigOf, ConfigSchema } from '../../contract/schema.ts';
import { connectionSchema } from '../../support/kafka/connection-schema.ts';

export const schema = {
  type: 'object',
  properties: {
    connection: connectionSchema,
    topic: {
      type: 'string',
      minLength: 1,
      template: true,
      description: 'The topic, with `${{ CEL }}` in it if need be. evrun never makes one.',
      examples: ['orders-checked', 'orders-${{ event.data.country }}'],
    },
    key: {
      type: 'string',
      template: true,
      description:
        'The record’s key, with `${{ CEL }}` in it: records of one key keep their order. Default: the event’s key (the entity of DataHub’s events, `partitionkey` of CloudEvents). Empty text: none.',
      examples: ['${{ event.data.customer }}'],
    },
    partition: {
      type: ['integer', 'string'],
      template: true,
      description:
        'The partition’s number, or `${{ CEL }}` that gives one. Default: by the key, as Java’s producer does; without a key, one after the other.',
      examples: ['${{ event.meta.kafka.partition }}'],
    },
    headers: {
      type: 'object',
      additionalProperties: { type: 'string', template: true },
      default: {},
      description: 'Headers to add, or to put in place of evrun’s own: name to text with `${{ CEL }}` in it.',
    },
    mode: {
      enum: ['binary', 'structured', 'event', 'json', 'avro'],
      default: 'binary',
      description:
        'What a record is: a binary CloudEvent (attributes in `ce_` headers, the data as the value), a structured one, `{"event_type","event","meta"}` as JSON, the data alone as JSON, or the data alone as Avro.',
    },
    schema: {
      type: ['string', 'object', 'array'],
      description:
        'With `mode: avro`: the schema to write with, as JSON text or YAML; it is registered under the subject. Default: the newest one that is registered there.',
    },
    schema_subject: {
      type: 'string',
      minLength: 1,
      description: 'With `mode: avro`: the subject in the schema registry. Default: the topic with `-value`.',
    },
    register_schemas: {
      type: 'boolean',
      default: true,
      description:
        'With `schema`: registers it where it is not there yet. False: it must have been registered before.',
    },
    compression: {
      enum: ['none', 'gzip', 'snappy', 'lz4'],
      description:
        'How batches are compressed. Default: `compression.type` of `producer_config`, else none. zstd can be read only.',
    },
    unknown_topic: {
      enum: ['fail', 'wait'],
      default: 'fail',
      description:
        'When the topic does not exist: `fail` ends the pipeline, or where `topic` is a template makes the event a dead letter; `wait` treats it as a broker that is down.',
    },
    delivery_timeout_seconds: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 86_400,
      description:
        'How long one attempt waits for brokers, in seconds; `retry_count` decides how many there are. Default: `delivery.timeout.ms` of `producer_config`, else 30.',
      examples: [30],
    },
    batch_max_events: {
      type: 'integer',
      minimum: 1,
      maximum: 10_000,
      description:
        'The most events that are sent at once. Default: `batch.num.messages` of `producer_config`, else 1000.',
      examples: [1000],
    },
    batch_max_bytes: {
      type: 'integer',
      minimum: 1,
      maximum: 67_108_864,
      description:
        'The most bytes of events that are sent at once; one event may be larger. Default: `batch.size` of `producer_config`, else 4194304.',
      examples: [4_194_304],
    },
    linger_ms: {
      type: 'integer',
      minimum: 0,
      maximum: 60_000,
      description:
        'How long a batch waits for more events, in milliseconds. Default: `linger.ms` of `producer_config`, else 0: what is there is sent.',
      examples: [5],
    },
  },
  required: ['topic'],
} as const satisfies ConfigSchema;

export type KafkaConfig = ConfigOf<typeof schema>;
