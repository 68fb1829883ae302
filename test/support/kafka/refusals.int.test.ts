import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { EvrunError } from '../../../src/contract/errors.ts';
import { type KafkaClient, openKafka } from '../../../src/support/kafka/client.ts';
import { kafkaSettings } from '../../../src/support/kafka/connection.ts';
import { silentLogger } from '../../../src/support/logging/log-silent.ts';
import { type KafkaCluster, sharedKafka } from '../../services/kafka.ts';
import { type Config, evrunFailure, failure, keystore, Opened } from './kit.ts';

let kafka: KafkaCluster;
let folder: string;
const opened = new Opened();

beforeAll(async () => {
  kafka = await sharedKafka();
  folder = await mkdtemp(join(tmpdir(), 'evrun-kafka-'));
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => opened.closeAll());

async function refused(bootstrap: string, config: Config): Promise<EvrunError> {
  const client = await opened.client(bootstrap, config);
  const admin = client.admin();
  opened.later(() => admin.disconnect());
  const reached = admin.connect().then(() => admin.describeCluster());
  const error = client.explain(await failure(reached), 'reach the cluster');
  expect(error.message).toMatch(/^kafka: cannot reach the cluster \(127\.0\.0\.1:\d+\): /);
  return error;
}

/** A configuration error: it ends the pipeline, it does not loop. */
async function forGood(bootstrap: string, config: Config, words: RegExp): Promise<void> {
  const error = await refused(bootstrap, config);
  expect(error.message).toMatch(words);
  expect(error).toMatchObject({ code: 'EVR_REFUSED', retry: 'never' });
  expect(error.message).not.toContain('-secret');
}

async function outage(bootstrap: string, config: Config, words: RegExp): Promise<void> {
  const error = await refused(bootstrap, config);
  expect(error.message).toMatch(words);
  expect(error).toMatchObject({ code: 'EVR_UNREACHABLE', retry: 'later' });
}

const PLAIN = { 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'PLAIN' };
const login = (username: string, password: string) => ({
  'sasl.username': username,
  'sasl.password': password,
});
const ALICE = login('alice', 'alice-secret');

describe('logging in', () => {
  test.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])('%s: a wrong password ends it', (mechanism) =>
    forGood(
      kafka.sasl,
      { ...PLAIN, 'sasl.mechanism': mechanism, ...login('alice', 'wrong-secret') },
      /did not accept user "alice" .* Check sasl.username and sasl.password/,
    ),
  );

  test('an unknown user ends it', () =>
    forGood(kafka.sasl, { ...PLAIN, ...login('nobody', 'some-secret') }, /did not accept user "nobody"/));

  test('a mechanism that is not enabled ends it', async () => {
    // The broker has all that evrun knows, so one that it does not have is asked for.
    const settings = kafkaSettings(
      { bootstrap: kafka.sasl, consumer_config: { ...PLAIN, ...ALICE } },
      'consumer',
      {},
    );
    const sasl = { mechanism: 'scram-sha-1' as 'plain', username: 'alice', password: 'alice-secret' };
    const client = await openKafka({ ...settings, sasl }, silentLogger);
    const error = client.explain(await failure(client.admin().connect()), 'reach the cluster');
    expect(error.message).toMatch(/does not offer sasl.mechanism SCRAM-SHA-1/);
    expect(error).toMatchObject({ code: 'EVR_REFUSED', retry: 'never' });
  });

  test('a login at a listener that takes none ends it', () =>
    forGood(
      kafka.plaintext,
      { ...PLAIN, ...ALICE },
      /takes no login at this port.*security.protocol: PLAINTEXT/,
    ));

  test('no login at a listener that wants one is told from the closed connection', () =>
    outage(kafka.sasl, {}, /closed the connection without an answer: .*security.protocol/));

  const TOKEN = { ...PLAIN, 'sasl.mechanism': 'OAUTHBEARER' };

  test('OAUTHBEARER: a token that is refused ends it, and the reason, which kafkajs loses, is told', () =>
    forGood(
      kafka.sasl,
      {
        ...TOKEN,
        'enable.sasl.oauthbearer.unsecure.jwt': true,
        'sasl.oauthbearer.config': 'principal=alice principalClaimName=who',
      },
      /did not accept the token \(OAUTHBEARER\): invalid_token/,
    ));
});

