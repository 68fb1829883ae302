/** The properties that mean something here, how each is read, and their second names. */
import { flag, integer, name, type PropertyKind, text, word } from './property-kinds.ts';

const MILLISECONDS = 2 ** 31 - 1;

export const KINDS = {
  'bootstrap.servers': text,
  'client.id': name,
  'client.rack': name,
  'security.protocol': word({
    plaintext: { tls: false, sasl: false },
    ssl: { tls: true, sasl: false },
    sasl_plaintext: { tls: false, sasl: true },
    sasl_ssl: { tls: true, sasl: true },
  }),
  'sasl.mechanisms': word({
    plain: 'plain',
    'scram-sha-256': 'scram-sha-256',
    'scram-sha-512': 'scram-sha-512',
    oauthbearer: 'oauthbearer',
  }),
  'sasl.username': name,
  'sasl.password': name,
  'sasl.oauthbearer.method': word({ default: 'default', oidc: 'oidc' }),
  'sasl.oauthbearer.config': text,
  'enable.sasl.oauthbearer.unsecure.jwt': flag,
  'sasl.oauthbearer.client.id': name,
  'sasl.oauthbearer.client.secret': name,
  'sasl.oauthbearer.scope': text,
  'sasl.oauthbearer.extensions': text,
  'sasl.oauthbearer.token.endpoint.url': text,
  'sasl.oauthbearer.grant.type': word({ client_credentials: 'client_credentials' }),
  'https.ca.location': text,
  'https.ca.pem': text,
  'ssl.ca.location': text,
  'ssl.ca.pem': text,
  'ssl.certificate.location': text,
  'ssl.certificate.pem': text,
  'ssl.key.location': text,
  'ssl.key.pem': text,
  'ssl.key.password': name,
  'ssl.keystore.location': text,
  'ssl.keystore.password': name,
  'ssl.crl.location': text,
  'ssl.cipher.suites': text,
  'ssl.curves.list': text,
  'ssl.sigalgs.list': text,
  'enable.ssl.certificate.verification': flag,
  'ssl.endpoint.identification.algorithm': word({ https: true, none: false }),
  'socket.timeout.ms': integer(10, 300_000),
  'socket.connection.setup.timeout.ms': integer(1000, MILLISECONDS),
  'reconnect.backoff.ms': integer(0, 3_600_000),
  'reconnect.backoff.max.ms': integer(0, 3_600_000),
  'metadata.max.age.ms': integer(1, 86_400_000),
  'topic.metadata.refresh.interval.ms': integer(-1, 3_600_000),
  'group.id': name,
  'session.timeout.ms': integer(1, 3_600_000),
  'heartbeat.interval.ms': integer(1, 3_600_000),
  'max.poll.interval.ms': integer(1, 86_400_000),
  'auto.offset.reset': word({
    earliest: 'earliest',
    smallest: 'earliest',
    beginning: 'earliest',
    latest: 'latest',
    largest: 'latest',
    end: 'latest',
    error: 'error',
  }),
  'fetch.min.bytes': integer(1, 100_000_000),
  'fetch.max.bytes': integer(1, 2_147_483_135),
  'fetch.wait.max.ms': integer(0, 300_000),
  'fetch.message.max.bytes': integer(1, 1_000_000_000),
  'isolation.level': word({ read_committed: true, read_uncommitted: false }),
  'request.required.acks': word({ all: -1, '-1': -1, '0': 0, '1': 1 }),
  'compression.codec': word({ none: 'none', gzip: 'gzip', snappy: 'snappy', lz4: 'lz4', zstd: 'zstd' }),
  'enable.idempotence': flag,
  'queue.buffering.max.ms': integer(0, 900_000),
  'batch.num.messages': integer(1, 1_000_000),
  'batch.size': integer(1, MILLISECONDS),
  'message.max.bytes': integer(1000, 1_000_000_000),
  'message.timeout.ms': integer(0, MILLISECONDS),
} as const satisfies Record<string, PropertyKind<unknown>>;

type Kinds = typeof KINDS;

/** What the recipe and the environment say, by librdkafka's first name of each property. */
export type Properties = {
  readonly [K in keyof Kinds]?: Exclude<ReturnType<Kinds[K]['read']>, undefined>;
};

/** Second names, and what they are second names of. */
const ALIASES: Readonly<Record<string, keyof Kinds>> = {
  'metadata.broker.list': 'bootstrap.servers',
  'sasl.mechanism': 'sasl.mechanisms',
  'sasl.oauthbearer.client.credentials.client.id': 'sasl.oauthbearer.client.id',
  'sasl.oauthbearer.client.credentials.client.secret': 'sasl.oauthbearer.client.secret',
  'max.partition.fetch.bytes': 'fetch.message.max.bytes',
  acks: 'request.required.acks',
  'compression.type': 'compression.codec',
  'linger.ms': 'queue.buffering.max.ms',
  'delivery.timeout.ms': 'message.timeout.ms',
};

/** librdkafka's first name of a property that has several. */
export function firstName(name: string): string {
  return Object.hasOwn(ALIASES, name) ? (ALIASES[name] as string) : name;
}
