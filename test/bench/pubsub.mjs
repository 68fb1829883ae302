// pubsub → discard beside a bare loop of pull and acknowledge with the same parallelism, in turn, on one emulator in
// one run: `node test/bench/pubsub.mjs [--runs 3] [--messages 20000] [--receivers 4] [--memory]`. What was done is
// counted at the subscription: it must be empty. The emulator is Google's and shares the machine, so the ratio means
// more than the rates: most of the processor is the emulator's.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findEmulator } from '../services/pubsub-jar.mjs';
import { entityChange } from './events.mjs';
import { reportOf, runOnce, summary } from './measure.mjs';

const here = import.meta.dirname;
const evrun = resolve(here, '../../bin/evrun');
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    messages: { type: 'string', default: '20000' },
    receivers: { type: 'string', default: '4' },
    prefetch: { type: 'string', default: '2000' },
    memory: { type: 'boolean', default: false },
  },
});
const messages = Number(values.messages);
const { receivers } = values;
const jar = findEmulator();
if (jar === undefined) {
  console.log('skipped: Google’s Pub/Sub emulator is not on this machine');
  process.exit(0);
}

const port = await freePort();
const emulator = spawn('java', ['-Xmx1g', '-jar', jar, '--host=127.0.0.1', `--port=${port}`], {
  stdio: 'ignore',
});
const endpoint = `http://127.0.0.1:${port}`;
const dir = mkdtempSync(join(tmpdir(), 'evrun-bench-pubsub-'));

async function call(method, path, body) {
  const answer = await fetch(`${endpoint}/v1/projects/bench/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function ready() {
  for (;;) {
    try {
      return await call('GET', 'topics');
    } catch {
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}

/** A subscription of its own with all messages in it. */
async function filled(name) {
  await call('PUT', `topics/${name}`, {});
  await call('PUT', `subscriptions/${name}`, {
    topic: `projects/bench/topics/${name}`,
    ackDeadlineSeconds: 600,
  });
  for (let n = 0; n < messages; n += 1_000) {
    const batch = Array.from({ length: Math.min(1_000, messages - n) }, (_, i) => {
      return { data: Buffer.from(JSON.stringify(entityChange(n + i))).toString('base64') };
    });
    await call('POST', `topics/${name}:publish`, { messages: batch });
  }
}

async function emptied(name) {
  const pull = { maxMessages: 10, returnImmediately: true };
  const { receivedMessages = [] } = await call('POST', `subscriptions/${name}:pull`, pull);
  if (receivedMessages.length > 0) throw new Error(`messages are left in ${name}`);
  await call('DELETE', `subscriptions/${name}`);
}

async function ours(name, action, args) {
  const recipe = [
    'name: bench',
    'source:',
    '  type: pubsub',
    `  config: { subscription: ${name}, project: bench, endpoint: "${endpoint}", receivers: ${receivers}, prefetch: ${values.prefetch} }`,
    `action: { type: ${action} }`,
  ];
  const file = join(dir, 'recipe.yml');
  writeFileSync(file, `${recipe.join('\n')}\n`);
  const state = ['--state-dir', join(dir, 'state'), '--log-format', 'json', '--progress', 'never'];
  return runOnce(process.execPath, [evrun, 'run', file, ...state, ...args], { cwd: dir });
}

const contestants = {
  evrun: async (name) => {
    const run = await ours(name, 'discard', ['--max-events', String(messages)]);
    const { acted } = reportOf(run.stderr);
    if (acted !== messages) throw new Error(`acted on ${acted} of ${messages}`);
    return run;
  },
  'bare loop': async (name) => {
    const script = join(here, 'floors/pubsub-loop.mjs');
    const run = await runOnce(process.execPath, [script, endpoint, name, String(messages), receivers]);
    const { passed } = JSON.parse(run.stdout);
    if (passed !== messages) throw new Error(`the loop counted ${passed} of ${messages}`);
    return run;
  },
};

try {
  await ready();
  if (values.memory) {
    await filled('bench-memory');
    const { memory } = await ours('bench-memory', join(here, 'sinks/slow.mjs'), ['--max-events', '20000']);
    const peak = Math.round(Math.max(...memory) / 2 ** 20);
    console.log(`${messages} messages behind a slow action: peak ${peak} MiB (target < 150)`);
  } else await compare();
} finally {
  emulator.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
}

async function compare() {
  const rates = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  let count = 0;
  for (let i = 0; i <= Number(values.runs); i += 1) {
    for (const [name, run] of Object.entries(contestants)) {
      count += 1;
      await filled(`bench-${count}`);
      const { seconds } = await run(`bench-${count}`);
      await emptied(`bench-${count}`);
      if (i > 0) rates[name].push(messages / seconds); // the first of each warms the emulator
    }
  }
  const rate = (n) => Math.round(n).toLocaleString('en-US');
  for (const [name, all] of Object.entries(rates)) {
    const { median, min, max } = summary(all);
    console.log(`${name}: ${rate(median)}/s (${rate(min)}–${rate(max)})`);
  }
  const { median } = summary(rates.evrun.map((value, i) => value / rates['bare loop'][i]));
  console.log(`evrun / bare loop: ${median.toFixed(2)} (target >= 0.9)`);
}

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}