describe('TLS', () => {
  const SSL = { 'security.protocol': 'SSL' };

  test('an authority that is not trusted ends it', async () => {
    await forGood(kafka.tls, SSL, /not signed by an authority that is trusted here. Give .*ssl.ca.location/);
    await forGood(
      kafka.tls,
      { ...SSL, 'ssl.ca.location': kafka.files.otherCa },
      /Check the certificate given/,
    );
  });

  test('an expired certificate ends it', () =>
    forGood(kafka.expiredTls, { ...SSL, 'ssl.ca.location': kafka.files.ca }, /certificate has expired/));

  test('a certificate for another name ends it', () =>
    forGood(kafka.wrongName, { ...SSL, 'ssl.ca.location': kafka.files.ca }, /made for another host name/));

  test('mutual TLS without a certificate ends it', () =>
    forGood(kafka.mtls, { ...SSL, 'ssl.ca.location': kafka.files.ca }, /wants a client certificate/));

  test.each(['other', 'expired'] as const)('mutual TLS with a certificate that is %s ends it', (which) =>
    forGood(
      kafka.mtls,
      {
        ...SSL,
        'ssl.ca.location': kafka.files.ca,
        'ssl.certificate.location': kafka.files[`${which}Cert`],
        'ssl.key.location': kafka.files[`${which}Key`],
      },
      /did not accept the client certificate: it has expired, or/,
    ),
  );

  test('a key of another certificate ends it', () =>
    forGood(
      kafka.mtls,
      {
        ...SSL,
        'ssl.ca.location': kafka.files.ca,
        'ssl.certificate.location': kafka.files.clientCert,
        'ssl.key.location': kafka.files.otherKey,
      },
      /key does not belong to the certificate/,
    ));

  test('a key that is encrypted otherwise ends it', () =>
    forGood(
      kafka.mtls,
      {
        ...SSL,
        'ssl.ca.location': kafka.files.ca,
        'ssl.certificate.location': kafka.files.clientCert,
        'ssl.key.location': kafka.files.clientKeyEncrypted,
        'ssl.key.password': 'another-secret',
      },
      /key cannot be decrypted. Check ssl.key.password/,
    ));

  test.each([
    ['ssl.cipher.suites', 'NO-SUCH-CIPHER', /TLS cannot be set up .*cipher/i],
    ['ssl.curves.list', 'no-such-curve', /TLS cannot be set up .*curve/i],
    ['ssl.sigalgs.list', 'no-such-algorithm', /TLS cannot be set up/],
  ])('%s that OpenSSL does not know ends it', (name, value, words) =>
    forGood(kafka.tls, { ...SSL, 'ssl.ca.location': kafka.files.ca, [name]: value }, words),
  );

  test('a keystore whose password is wrong ends it', async () => {
    const path = join(folder, 'wrong.p12');
    await keystore(kafka.files, path, 'store-secret');
    await forGood(
      kafka.mtls,
      {
        ...SSL,
        'ssl.ca.location': kafka.files.ca,
        'ssl.keystore.location': path,
        'ssl.keystore.password': 'x-secret',
      },
      /key cannot be decrypted.*ssl.keystore.password/,
    );
  });

  test('a file that is not PEM ends it', () => {
    const path = join(folder, 'no.pem');
    writeFileSync(path, 'not a certificate');
    const pair = { 'ssl.certificate.location': path, 'ssl.key.location': kafka.files.clientKey };
    return forGood(kafka.mtls, { ...SSL, 'ssl.ca.location': kafka.files.ca, ...pair }, /not in PEM format/);
  });

  test('a file that is missing is named with its property', async () => {
    const path = join(folder, 'missing.pem');
    const error = await evrunFailure(opened.client(kafka.tls, { ...SSL, 'ssl.ca.location': path }));
    expect(error).toMatchObject({ code: 'EVR_REFUSED', retry: 'never' });
    expect(error.message).toContain(`cannot read ${path} (ssl.ca.location): there is no such file`);
  });

  test('a folder in place of a file is named with its property', async () => {
    const error = await evrunFailure(opened.client(kafka.tls, { ...SSL, 'ssl.ca.location': folder }));
    expect(error.message).toContain(`cannot read ${folder} (ssl.ca.location): it is a folder`);
  });

  test('a plain client at a TLS port is told of security.protocol', () =>
    outage(kafka.tls, {}, /closed the connection.*security.protocol/));

  test('a TLS client at a plain port is told of security.protocol', () =>
    outage(kafka.plaintext, { ...SSL, 'ssl.ca.location': kafka.files.ca }, /security.protocol: PLAINTEXT/));
});

describe('the network', () => {
  test('a port at which nothing listens is an outage', () =>
    outage('127.0.0.1:1', {}, /nothing listens at 127.0.0.1:1/));

  test('a name that DNS does not know is an outage', async () => {
    const client = await opened.client('no-such-host.invalid:9092');
    const admin = client.admin();
    const error = client.explain(await failure(admin.connect()), 'reach the cluster');
    expect(error.message).toMatch(/no-such-host.invalid:9092/);
    expect(error).toMatchObject({ code: 'EVR_UNREACHABLE', retry: 'later' });
  });
});

describe('rights', () => {
  const BOB = { ...PLAIN, ...login('bob', 'bob-secret') };

  /** Runs a consumer until it ends or fails, and gives what ended it. */
  async function ended(client: KafkaClient, topic: string, groupId: string): Promise<unknown> {
    const consumer = client.consumer({ groupId });
    opened.later(() => consumer.disconnect());
    const crashed = new Promise<unknown>((resolve) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error));
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    const threw = await consumer.run({ eachBatch: async () => {} }).then(
      () => undefined,
      (error: unknown) => error,
    );
    return threw ?? crashed;
  }

  test('no right to the topic ends it', async () => {
    const topic = `t-${randomUUID()}`;
    await kafka.createTopic(topic);
    const client = await opened.client(kafka.sasl, BOB);
    const consumer = client.consumer({ groupId: `g-${topic}` });
    opened.later(() => consumer.disconnect());
    await consumer.connect();
    const threw = await failure(
      consumer
        .subscribe({ topics: [topic], fromBeginning: true })
        .then(() => consumer.run({ eachBatch: async () => {} })),
    );
    const error = client.explain(threw, `read topic ${topic}`);
    expect(error.message).toMatch(/user "bob" may not use the topic, or it does not exist/);
    expect(error).toMatchObject({ code: 'EVR_REFUSED', retry: 'never' });
  });

  test('no right to the group ends it, though its reason stands only in a log line', async () => {
    const topic = `t-${randomUUID()}`;
    await kafka.createTopic(topic);
    await kafka.grant('bob', { topic, to: 'read' });
    const client = await opened.client(kafka.sasl, BOB);
    const error = client.explain(await ended(client, topic, `g-${topic}`), `read topic ${topic}`);
    expect(error.message).toMatch(/user "bob" may not use the consumer group. Allow READ/);
    expect(error).toMatchObject({ code: 'EVR_REFUSED', retry: 'never' });
  });
});
