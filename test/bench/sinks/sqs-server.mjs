// fauxqs as a program of its own: `node sqs-server.mjs`. Prints its address; each line that it reads is a number of
// messages to put into the queue `bench`, answered by the queue's URL. Ends when its input ends.
import { createInterface } from 'node:readline';
import { buildApp } from 'fauxqs';

const app = buildApp({ logger: false });
const url = await app.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${url}\n`);
let queues = 0;

async function call(operation, parameters) {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${operation}` };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(parameters) });
  return answer.json();
}

for await (const line of createInterface({ input: process.stdin })) {
  const { fill, left } = JSON.parse(line);
  if (fill !== undefined) {
    queues += 1;
    const { QueueUrl } = await call('CreateQueue', { QueueName: `bench-${queues}` });
    for (let n = 0; n < fill; n += 10) {
      const Entries = Array.from({ length: Math.min(10, fill - n) }, (_, i) => ({
        Id: String(i),
        MessageBody: JSON.stringify({ n: n + i, customer: `c${(n + i) % 1000}`, note: 'x'.repeat(550) }),
      }));
      await call('SendMessageBatch', { QueueUrl, Entries });
    }
    process.stdout.write(`${QueueUrl}\n`);
  } else {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'];
    const { Attributes } = await call('GetQueueAttributes', { QueueUrl: left, AttributeNames: names });
    process.stdout.write(`${names.reduce((sum, name) => sum + Number(Attributes[name]), 0)}\n`);
  }
}
await app.close();
