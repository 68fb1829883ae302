import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Kafka, logLevel } from 'kafkajs';
import { entityChange } from './events.mjs';

/** A broker of one's own: `at` is its address, `tell` one of its commands (`kill 1`, see test/services/main.mjs). */
export async function startBroker() {
  const script = join(import.meta.dirname, '../services/main.mjs');
  const child = spawn(process.execPath, [script, 'kafka', 'fast'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done) throw new Error('the broker did not start');
  const at = JSON.parse(first.value).plaintext;
  const tell = async (command) => {
    child.stdin.write(`${command}\n`);
    const { value } = await lines.next();
    if (value !== 'done') throw new Error(`${command}: ${value}`);
  };
  return { at, tell, stop: () => child.stdin.end() };
}

export function clientOf(at) {
  return new Kafka({ brokers: [at], logLevel: logLevel.NOTHING });
}

/** Entity change events of 593 B, spread over the partitions by their entity, as DataHub writes them. */
export async function fill(at, topic, count) {
  const producer = clientOf(at).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const BATCH = 5_000;
  for (let n = 0; n < count; n += BATCH) {
    const messages = Array.from({ length: Math.min(BATCH, count - n) }, (_, i) => {
      const event = entityChange(n + i);
      return { key: event.entityUrn, value: JSON.stringify(event) };
    });
    await producer.send({ topic, messages });
  }
  await producer.disconnect();
}
