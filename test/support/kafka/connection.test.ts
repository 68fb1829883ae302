import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConfigProblem } from '../../../src/contract/define.ts';
import { checkConnection, kafkaSettings } from '../../../src/support/kafka/connection.ts';
import { NAMES } from '../../../src/support/kafka/librdkafka-names.ts';
import { redact } from '../../../src/support/logging/redact.ts';

type Config = Readonly<Record<string, unknown>>;

const check = (consumer_config: Config, environment: Record<string, string> = {}) =>
  checkConnection({ bootstrap: 'broker:9092', consumer_config }, 'consumer', environment);
const settings = (consumer_config: Config, environment: Record<string, string> = {}) =>
  kafkaSettings({ bootstrap: 'broker:9092', consumer_config }, 'consumer', environment);
const producer = (consumer_config: Config, producer_config: Config) =>
  kafkaSettings({ bootstrap: 'broker:9092', consumer_config, producer_config }, 'producer', {});

/** The one problem, as its path below consumer_config, message and fix. */
function problem(consumer_config: Config, environment: Record<string, string> = {}): ConfigProblem {
  const problems = check(consumer_config, environment);
  expect(problems).toHaveLength(1);
  return problems[0] as ConfigProblem;
}

const SASL = { 'security.protocol': 'SASL_PLAINTEXT' };
const PLAIN = { ...SASL, 'sasl.mechanism': 'PLAIN', 'sasl.username': 'u', 'sasl.password': 'some-secret' };

describe('bootstrap', () => {
  const brokers = (bootstrap: string) => kafkaSettings({ bootstrap }, 'consumer', {}).brokers;
  const wrong = (bootstrap: string) => checkConnection({ bootstrap }, 'consumer', {});

  test('is a list of host:port, spaces allowed', () => {
    expect(brokers('a.example:9092, b_1.example:9093 ,10.0.0.1:1')).toEqual([
      'a.example:9092',
      'b_1.example:9093',
      '10.0.0.1:1',
    ]);
  });

  test('is localhost:9092 unless given, and where no connection is given at all', () => {
    expect(kafkaSettings(undefined, 'consumer', {}).brokers).toEqual(['localhost:9092']);
  });

  test.each([
    ['broker', /"broker": the port is missing, mostly 9092/],
    ['broker:', /port from 1 to 65535/],
    ['broker:0', /port from 1 to 65535/],
    ['broker:65536', /port from 1 to 65535/],
    ['broker:9092x', /port from 1 to 65535/],
    [':9092', /expected host:port/],
    ['kafka://broker:9092', /leave out what stands before the host/],
    ['SASL_SSL://broker:9092', /leave out what stands before the host/],
    ['[::1]:9092', /IPv6/],
    ['::1', /IPv6/],
    ['user name:9092', /expected host:port/],
    ['', /an empty entry/],
    ['a:1,,b:2', /an empty entry/],
  ])('%j is refused', (bootstrap, words) => {
    const [only, ...more] = wrong(bootstrap);
    expect(more).toEqual([]);
    expect(only).toMatchObject({ path: ['connection', 'bootstrap'], message: expect.stringMatching(words) });
  });

  test('every broker that is wrong is told of', () => {
    expect(wrong('a,b:1,c')).toHaveLength(2);
  });

  test('bootstrap.servers goes before, as in DataHub', () => {
    const other = { 'metadata.broker.list': 'other:1' };
    expect(settings(other).brokers).toEqual(['other:1']);
    expect(problem(other)).toMatchObject({
      path: ['connection', 'bootstrap'],
      message: 'no effect: metadata.broker.list in consumer_config goes before',
      severity: 'warning',
    });
    const alone = { bootstrap: 'localhost:9092', consumer_config: { 'metadata.broker.list': 'x' } };
    expect(checkConnection(alone, 'consumer', {})).toMatchObject([
      { path: ['connection', 'consumer_config', 'metadata.broker.list'] },
    ]);
  });

  test('never throws, and a broker that is taken is host:port', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z:,.0-9[\]]{0,30}$/)), (bootstrap) => {
        if (wrong(bootstrap).length > 0) return;
        for (const broker of brokers(bootstrap)) expect(broker).toMatch(/^[A-Za-z0-9][\w.-]*:\d{1,5}$/);
      }),
    );
  });
});

