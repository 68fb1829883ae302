import type { OptionSchema } from '../../contract/schema.ts';

const secret = (description: string) => ({ type: 'string', secret: true, description }) as const;

/** Every other property is allowed by the schema and looked at by `checkConnection`. */
const secrets = {
  'sasl.password': secret('Password for PLAIN and SCRAM.'),
  'sasl.oauthbearer.client.secret': secret('Client secret for OAUTHBEARER by OIDC.'),
  'sasl.oauthbearer.client.credentials.client.secret': secret(
    'Another name of `sasl.oauthbearer.client.secret`.',
  ),
  'ssl.key.pem': secret('Key of the client certificate, as PEM text.'),
  'ssl.key.password': secret('Password of that key.'),
  'ssl.keystore.password': secret('Password of the PKCS#12 file `ssl.keystore.location`.'),
} as const;

/** The option `connection` of the Kafka source and action: DataHub's, plus `producer_config`. */
export const connectionSchema = {
  type: 'object',
  description: 'How the cluster and its schema registry are reached.',
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
      properties: secrets,
      default: {},
      description:
        'Properties by librdkafka’s names: `security.protocol`, `sasl.*`, `ssl.*`, `session.timeout.ms`, `fetch.*`, … Those that are not only a consumer’s hold for producers too.',
      examples: [{ 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-512' }],
    },
    producer_config: {
      type: 'object',
      additionalProperties: true,
      properties: secrets,
      default: {},
      description:
        'Properties by librdkafka’s names that hold for producers only, before those of `consumer_config`.',
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
      properties: {
        'basic.auth.user.info': secret('`user:password` for the registry.'),
        'bearer.auth.token': secret('Token for the registry.'),
        'ssl.key.pem': secret('Key of the client certificate, as PEM text.'),
        'ssl.key.password': secret('Password of that key.'),
      },
      default: {},
      description: 'How the registry is reached: `basic.auth.user.info`, `ssl.ca.location`, …',
    },
    client_timeout_seconds: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 60,
      description: 'How long the registry may take to answer, in seconds.',
    },
  },
} as const satisfies OptionSchema;
