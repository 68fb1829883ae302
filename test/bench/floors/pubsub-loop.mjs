// A bare loop over Pub/Sub: `node pubsub-loop.mjs <endpoint> <subscription> <messages> <loops>`. Each loop pulls up to
// a thousand messages, parses them, and acknowledges them in one request before it pulls again.
import { Pool } from 'undici';

const [endpoint, subscription, count, loops] = process.argv.slice(2);
const wanted = Number(count);
const pool = new Pool(endpoint, { connections: Number(loops) });
let passed = 0;
let parsed = 0;

async function call(method, body) {
  const answer = await pool.request({
    method: 'POST',
    path: `/v1/projects/bench/subscriptions/${subscription}:${method}`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (answer.statusCode !== 200) throw new Error(`${method}: ${answer.statusCode}`);
  return answer.body.json();
}

async function loop() {
  while (passed < wanted) {
    const { receivedMessages = [] } = await call('pull', { maxMessages: 1_000, returnImmediately: true });
    if (receivedMessages.length === 0) continue;
    for (const { message } of receivedMessages) {
      if (JSON.parse(Buffer.from(message.data, 'base64').toString()).version === 0) parsed += 1;
    }
    await call('acknowledge', { ackIds: receivedMessages.map(({ ackId }) => ackId) });
    passed += receivedMessages.length;
  }
}

await Promise.all(Array.from({ length: Number(loops) }, loop));
console.log(JSON.stringify({ read: parsed, passed }));
process.exit(0);