describe('properties with a counterpart', () => {
  test.each<[string, unknown, string, unknown]>([
    ['client.id', 'me', 'clientId', 'me'],
    ['client.id', 7, 'clientId', '7'],
    ['socket.timeout.ms', 1234, 'requestTimeoutMs', 1234],
    ['socket.timeout.ms', '1234', 'requestTimeoutMs', 1234],
    ['socket.connection.setup.timeout.ms', 5000, 'connectTimeoutMs', 5000],
    ['metadata.max.age.ms', 60_000, 'metadataMaxAgeMs', 60_000],
    ['topic.metadata.refresh.interval.ms', 70_000, 'metadataMaxAgeMs', 70_000],
    ['topic.metadata.refresh.interval.ms', -1, 'metadataMaxAgeMs', 30_000],
  ])('%s: %j', (name, value, key, wanted) => {
    expect(settings({ [name]: value })).toHaveProperty(key, wanted);
    expect(check({ [name]: value })).toEqual([]);
  });

  test.each<[string, unknown, string, unknown]>([
    ['group.id', 'g', 'groupId', 'g'],
    ['session.timeout.ms', 6000, 'sessionTimeoutMs', 6000],
    ['heartbeat.interval.ms', '500', 'heartbeatIntervalMs', 500],
    ['max.poll.interval.ms', 10_000, 'rebalanceTimeoutMs', 10_000],
    ['auto.offset.reset', 'smallest', 'offsetReset', 'earliest'],
    ['auto.offset.reset', 'beginning', 'offsetReset', 'earliest'],
    ['auto.offset.reset', 'EARLIEST', 'offsetReset', 'earliest'],
    ['auto.offset.reset', 'end', 'offsetReset', 'latest'],
    ['auto.offset.reset', 'largest', 'offsetReset', 'latest'],
    ['auto.offset.reset', 'error', 'offsetReset', 'error'],
    ['fetch.min.bytes', 100, 'minBytes', 100],
    ['fetch.max.bytes', 1000, 'maxBytes', 1000],
    ['fetch.wait.max.ms', 0, 'maxWaitMs', 0],
    ['fetch.message.max.bytes', 5, 'maxBytesPerPartition', 5],
    ['max.partition.fetch.bytes', 5, 'maxBytesPerPartition', 5],
    ['isolation.level', 'read_committed', 'readCommitted', true],
    ['isolation.level', 'read_uncommitted', 'readCommitted', false],
    ['client.rack', 'a', 'rack', 'a'],
  ])('of consumers: %s: %j', (name, value, key, wanted) => {
    expect(settings({ [name]: value }).consumer).toHaveProperty(key, wanted);
    expect(check({ [name]: value })).toEqual([]);
  });

  test.each<[string, unknown, string, unknown]>([
    ['acks', 'all', 'acks', -1],
    ['acks', -1, 'acks', -1],
    ['request.required.acks', '1', 'acks', 1],
    ['compression.type', 'lz4', 'compression', 'lz4'],
    ['compression.codec', 'none', 'compression', 'none'],
    ['enable.idempotence', 'false', 'idempotent', false],
    ['linger.ms', 20, 'lingerMs', 20],
    ['batch.num.messages', 10, 'batchMessages', 10],
    ['batch.size', 4096, 'batchBytes', 4096],
    ['message.max.bytes', 2_000_000, 'maxMessageBytes', 2_000_000],
    ['delivery.timeout.ms', 0, 'deliveryTimeoutMs', 0],
    ['message.timeout.ms', 5, 'deliveryTimeoutMs', 5],
  ])('of producers: %s: %j', (name, value, key, wanted) => {
    expect(producer({}, { [name]: value }).producer).toHaveProperty(key, wanted);
  });

  test('reconnect.backoff is how long a retry waits', () => {
    const { backoff } = settings({ 'reconnect.backoff.ms': 50, 'reconnect.backoff.max.ms': 400 });
    expect(backoff).toEqual({ firstMs: 50, mostMs: 400 });
  });

  test('the heartbeat stays well below a short session', () => {
    expect(settings({ 'session.timeout.ms': 3000 }).consumer.heartbeatIntervalMs).toBe(1000);
    expect(settings({}).consumer).toMatchObject({ sessionTimeoutMs: 10_000, heartbeatIntervalMs: 3000 });
  });

  test('a heartbeat that is not below the session is an error', () => {
    expect(problem({ 'session.timeout.ms': 6000, 'heartbeat.interval.ms': 6000 })).toMatchObject({
      path: ['connection', 'consumer_config', 'heartbeat.interval.ms'],
      fix: 'Write 2000.',
    });
  });

  test('null is not set', () => {
    expect(settings({ 'client.id': null }).clientId).toBe('evrun');
  });
});

