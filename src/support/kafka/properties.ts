/**
 * Which of librdkafka's properties mean something here, and how the others are answered: one without a counterpart
 * has no effect and is a warning, one that decides who may read and who listens in (`sasl.*`, `ssl.*`) is an error,
 * as ignoring it could leave a connection less safe than the recipe says.
 */
import type { ConfigProblem } from '../../contract/define.ts';
import { NAMES, nearestName } from './librdkafka-names.ts';
import { flag, integer, name, type PropertyKind, text, word } from './property-kinds.ts';

const MILLISECONDS = 2 ** 31 - 1;

const KINDS = {
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

const PYTHON =
  'Log in with SCRAM-SHA-512 or PLAIN (sasl.username and sasl.password), with a client certificate (ssl.certificate.location and ssl.key.location), or with OAUTHBEARER by OIDC (sasl.oauthbearer.method: oidc).';

/** Values and names that others have, and what to write here. */
const REFUSED: Readonly<Record<string, { message: string; fix: string }>> = {
  oauth_cb: {
    message:
      'oauth_cb names a Python function, which evrun cannot run (Amazon MSK with IAM and Azure Event Hubs are used with one)',
    fix: `${PYTHON} Amazon MSK offers SCRAM and client certificates beside IAM.`,
  },
  'sasl.jaas.config': {
    message: 'sasl.jaas.config is a property of Java clients',
    fix: 'Write sasl.username and sasl.password.',
  },
  'ssl.truststore.location': {
    message: 'ssl.truststore.location is a property of Java clients',
    fix: 'Write ssl.ca.location with the authority’s certificate as a PEM file.',
  },
};

/** Ignored because evrun does it its own way. */
const OWN_WAY: Readonly<Record<string, string>> = {
  'enable.auto.commit': 'evrun commits what has been acted on, and nothing else',
  'auto.commit.enable': 'evrun commits what has been acted on, and nothing else',
  'auto.commit.interval.ms': 'write options.commit_interval_ms instead',
  'enable.auto.offset.store': 'evrun commits what has been acted on, and nothing else',
  'partition.assignment.strategy':
    'evrun’s own assignment is used, so all members of the group must be evrun’s',
  'group.instance.id': 'members are always dynamic',
  retries: 'evrun retries by options.retry_count and options.retry_backoff_seconds',
  'message.send.max.retries': 'evrun retries by options.retry_count and options.retry_backoff_seconds',
};

/** Where a property was written: a place in the config, and its name there (`KAFKA_PROPERTIES_…`). */
export interface Written {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
  readonly variable?: string;
}

/** librdkafka's first name of a property that has several. */
export function firstName(name: string): string {
  return Object.hasOwn(ALIASES, name) ? (ALIASES[name] as string) : name;
}

/** Reads every property that means something here; the rest is in `problems`. Null = not set. */
export function readProperties(given: ReadonlyMap<string, Written>): {
  readonly values: Properties;
  readonly problems: readonly ConfigProblem[];
} {
  const values: Record<string, unknown> = {};
  const problems: ConfigProblem[] = [];
  const writtenAs = new Map<string, string>();
  for (const [name, written] of given) {
    if (written.value === null || written.value === undefined) continue;
    const first = firstName(name);
    if (!Object.hasOwn(KINDS, first)) {
      const problem = withoutCounterpart(name, written);
      if (problem !== undefined) problems.push(problem);
      continue;
    }
    const kind = KINDS[first as keyof Kinds];
    const value = kind.read(written.value);
    const twin = writtenAs.get(first);
    if (value === undefined) problems.push(wrongValue(name, first, kind.expected, written));
    else if (twin !== undefined && values[first] !== value) problems.push(twice(name, twin, written));
    else values[first] = value;
    writtenAs.set(first, name);
  }
  return { values: values as Properties, problems };
}

const where = (name: string, { variable }: Written) =>
  variable === undefined ? name : `${variable} (${name})`;

function withoutCounterpart(name: string, written: Written): ConfigProblem | undefined {
  const { path, value, variable } = written;
  const label = where(name, written);
  if (Object.hasOwn(REFUSED, name)) {
    const { message, fix } = REFUSED[name] as { message: string; fix: string };
    return { path, message: variable === undefined ? message : `${label}: ${message}`, fix };
  }
  if (!NAMES.has(name)) {
    const near = nearestName(name);
    const fix = near === undefined ? 'Remove it.' : `Did you mean ${near}?`;
    const message = `librdkafka has no property ${label}`;
    // What the environment holds may be meant for other programs, but not who is let in and who listens.
    const severity = variable !== undefined && !decidesAccess(name) ? 'warning' : 'error';
    return { path, message, fix, severity };
  }
  if (name.endsWith('_cb') || name === 'interceptors') {
    return { path, message: `${label} is a function, which a recipe cannot give`, fix: 'Remove it.' };
  }
  if (name === 'enable.auto.commit' && flag.read(value) === false) return undefined;
  if (decidesAccess(name)) {
    const message = name.startsWith('sasl.kerberos.')
      ? `${label}: evrun cannot log in with Kerberos (GSSAPI)`
      : `${label} has no counterpart in evrun, and without it the connection would be another one`;
    return { path, message, fix: name.startsWith('sasl.') ? PYTHON : 'Remove it.' };
  }
  const why = Object.hasOwn(OWN_WAY, name) ? OWN_WAY[name] : 'it tunes librdkafka, which evrun does not use';
  return { path, message: `${label} has no effect: ${why}`, severity: 'warning' };
}

function decidesAccess(name: string): boolean {
  return /^(?:sasl|ssl|https)[._]|^security\./.test(name) || name === 'plugin.library.paths';
}

function wrongValue(name: string, first: string, expected: string, written: Written): ConfigProblem {
  const { path, value } = written;
  const got = isSecretProperty(first) ? '' : `, got ${shown(value)}`;
  const fix = valueFix(first, value);
  return { path, message: `${where(name, written)}: expected ${expected}${got}`, ...(fix && { fix }) };
}

function valueFix(first: string, value: unknown): string | undefined {
  if (first === 'sasl.mechanisms') {
    return `${/iam/i.test(String(value)) ? 'Amazon MSK offers SCRAM and client certificates beside IAM. ' : ''}${PYTHON}`;
  }
  if (first === 'compression.codec') return undefined;
  if (first === 'sasl.oauthbearer.grant.type') return 'Use a client secret (client_credentials).';
  return undefined;
}

function twice(name: string, twin: string, written: Written): ConfigProblem {
  return {
    path: written.path,
    message: `${where(name, written)} and ${twin} are two names of one property and differ`,
    fix: `Remove ${name}.`,
  };
}

function shown(value: unknown): string {
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'a map';
  const said = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return said.length > 60 ? `${said.slice(0, 57)}...` : said;
}

/** Properties whose values never show. */
export function isSecretProperty(name: string): boolean {
  return /password|secret|passphrase|key\.pem$|^ssl_key$|user\.info|jaas|oauthbearer\.config/.test(name);
}
