import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { findEmulator } from '../services/pubsub-jar.mjs';
import { entityChange } from './events.mjs';
import { freshName } from './evrun.mjs';
import { queueJob, queueMemory, queueWorld } from './queues.mjs';

const here = import.meta.dirname;
const RECEIVERS = 4;
/** The emulator keeps what was acknowledged, and crawls once its memory is full: it is replaced before. */
const MOST_MESSAGES = 300_000;
/** A new one is slow until the JVM has compiled what it does. */
const WARM_UP_MESSAGES = 10_000;

/** Google's Pub/Sub emulator, from a Google SDK on this machine. */
export const pubsubWorld = () => queueWorld(startPubSub);

/** pubsub → discard beside a bare loop of pull and acknowledge with the same parallelism. */
export function pubsubJobs(dir, world, scale) {
  const messages = Math.round(60_000 * scale);
  const missing = 'Google’s Pub/Sub emulator is not on this machine, and it is in no package registry';
  const loop = ({ endpoint }, queue, count) => {
    return [join(here, 'floors/pubsub-loop.mjs'), endpoint, queue, String(count), String(RECEIVERS)];
  };
  const title = 'pubsub → discard';
  return [queueJob(dir, { name: 'pubsub', title, target: 0.9, messages, world, missing, source, loop })];
}

export function pubsubMemory(dir, world, scale) {
  const messages = Math.round(100_000 * scale);
  return queueMemory(dir, { messages, acted: Math.round(messages / 5), world, source });
}

function source({ endpoint }, queue) {
  const place = `subscription: ${queue}, project: bench, endpoint: "${endpoint}"`;
  return `source: { type: pubsub, config: { ${place}, receivers: ${RECEIVERS} } }`;
}

async function startPubSub() {
  const jar = findEmulator();
  if (jar === undefined) return undefined;
  let emulator = await startEmulator(jar);
  let filled = 0;

  return {
    get endpoint() {
      return emulator.endpoint;
    },
    /** A subscription of its own with all messages in it. */
    async fill(count) {
      if (filled + count > MOST_MESSAGES && filled > 0) {
        emulator.stop();
        emulator = await startEmulator(jar);
        filled = 0;
      }
      filled += count;
      const name = freshName();
      await emulator.fill(name, count);
      return name;
    },
    left: (name) => emulator.left(name),
    stop: () => emulator.stop(),
  };
}

async function startEmulator(jar) {
  const port = await freePort();
  const args = ['-Xmx1g', '-jar', jar, '--host=127.0.0.1', `--port=${port}`];
  const child = spawn('java', args, { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = () => child.kill('SIGKILL');
  process.once('exit', stop);

  async function call(method, path, body) {
    const answer = await fetch(`${endpoint}/v1/projects/bench/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }

  async function fill(name, count) {
    await call('PUT', `topics/${name}`, {});
    const topic = `projects/bench/topics/${name}`;
    await call('PUT', `subscriptions/${name}`, { topic, ackDeadlineSeconds: 600 });
    for (let n = 0; n < count; n += 1_000) {
      const messages = Array.from({ length: Math.min(1_000, count - n) }, (_, i) => {
        return { data: Buffer.from(JSON.stringify(entityChange(n + i))).toString('base64') };
      });
      await call('POST', `topics/${name}:publish`, { messages });
    }
  }

  const pull = async (name) => {
    const most = { maxMessages: 1_000, returnImmediately: true };
    const { receivedMessages = [] } = await call('POST', `subscriptions/${name}:pull`, most);
    return receivedMessages.map(({ ackId }) => ackId);
  };

  for (;;) {
    try {
      await call('GET', 'topics');
      break;
    } catch {
      if (child.exitCode !== null) throw new Error('the Pub/Sub emulator did not start');
      await new Promise((done) => setTimeout(done, 50));
    }
  }
  await fill('warm-up', WARM_UP_MESSAGES);
  for (let ackIds = await pull('warm-up'); ackIds.length > 0; ackIds = await pull('warm-up')) {
    await call('POST', 'subscriptions/warm-up:acknowledge', { ackIds });
  }

  return {
    endpoint,
    stop,
    fill,
    /** What is not acknowledged comes again at once when the subscription is asked: nobody holds it any more. */
    async left(name) {
      const { length } = await pull(name);
      await call('DELETE', `subscriptions/${name}`);
      await call('DELETE', `topics/${name}`);
      return length;
    },
  };
}

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}