describe('mistakes', () => {
  test.each<[string, unknown, RegExp]>([
    ['session.timeout.ms', '10s', /session.timeout.ms: expected an integer from 1 to 3600000, got "10s"/],
    ['session.timeout.ms', 0, /got 0/],
    ['fetch.min.bytes', 1.5, /got 1.5/],
    ['fetch.min.bytes', [], /got a list/],
    ['security.protocol', 'tls', /expected one of plaintext, ssl, sasl_plaintext, sasl_ssl, got "tls"/],
    ['auto.offset.reset', 'none', /expected one of earliest/],
    ['isolation.level', {}, /got a map/],
    ['client.id', '', /a text that is not empty/],
    ['auto.offset.reset', 'constructor', /expected one of earliest/],
  ])('%s: %j is an error at its place', (name, value, words) => {
    expect(problem({ [name]: value })).toMatchObject({
      path: ['connection', 'consumer_config', name],
      message: expect.stringMatching(words),
    });
  });

  test.each([
    ['sesion.timeout.ms', 'session.timeout.ms'],
    ['session_timeout_ms', 'session.timeout.ms'],
    ['sasl.user', 'sasl.username'],
    ['sasl.pasword', 'sasl.password'],
    ['ssl.ca.pen', 'ssl.ca.pem'],
    ['security.protocl', 'security.protocol'],
    ['auto.offset.rest', 'auto.offset.reset'],
  ])('a name that librdkafka does not have is an error: %s → %s', (name, near) => {
    expect(problem({ [name]: 'x' })).toMatchObject({
      message: `librdkafka has no property ${name}`,
      fix: `Did you mean ${near}?`,
      severity: 'error',
    });
  });

  test('a name that resembles nothing is an error without a guess', () => {
    expect(problem({ zzz: 1 })).toMatchObject({ fix: 'Remove it.', severity: 'error' });
    expect(check({ ['x'.repeat(100_000)]: 1 })).toHaveLength(1);
  });

  // What decides who is let in and who listens must never be ignored.
  test.each([
    'ssl.providers',
    'ssl.engine.id',
    'ssl.ca.certificate.stores',
    'sasl.kerberos.keytab',
    'sasl.oauthbearer.assertion.file',
    'plugin.library.paths',
  ])('%s has no counterpart and is an error', (name) => {
    expect(problem({ [name]: 'x' }).severity).toBeUndefined();
  });

  test.each(['queued.min.messages', 'statistics.interval.ms', 'socket.nagle.disable', 'debug', 'check.crcs'])(
    '%s has no counterpart and no effect, which is a warning',
    (name) => {
      expect(problem({ [name]: 1 })).toMatchObject({
        severity: 'warning',
        message: `${name} has no effect: it tunes librdkafka, which evrun does not use`,
      });
    },
  );

  test('enable.auto.commit has no effect: evrun commits', () => {
    expect(problem({ 'enable.auto.commit': true })).toMatchObject({
      severity: 'warning',
      message: expect.stringMatching(/evrun commits what has been acted on/),
    });
    expect(check({ 'enable.auto.commit': 'false' })).toEqual([]);
  });

  test('every property that librdkafka has is known, and none makes the check throw', () => {
    for (const name of NAMES) {
      for (const value of ['x', 1, true, [], {}, '']) {
        for (const { message } of check({ [name]: value })) expect(message).not.toMatch(/has no property/);
      }
    }
  });

  test('oauth_cb cannot run, and the error says what to use instead', () => {
    const { message, fix } = problem({ oauth_cb: 'datahub_actions.utils.kafka_msk_iam:oauth_cb' });
    expect(message).toMatch(/a Python function, which evrun cannot run .*Amazon MSK with IAM/);
    expect(fix).toMatch(/SCRAM-SHA-512.*client certificate.*sasl.oauthbearer.method: oidc/);
  });

  test('properties of Java clients are told what to write here', () => {
    expect(problem({ 'sasl.jaas.config': 'x' }).fix).toBe('Write sasl.username and sasl.password.');
    expect(problem({ 'ssl.truststore.location': 'x' }).fix).toMatch(/ssl.ca.location/);
  });

  test('a callback cannot be given', () => {
    expect(problem({ error_cb: 'x' }).message).toBe('error_cb is a function, which a recipe cannot give');
  });

  test('two names of one property may say the same only', () => {
    expect(check({ 'linger.ms': 5, 'queue.buffering.max.ms': 5 })).toEqual([]);
    expect(problem({ acks: 1, 'request.required.acks': 0 }).message).toMatch(
      /two names of one property and differ/,
    );
  });

  test('kafkaSettings throws what the check finds, not its warnings', () => {
    expect(() => settings({ zzz: 1 })).toThrow(expect.objectContaining({ code: 'EVR_RECIPE' }));
    expect(settings({ debug: 'all' }).clientId).toBe('evrun');
  });
});

