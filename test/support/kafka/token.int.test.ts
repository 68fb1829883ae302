import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { redact } from '../../../src/support/logging/redact.ts';
import { type KafkaCluster, sharedKafka } from '../../services/kafka.ts';
import { unsignedToken } from '../../services/oauth.ts';
import { failure, Opened } from './kit.ts';

let kafka: KafkaCluster;
const opened = new Opened();

beforeAll(async () => {
  kafka = await sharedKafka();
}, 120_000);

afterEach(() => opened.closeAll());

async function issuer(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.later(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/oauth/token?tenant=1`;
}

const config = (url: string) => ({
  'security.protocol': 'SASL_PLAINTEXT',
  'sasl.mechanism': 'OAUTHBEARER',
  'sasl.oauthbearer.method': 'oidc',
  'sasl.oauthbearer.client.id': 'evrun',
  'sasl.oauthbearer.client.secret': 'issuer-secret',
  'sasl.oauthbearer.scope': 'kafka',
  'sasl.oauthbearer.token.endpoint.url': url,
});

async function admin(url: string) {
  const client = await opened.client(kafka.sasl, config(url));
  const made = client.admin();
  opened.later(() => made.disconnect());
  return { client, admin: made };
}

test('a token is asked for once by client credentials, used for every connection, and never shown', async () => {
  const asked: { url: string | undefined; authorization: string | undefined; body: string }[] = [];
  const token = unsignedToken('alice');
  const url = await issuer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    asked.push({ url: request.url, authorization: request.headers.authorization, body });
    response.end(JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 300 }));
  });
  const { client, admin: first } = await admin(url);
  const second = client.admin();
  opened.later(() => second.disconnect());
  await Promise.all([first.connect(), second.connect()]);
  expect((await first.describeCluster()).brokers).toHaveLength(1);
  expect(asked).toEqual([
    {
      url: '/oauth/token?tenant=1',
      authorization: `Basic ${Buffer.from('evrun:issuer-secret').toString('base64')}`,
      body: 'grant_type=client_credentials&scope=kafka',
    },
  ]);
  expect(redact(`${token} issuer-secret`)).toBe('*** ***');
});

test('OAUTHBEARER expired: the reason that kafkajs loses is told', async () => {
  const url = await issuer((_, response) => {
    response.end(JSON.stringify({ access_token: unsignedToken('alice', -60), expires_in: 300 }));
  });
  const { client, admin: made } = await admin(url);
  const error = client.explain(await failure(made.connect()), 'reach the cluster');
  expect(error.message).toMatch(/did not accept the token \(OAUTHBEARER\): invalid_token/);
  expect(error).toMatchObject({ code: 'EVR_REFUSED', retry: 'never' });
});

test('an issuer that says no ends it', async () => {
  const url = await issuer((_, response) => {
    response.statusCode = 401;
    response.end(JSON.stringify({ error: 'invalid_client' }));
  });
  const { client, admin: made } = await admin(url);
  const error = client.explain(await failure(made.connect()), 'reach the cluster');
  expect(error.message).toMatch(/answered 401 invalid_client. Check sasl.oauthbearer.client.id/);
  expect(error).toMatchObject({ code: 'EVR_REFUSED', retry: 'never' });
});

test('an issuer that answers something else ends it', async () => {
  const url = await issuer((_, response) => response.end('<html>'));
  const { client, admin: made } = await admin(url);
  const error = client.explain(await failure(made.connect()), 'reach the cluster');
  expect(error.message).toMatch(/did not answer as an OAuth 2.0 token endpoint/);
});

test.each([500, 503, 429])('an issuer that answers %i is an outage', async (status) => {
  const url = await issuer((_, response) => {
    response.statusCode = status;
    response.end();
  });
  const { client, admin: made } = await admin(url);
  const error = client.explain(await failure(made.connect()), 'reach the cluster');
  expect(error).toMatchObject({ code: 'EVR_UNREACHABLE', retry: 'later' });
});

test('an issuer that is away is an outage', async () => {
  const { client, admin: made } = await admin('http://127.0.0.1:1/token');
  const error = client.explain(await failure(made.connect()), 'reach the cluster');
  expect(error).toMatchObject({ code: 'EVR_UNREACHABLE', retry: 'later' });
  expect(error.message).toMatch(/nothing listens at 127.0.0.1:1/);
});
