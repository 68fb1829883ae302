import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freshName } from './evrun.mjs';
import { startServer } from './measure.mjs';
import { queueJob, queueMemory, queueWorld } from './queues.mjs';

const here = import.meta.dirname;
const RECEIVERS = 8;

/** fauxqs, and ElasticMQ, which needs Java. */
export function sqsWorlds() {
  const fauxqs = queueWorld(startFauxqs);
  const elasticmq = queueWorld(startElasticMq);
  return { fauxqs, elasticmq, stop: () => Promise.all([fauxqs.stop(), elasticmq.stop()]) };
}

/** sqs → discard beside a bare loop of signed receive and delete batches, and beside the official SDK's. */
export function sqsJobs(dir, { fauxqs, elasticmq }, scale) {
  const job = (name, title, target, world, messages, ...how) =>
    queueJob(dir, {
      name,
      title,
      target,
      world,
      messages: Math.round(messages * scale),
      source,
      loop: ({ endpoint }, queue, count) => {
        const script = join(here, 'floors/sqs-loop.mjs');
        return [script, endpoint, queue, String(count), String(RECEIVERS), ...how];
      },
    });
  return [
    job('sqs', 'sqs → discard', 0.9, fauxqs, 100_000),
    job('sqs-sdk', 'sqs → discard, beside the official SDK', 2, fauxqs, 30_000, 'sdk'),
    job('sqs-elasticmq', 'sqs → discard, from ElasticMQ', 0.9, elasticmq, 30_000),
  ];
}

export function sqsMemory(dir, { fauxqs }, scale) {
  const messages = Math.round(100_000 * scale);
  return queueMemory(dir, { messages, acted: Math.round(messages / 5), world: fauxqs, source });
}

function source({ endpoint }, queue) {
  const keys = 'access_key_id: test, secret_access_key: test-secret';
  const place = `queue_url: "${queue}", endpoint: "${endpoint}", region: us-east-1`;
  return `source: { type: sqs, config: { ${place}, ${keys}, receivers: ${RECEIVERS}, wait_time_seconds: 0 } }`;
}

async function startFauxqs() {
  const { url, stop } = await startServer(join(here, 'sinks/sqs-server.mjs'));
  return serverAt(url, stop);
}

async function startElasticMq() {
  const script = join(here, '../services/main.mjs');
  const child = spawn(process.execPath, [script, 'elasticmq'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done) throw new Error('ElasticMQ did not start');
  return serverAt(JSON.parse(first.value).url, () => child.stdin.end());
}

function serverAt(endpoint, stop) {
  async function call(operation, parameters) {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${operation}`,
    };
    const answer = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(parameters) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  return {
    endpoint,
    async fill(count) {
      const { QueueUrl } = await call('CreateQueue', { QueueName: freshName() });
      for (let n = 0; n < count; n += 10) {
        const Entries = Array.from({ length: Math.min(10, count - n) }, (_, i) => ({
          Id: String(i),
          MessageBody: JSON.stringify({ n: n + i, customer: `c${(n + i) % 1000}`, note: 'x'.repeat(550) }),
        }));
        const { Failed = [] } = await call('SendMessageBatch', { QueueUrl, Entries });
        if (Failed.length > 0) throw new Error(`${Failed.length} messages were not taken`);
      }
      return QueueUrl;
    },
    async left(QueueUrl) {
      const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'];
      const { Attributes } = await call('GetQueueAttributes', { QueueUrl, AttributeNames });
      await call('DeleteQueue', { QueueUrl });
      return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name]), 0);
    },
    stop,
  };
}