describe('logging in', () => {
  test('a login without a mechanism is an error, as GSSAPI is no answer', () => {
    expect(problem({ ...SASL, 'sasl.username': 'u', 'sasl.password': 'some-secret' })).toMatchObject({
      path: ['connection', 'consumer_config', 'security.protocol'],
      message: expect.stringMatching(/sasl.mechanism is missing/),
    });
  });

  test.each(['GSSAPI', 'AWS_MSK_IAM', 'SCRAM'])(
    'mechanism %s is an error that says what there is',
    (mechanism) => {
      expect(problem({ ...SASL, 'sasl.mechanism': mechanism })).toMatchObject({
        path: ['connection', 'consumer_config', 'sasl.mechanism'],
        message: expect.stringMatching(/expected one of plain, scram-sha-256, scram-sha-512, oauthbearer/),
        fix: expect.stringMatching(/SCRAM-SHA-512/),
      });
    },
  );

  test.each(['sasl.username', 'sasl.password'])('without %s is an error', (name) => {
    expect(problem({ ...PLAIN, [name]: null })).toMatchObject({
      path: ['connection', 'consumer_config', 'sasl.mechanism'],
      message: `${name} is missing, which PLAIN needs`,
    });
  });

  test('a login that security.protocol leaves unused is an error, under the names of the recipe', () => {
    const problems = check({ ...PLAIN, 'security.protocol': 'SSL' });
    expect(problems.map(({ severity, message }) => [severity, message])).toEqual([
      ['error', 'sasl.mechanism has no effect: nobody logs in'],
      ['error', 'sasl.username has no effect: nobody logs in'],
      ['error', 'sasl.password has no effect: nobody logs in'],
    ]);
    expect(problems[0]).toMatchObject({ fix: 'Write security.protocol: SASL_SSL.' });
    expect(() => settings({ 'sasl.password': 'some-secret' })).toThrow('sasl.password has no effect');
  });

  test('OAUTHBEARER needs a place that tokens come from', () => {
    const config = { ...SASL, 'sasl.mechanism': 'OAUTHBEARER' };
    expect(problem(config).fix).toMatch(/sasl.oauthbearer.method: oidc/);
    expect(
      problem({ ...config, 'sasl.oauthbearer.method': 'oidc', 'sasl.oauthbearer.client.id': 'i' }).message,
    ).toBe(
      'sasl.oauthbearer.token.endpoint.url, sasl.oauthbearer.client.secret is missing, which sasl.oauthbearer.method: oidc needs',
    );
    const oidc = {
      ...config,
      'sasl.oauthbearer.method': 'oidc',
      'sasl.oauthbearer.client.id': 'i',
      'sasl.oauthbearer.client.secret': 'client-secret',
    };
    const url = 'sasl.oauthbearer.token.endpoint.url';
    expect(problem({ ...oidc, [url]: 'ftp://x' }).message).toMatch(/expected an http\(s\) URL/);
    const extensions = 'logicalCluster=lkc-1,identityPoolId=pool-2';
    expect(
      settings({ ...oidc, [url]: 'https://x/t', 'sasl.oauthbearer.extensions': extensions }).sasl,
    ).toMatchObject({ extensions: { logicalCluster: 'lkc-1', identityPoolId: 'pool-2' } });
  });

  test('the unsigned token needs a principal', () => {
    const config = { ...SASL, 'sasl.mechanism': 'OAUTHBEARER', 'enable.sasl.oauthbearer.unsecure.jwt': true };
    const named = 'principalClaimName=azp principal=admin scopeClaimName=roles scope=a,b lifeSeconds=600';
    expect(problem({ ...config, 'sasl.oauthbearer.config': 'lifeSeconds=1' }).message).toMatch(
      /principal=<name>/,
    );
    expect(settings({ ...config, 'sasl.oauthbearer.config': named }).sasl).toEqual({
      mechanism: 'oauthbearer',
      token: { from: 'unsecured', claims: { azp: 'admin', roles: ['a', 'b'] }, lifeSeconds: 600 },
      extensions: {},
    });
  });
});

