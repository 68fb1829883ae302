import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type FakeAws, KEYS, REGION } from '../services/fauxqs.ts';
import { createQueue } from '../services/sqs-world.ts';
import { evrun, ROOT, receiver, workFolder } from './kit.ts';

/** Every recipe of recipes/ that reads SQS, and what running it must come to. */
export const sqsRuns: Record<string, (server: FakeAws) => Promise<void>> = {
  'sqs-to-exec.yml': toExec,
  'sqs-sns-to-http.yml': snsToHttp,
  'sqs-flyte-failures.yml': flyteFailures,
};

interface Extra {
  readonly env?: Readonly<Record<string, string>>;
  /** How the run is told to end. */
  readonly end?: readonly string[];
}

async function run(
  server: FakeAws,
  name: string,
  bodies: readonly string[],
  { env = {}, end = ['--until-caught-up'] }: Extra = {},
) {
  const cwd = workFolder();
  const queue = await createQueue(server, name);
  await queue.send(bodies);
  const aws = {
    AWS_ENDPOINT_URL: server.url,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: KEYS.access_key_id,
    AWS_SECRET_ACCESS_KEY: KEYS.secret_access_key,
  };
  const all = { ...aws, QUEUE_URL: queue.url, DESK: join(cwd, 'desk.txt'), ...env };
  const ended = await evrun([`recipes/${name}.yml`, ...end], { cwd, env: all });
  expect(ended.code, ended.err).toBe(0);
  const left = await queue.count();
  queue.close();
  return { cwd, left };
}

async function toExec(server: FakeAws): Promise<void> {
  const alerts = [
    { host: 'db-1', text: 'disk; rm -rf $HOME' },
    { host: 'db-2', text: 'fan' },
  ];
  const { cwd, left } = await run(
    server,
    'sqs-to-exec',
    alerts.map((alert) => JSON.stringify(alert)),
  );
  expect(existsSync(join(cwd, 'desk.txt'))).toBe(true);
  const lines = readFileSync(join(cwd, 'desk.txt'), 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => line.replace(/^attempt \d+: /, '')).sort()).toEqual([
    'db-1: disk; rm -rf $HOME',
    'db-2: fan',
  ]);
  expect(left).toEqual({ visible: 0, hidden: 0 });
}

async function snsToHttp(server: FakeAws): Promise<void> {
  const endpoint = await receiver();
  const envelope = {
    Type: 'Notification',
    MessageId: 'm-1',
    TopicArn: 'arn:aws:sns:us-east-1:123456789012:orders',
    Message: '{"order":1}',
    Timestamp: '2026-11-21T00:00:00.000Z',
  };
  const bodies = [JSON.stringify(envelope), '{"order":2}'];
  const { cwd, left } = await run(server, 'sqs-sns-to-http', bodies, { env: { ENDPOINT: endpoint.url } });
  expect(endpoint.received.map(({ body }) => body)).toEqual(['{"order":1}']);
  expect(endpoint.received[0]?.headers['x-topic']).toBe(envelope.TopicArn);
  expect(
    readFileSync(join(cwd, 'logs/sqs-sns-to-http/failed_events.log'), 'utf8').trimEnd().split('\n'),
  ).toHaveLength(1);
  expect(left).toEqual({ visible: 0, hidden: 0 });
}

/** Bodies that Flyte's own publisher sent. */
async function flyteFailures(server: FakeAws): Promise<void> {
  const vectors = join(ROOT, 'test/formats/flyte/vectors');
  const bodies = ['sns-fauxqs-v1-wrapped.json', 'sns-fauxqs-v1-raw.json'].flatMap((file) => {
    const { messages } = JSON.parse(readFileSync(join(vectors, file), 'utf8')) as {
      messages: { bodyBase64: string }[];
    };
    return messages.map(({ bodyBase64 }) => Buffer.from(bodyBase64, 'base64').toString());
  });
  const chat = await receiver();
  await run(server, 'sqs-flyte-failures', bodies, {
    env: { WEBHOOK_URL: chat.url },
    end: ['--idle-timeout', '1'],
  });
  const said = chat.received.map(({ body }) => (JSON.parse(body) as { text: string }).text);
  expect(said.length).toBeGreaterThan(0);
  expect(said.every((text) => /^flytesnacks\/.+: (FAILED|TIMED_OUT), /.test(text))).toBe(true);
}
