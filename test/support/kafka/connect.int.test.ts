import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { type KafkaCluster, sharedKafka } from '../../services/kafka.ts';
import { type Config, keystore, Opened } from './kit.ts';

let kafka: KafkaCluster;
const opened = new Opened();

beforeAll(async () => {
  kafka = await sharedKafka();
}, 120_000);

afterEach(() => opened.closeAll());

async function connects(bootstrap: string, config: Config): Promise<void> {
  const admin = (await opened.client(bootstrap, config)).admin();
  opened.later(() => admin.disconnect());
  await admin.connect();
  expect((await admin.describeCluster()).brokers).toHaveLength(1);
}

const ALICE = { 'sasl.username': 'alice', 'sasl.password': 'alice-secret' };

test('it connects without TLS and login', () => connects(kafka.plaintext, {}));

test('brokers that are down are passed over', () =>
  connects(`127.0.0.1:1,127.0.0.1:2,${kafka.plaintext}`, {}));

test.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])('it logs in with %s', (mechanism) =>
  connects(kafka.sasl, { 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': mechanism, ...ALICE }),
);

test('it logs in with OAUTHBEARER and an unsigned token', () =>
  connects(kafka.sasl, {
    'security.protocol': 'sasl_plaintext',
    'sasl.mechanisms': 'OAUTHBEARER',
    'enable.sasl.oauthbearer.unsecure.jwt': 'true',
    'sasl.oauthbearer.config': 'principal=alice lifeSeconds=600',
  }));

test('it trusts an authority given as a file', () =>
  connects(kafka.tls, { 'security.protocol': 'SSL', 'ssl.ca.location': kafka.files.ca }));

test('it trusts an authority given as text', () =>
  connects(kafka.tls, { 'security.protocol': 'SSL', 'ssl.ca.pem': readFileSync(kafka.files.ca, 'utf8') }));

test('it trusts an authority given as text on one line, as environments hold it', () =>
  connects(kafka.tls, {
    'security.protocol': 'SSL',
    'ssl.ca.pem': readFileSync(kafka.files.ca, 'utf8').replaceAll('\n', '\\n'),
  }));

test('it accepts any certificate where verification is switched off', () =>
  connects(kafka.expiredTls, { 'security.protocol': 'SSL', 'enable.ssl.certificate.verification': false }));

test('it accepts another host name where only that check is switched off', () =>
  connects(kafka.wrongName, {
    'security.protocol': 'SSL',
    'ssl.ca.location': kafka.files.ca,
    'ssl.endpoint.identification.algorithm': 'none',
  }));

test('it shows a client certificate from files', () =>
  connects(kafka.mtls, {
    'security.protocol': 'SSL',
    'ssl.ca.location': kafka.files.ca,
    'ssl.certificate.location': kafka.files.clientCert,
    'ssl.key.location': kafka.files.clientKey,
  }));

test('it shows a client certificate given as text, its key encrypted', () =>
  connects(kafka.mtls, {
    'security.protocol': 'SSL',
    'ssl.ca.location': kafka.files.ca,
    'ssl.certificate.pem': readFileSync(kafka.files.clientCert, 'utf8'),
    'ssl.key.pem': readFileSync(kafka.files.clientKeyEncrypted, 'utf8'),
    'ssl.key.password': 'key-secret',
  }));

test('it shows a client certificate from a PKCS#12 keystore, with ciphers, curves and algorithms of the user’s', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'evrun-kafka-'));
  opened.later(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'client.p12');
  await keystore(kafka.files, path, 'store-secret');
  await connects(kafka.mtls, {
    'security.protocol': 'SSL',
    'ssl.ca.location': kafka.files.ca,
    'ssl.keystore.location': path,
    'ssl.keystore.password': 'store-secret',
    'ssl.cipher.suites': 'ECDHE+AESGCM:TLS_AES_256_GCM_SHA384',
    'ssl.curves.list': 'P-256:X25519',
    'ssl.sigalgs.list': 'RSA-PSS+SHA256:ECDSA+SHA256:RSA+SHA256',
  });
});

test('it logs in over TLS', () =>
  connects(kafka.saslTls, {
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'SCRAM-SHA-512',
    'ssl.ca.location': kafka.files.ca,
    ...ALICE,
  }));