describe('TLS', () => {
  const SSL = { 'security.protocol': 'ssl' };
  const PEM = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----';

  test('a certificate without its key is an error, and the reverse', () => {
    expect(problem({ ...SSL, 'ssl.certificate.location': 'c' }).message).toBe(
      'ssl.certificate is given without ssl.key',
    );
    expect(problem({ ...SSL, 'ssl.key.location': 'c' }).message).toBe(
      'ssl.key is given without ssl.certificate',
    );
  });

  test('a file and a text of one thing are an error', () => {
    expect(problem({ ...SSL, 'ssl.ca.location': 'c', 'ssl.ca.pem': PEM }).message).toBe(
      'ssl.ca.pem is given as well',
    );
  });

  test('text that is not PEM is an error', () => {
    expect(problem({ ...SSL, 'ssl.ca.pem': '/etc/ca.pem' })).toMatchObject({
      path: ['connection', 'consumer_config', 'ssl.ca.pem'],
      fix: 'A file is named with ssl.ca.location.',
    });
  });

  test('a keystore goes alone', () => {
    const config = { ...SSL, 'ssl.keystore.location': 'k.p12', 'ssl.keystore.password': 'some-secret' };
    expect(settings(config).tls).toMatchObject({ keystore: { path: 'k.p12' }, password: 'some-secret' });
    expect(problem({ ...config, 'ssl.key.location': 'k' }).message).toBe(
      'ssl.keystore.location is given as well',
    );
  });

  test('certificates that security.protocol leaves unused are an error', () => {
    expect(problem({ 'ssl.ca.location': 'c' })).toMatchObject({
      severity: 'error',
      fix: 'Write security.protocol: SSL.',
    });
  });

  test('files that are not there are a warning, for they may be on another machine', () => {
    expect(problem({ ...SSL, 'ssl.ca.location': '/nonexistent.pem' })).toMatchObject({
      path: ['connection', 'consumer_config', 'ssl.ca.location'],
      message: 'ssl.ca.location: cannot read /nonexistent.pem: there is no such file',
      severity: 'warning',
    });
    expect(problem({ ...SSL, 'ssl.keystore.location': '/' }).message).toMatch(/it is a folder/);
    expect(check({ ...SSL, 'ssl.ca.location': 'package.json' })).toEqual([]);
    expect(check({ ...SSL, 'ssl.ca.location': 'probe' })).toEqual([]);
  });

  test('certificates are verified unless the recipe says otherwise', () => {
    expect(settings(SSL).tls).toMatchObject({ verify: true, verifyHost: true });
    expect(settings({ ...SSL, 'enable.ssl.certificate.verification': 'False' }).tls).toMatchObject({
      verify: false,
    });
    expect(problem({ ...SSL, 'enable.ssl.certificate.verification': 'nope' }).message).toMatch(
      /true or false/,
    );
  });
});

