// sqs → discard beside a bare loop of signed receive and delete batches and the official SDK's loop, in turn, on one
// server in one run: `node test/bench/sqs.mjs [--runs 3] [--messages 10000] [--receivers 8]`. What was done is counted
// at the queue: it must be empty. The servers are fakes on the same machine, so that the ratios mean more than the
// rates: half of the processor is the server's.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { reportOf, runOnce, summary } from './measure.mjs';

const here = import.meta.dirname;
const evrun = resolve(here, '../../bin/evrun');
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    messages: { type: 'string', default: '10000' },
    receivers: { type: 'string', default: '8' },
    memory: { type: 'boolean', default: false },
  },
});
const messages = Number(values.messages);
const receivers = values.receivers;

const server = spawn(process.execPath, [join(here, 'sinks/sqs-server.mjs')], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
const nextLine = async () => (await lines.next()).value;
const ask = (question) => {
  server.stdin.write(`${JSON.stringify(question)}\n`);
  return nextLine();
};
const endpoint = await nextLine();
const dir = mkdtempSync(join(tmpdir(), 'evrun-bench-sqs-'));

async function emptied(queue) {
  const left = Number(await ask({ left: queue }));
  if (left !== 0) throw new Error(`${left} messages are left`);
}

async function ours(queue, action, args) {
  const recipe = [
    'name: bench',
    'source:',
    '  type: sqs',
    `  config: { queue_url: "${queue}", endpoint: "${endpoint}", region: us-east-1, access_key_id: test, secret_access_key: test-secret, receivers: ${receivers}, wait_time_seconds: 0 }`,
    `action: { type: ${action} }`,
  ];
  writeFileSync(join(dir, 'recipe.yml'), `${recipe.join('\n')}\n`);
  const command = [
    evrun,
    'run',
    join(dir, 'recipe.yml'),
    '--state-dir',
    join(dir, 'state'),
    '--log-format',
    'json',
  ];
  return runOnce(process.execPath, [...command, '--progress', 'never', ...args], { cwd: dir });
}

const contestants = {
  evrun: async (queue) => {
    const run = await ours(queue, 'discard', ['--max-events', String(messages)]);
    const { acted } = reportOf(run.stderr);
    if (acted !== messages) throw new Error(`acted on ${acted} of ${messages}`);
    return run;
  },
  'bare loop': (queue) => floor(queue),
  'official SDK': (queue) => floor(queue, 'sdk'),
};

async function floor(queue, ...how) {
  const args = [join(here, 'floors/sqs-loop.mjs'), endpoint, queue, String(messages), receivers, ...how];
  const run = await runOnce(process.execPath, args);
  const { passed } = JSON.parse(run.stdout);
  if (passed !== messages) throw new Error(`the loop counted ${passed} of ${messages}`);
  return run;
}

try {
  if (values.memory) {
    const queue = await ask({ fill: messages });
    const { memory } = await ours(queue, join(here, 'sinks/slow.mjs'), ['--max-events', '20000']);
    console.log(
      `${messages} messages behind a slow action: peak ${Math.round(Math.max(...memory) / 2 ** 20)} MiB`,
    );
  } else {
    const rates = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
    for (let i = 0; i < Number(values.runs); i += 1) {
      for (const [name, run] of Object.entries(contestants)) {
        const queue = await ask({ fill: messages });
        const { seconds } = await run(queue);
        await emptied(queue);
        rates[name].push(messages / seconds);
      }
    }
    const rate = (n) => Math.round(n).toLocaleString('en-US');
    for (const [name, all] of Object.entries(rates)) {
      const { median, min, max } = summary(all);
      console.log(`${name}: ${rate(median)}/s (${rate(min)}–${rate(max)})`);
    }
    for (const [name, target] of [
      ['bare loop', 0.9],
      ['official SDK', 2],
    ]) {
      const { median } = summary(rates.evrun.map((value, i) => value / rates[name][i]));
      console.log(`evrun / ${name}: ${median.toFixed(2)} (target >= ${target})`);
    }
  }
} finally {
  server.stdin.end();
  rmSync(dir, { recursive: true, force: true });
}
