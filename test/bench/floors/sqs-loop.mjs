// A bare loop over SQS: `node sqs-loop.mjs <endpoint> <queue URL> <messages> <loops> [sdk]`. Each loop receives ten,
// parses their bodies and deletes them in one batch; requests are signed here, or made by the official SDK.
import { createHash, createHmac } from 'node:crypto';

const [endpoint, QueueUrl, count, loops, sdk] = process.argv.slice(2);
const wanted = Number(count);
const keys = { accessKeyId: 'test', secretAccessKey: 'test-secret' };
let passed = 0;
let parsed = 0;

async function bareCall() {
  const { Pool } = await import('undici');
  const { host, origin } = new URL(endpoint);
  const pool = new Pool(origin, { connections: Number(loops) });
  const sha256 = (text) => createHash('sha256').update(text).digest('hex');
  const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
  const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  const scope = `${today}/us-east-1/sqs/aws4_request`;
  const key = [today, 'us-east-1', 'sqs', 'aws4_request'].reduce(hmac, `AWS4${keys.secretAccessKey}`);
  const names = 'content-type;host;x-amz-date;x-amz-target';
  return async (operation, parameters) => {
    const body = JSON.stringify({ QueueUrl, ...parameters });
    const date = `${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
    const type = 'application/x-amz-json-1.0';
    const target = `AmazonSQS.${operation}`;
    const lines = `content-type:${type}\nhost:${host}\nx-amz-date:${date}\nx-amz-target:${target}\n`;
    const canonical = `POST\n/\n\n${lines}\n${names}\n${sha256(body)}`;
    const signature = hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`).toString('hex');
    const credential = `Credential=${keys.accessKeyId}/${scope}`;
    const headers = {
      'content-type': type,
      'x-amz-date': date,
      'x-amz-target': target,
      authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`,
    };
    const answer = await pool.request({ method: 'POST', path: '/', headers, body });
    return answer.body.json();
  };
}

async function sdkCall() {
  const { SQSClient, ReceiveMessageCommand, DeleteMessageBatchCommand } = await import('@aws-sdk/client-sqs');
  const client = new SQSClient({
    region: 'us-east-1',
    endpoint,
    credentials: keys,
    useQueueUrlAsEndpoint: false,
  });
  const commands = { ReceiveMessage: ReceiveMessageCommand, DeleteMessageBatch: DeleteMessageBatchCommand };
  return (operation, parameters) => client.send(new commands[operation]({ QueueUrl, ...parameters }));
}

const call = sdk === 'sdk' ? await sdkCall() : await bareCall();

async function loop() {
  while (passed < wanted) {
    const { Messages = [] } = await call('ReceiveMessage', {
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 0,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    });
    if (Messages.length === 0) {
      if (passed >= wanted) return;
      continue;
    }
    for (const { Body } of Messages) if (JSON.parse(Body).n >= 0) parsed += 1;
    const Entries = Messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
    const { Successful } = await call('DeleteMessageBatch', { Entries });
    passed += Successful.length;
  }
}

await Promise.all(Array.from({ length: Number(loops) }, loop));
console.log(JSON.stringify({ read: parsed, passed }));
process.exit(0);