describe('the environment', () => {
  test('gives properties, and the recipe goes before', () => {
    const environment = { KAFKA_PROPERTIES_CLIENT_ID: 'env', KAFKA_PROPERTIES_SESSION_TIMEOUT_MS: '7000' };
    expect(settings({}, environment).clientId).toBe('env');
    expect(settings({ 'client.id': 'recipe' }, environment)).toMatchObject({
      clientId: 'recipe',
      consumer: { sessionTimeoutMs: 7000 },
    });
  });

  test('the recipe goes before whichever name of the property it uses', () => {
    const environment = { KAFKA_PROPERTIES_SASL_MECHANISM: 'SCRAM-SHA-512' };
    expect(
      settings({ ...PLAIN, 'sasl.mechanism': null, 'sasl.mechanisms': 'PLAIN' }, environment).sasl,
    ).toMatchObject({
      mechanism: 'plain',
    });
    const acks = { KAFKA_PROPERTIES_MAX_PARTITION_FETCH_BYTES: '5' };
    expect(settings({ 'fetch.message.max.bytes': 7 }, acks).consumer.maxBytesPerPartition).toBe(7);
  });

  test('empty values, Java’s names and group.id are passed over', () => {
    const environment = {
      KAFKA_PROPERTIES_CLIENT_ID: ' ',
      KAFKA_PROPERTIES_GROUP_ID: 'g',
      KAFKA_PROPERTIES_SSL_KEYSTORE_LOCATION: 'k.jks',
      KAFKA_PROPERTIES_SSL_TRUSTSTORE_LOCATION: 't.jks',
      KAFKA_PROPERTIES_KAFKASTORE_SECURITY_PROTOCOL: 'x',
      KAFKA_PROPERTIES_BASIC_AUTH_USER_INFO: 'x',
      KAFKA_PROPERTIES_SCHEMA_REGISTRY_URL: 'x',
      KAFKA_PROPERTIES_SASL_JAAS_CONFIG: 'x',
      KAFKA_PROPERTIES_SASL_CLIENT_CALLBACK_HANDLER_CLASS: 'x',
      KAFKA_PROPERTIES_SASL_LOGIN_CLASS: 'x',
      KAFKA_PROPERTIES_SASL_LOGIN_CALLBACK_HANDLER_CLASS: 'x',
      KAFKA_PROPERTIES_SSL_PROTOCOL: 'x',
      KAFKA_PROPERTIES_SSL_ENABLED_PROTOCOLS: 'x',
      KAFKA_PROPERTIES_PARTITION_ASSIGNMENT_STRATEGY: 'x',
    };
    expect(check({}, environment)).toEqual([]);
    expect(settings({}, environment)).toMatchObject({ clientId: 'evrun', consumer: { groupId: undefined } });
  });

  test('is switched off by a variable', () => {
    const off = { DATAHUB_ACTIONS_KAFKA_ENV_PROPERTIES_ENABLED: 'false', KAFKA_PROPERTIES_CLIENT_ID: 'env' };
    expect(settings({}, off).clientId).toBe('evrun');
  });

  test('a problem names the variable', () => {
    expect(problem({}, { KAFKA_PROPERTIES_SESSION_TIMEOUT_MS: 'x' }).message).toMatch(
      /^KAFKA_PROPERTIES_SESSION_TIMEOUT_MS \(session.timeout.ms\): expected an integer/,
    );
    expect(problem({}, { KAFKA_PROPERTIES_OAUTH_CB: 'a:b' }).message).toMatch(/^KAFKA_PROPERTIES_OAUTH_CB/);
  });

  test('a login in it that has no effect is a warning, which names the variable', () => {
    expect(problem({}, { KAFKA_PROPERTIES_SASL_PASSWORD: 'some-secret' })).toMatchObject({
      severity: 'warning',
      message: 'KAFKA_PROPERTIES_SASL_PASSWORD (sasl.password) has no effect: nobody logs in',
    });
  });

  test('the brokers of the recipe go before its own', () => {
    const environment = { KAFKA_PROPERTIES_BOOTSTRAP_SERVERS: 'variable:1' };
    const brokers = (bootstrap: string) => kafkaSettings({ bootstrap }, 'consumer', environment).brokers;
    expect(brokers('recipe:1')).toEqual(['recipe:1']);
    expect(brokers('localhost:9092')).toEqual(['variable:1']);
  });

  test('what it holds for other programs is a warning, unless it decides who is let in', () => {
    expect(problem({}, { KAFKA_PROPERTIES_NO_SUCH_THING: 'x' }).severity).toBe('warning');
    expect(problem({}, { KAFKA_PROPERTIES_SASL_NO_SUCH_THING: 'x' }).severity).toBe('error');
  });
});

describe('a producer', () => {
  test('takes over what is not only a consumer’s, and its own goes before', () => {
    const made = producer(
      { ...PLAIN, 'client.id': 'both', 'session.timeout.ms': 6000, 'socket.timeout.ms': 99 },
      { 'client.id': 'own', 'linger.ms': 1 },
    );
    expect(made).toMatchObject({
      clientId: 'own',
      requestTimeoutMs: 99,
      sasl: { mechanism: 'plain', username: 'u' },
      producer: { lingerMs: 1 },
      consumer: { sessionTimeoutMs: 10_000 },
    });
  });

  test('problems stand where they were written', () => {
    const problems = checkConnection({ producer_config: { acks: 2 } }, 'producer', {});
    expect(problems.map(({ path }) => path)).toEqual([['connection', 'producer_config', 'acks']]);
  });
});

test('a secret under a mistyped name never shows, nor the password of user:password', () => {
  check({ 'sasl.pasword': 'mistyped-value', 'ssl.key.passwrd': 'mistyped-other' });
  const schema_registry_config = { 'basic.auth.user.info': 'registry-user:registry-value' };
  checkConnection({ schema_registry_config }, 'consumer', {});
  expect(redact('mistyped-value mistyped-other registry-value registry-user')).toBe(
    '*** *** *** registry-user',
  );
});

// Guard: without addSecret in connection.ts, all of these show.
test('secrets of the recipe and of the environment never show, whatever is wrong beside them', () => {
  check({ 'sasl.password': 'recipe-secret-1', 'ssl.key.password': 'recipe-secret-2' }, {});
  check({ 'ssl.key.pem': 'recipe-secret-3', 'sasl.oauthbearer.client.secret': 'recipe-secret-4' }, {});
  check(
    {},
    {
      KAFKA_PROPERTIES_SASL_PASSWORD: 'environment-secret',
      KAFKA_PROPERTIES_SSL_KEY_PASSWORD: 'other-secret',
    },
  );
  const text =
    'recipe-secret-1 recipe-secret-2 recipe-secret-3 recipe-secret-4 environment-secret other-secret';
  expect(redact(text)).toBe('*** *** *** *** *** ***');
  expect(problem({ 'security.protocol': 'SSL', 'ssl.key.pem': 98_765_432 }).message).toBe(
    'ssl.key.pem: expected a text that is not empty',
  );
});
