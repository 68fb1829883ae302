// Measures evrun beside a hand-written loop for the same job, in turn, in the same run: machines are noisy, so the
// ratio means more than the time. Counted at the sink. `npm run bench -- [--job name] [--runs 5] [--scale 1]
// [--json file] [--peer datahub-actions]`.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { flyteDecodeJobs } from './flyte-decode.mjs';
import { jobs, memoryJob, startJob } from './jobs.mjs';
import { kafkaJobs, kafkaMemory, kafkaWorld } from './kafka.mjs';
import { resumeJob, stopJob } from './kafka-outages.mjs';
import { summary } from './measure.mjs';
import { peerJob } from './peer.mjs';
import { pubsubJobs, pubsubMemory, pubsubWorld } from './pubsub.mjs';
import { sqsJobs, sqsMemory, sqsWorlds } from './sqs.mjs';

const { values } = parseArgs({
  options: {
    job: { type: 'string' },
    runs: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
    json: { type: 'string' },
    peer: { type: 'string' },
  },
});
const runs = Number(values.runs);
const scale = Number(values.scale);
const dir = mkdtempSync(join(tmpdir(), 'evrun-bench-'));
const machine = `${cpus()[0]?.model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
const wants = (name) => values.job === undefined || values.job === name;
const rate = (n) => Math.round(n).toLocaleString('en-US');
const seconds = ({ median, min, max }) => `${median.toFixed(1)} s (${min.toFixed(1)}–${max.toFixed(1)})`;
const kafka = kafkaWorld(scale);
const sqs = sqsWorlds();
const pubsub = pubsubWorld();
const allJobs = [
  ...jobs(dir, scale),
  ...kafkaJobs(dir, kafka),
  ...flyteDecodeJobs(scale),
  ...sqsJobs(dir, sqs, scale),
  ...pubsubJobs(dir, pubsub, scale),
];
/** Queues full of messages behind a slow action. */
const queueMemories = {
  'sqs-memory': () => sqsMemory(dir, sqs, scale),
  'pubsub-memory': () => pubsubMemory(dir, pubsub, scale),
};
const result = { machine, runs, scale, jobs: [] };

console.log(`${machine}; ${runs} runs each, in turn; median (min–max)\n`);
console.log('| job | evrun, events/s | floor, events/s | ratio | target | by processor time |');
console.log('|---|---|---|---|---|---|');
try {
  for (const job of allJobs) {
    if (!wants(job.name)) continue;
    const prepared = await job.prepare();
    if (prepared.skipped !== undefined) {
      console.log(`| ${job.title} | skipped: ${prepared.skipped} |||||`);
      continue;
    }
    const ours = [];
    const floor = [];
    const cpu = { ours: [], floor: [] };
    for (let i = 0; i <= runs; i += 1) {
      const a = await job.ours();
      const b = await job.floor();
      if (i === 0) continue; // one run of each to warm the page cache
      ours.push(job.events / a.seconds);
      floor.push(job.events / b.seconds);
      cpu.ours.push(a.cpuSeconds);
      cpu.floor.push(b.cpuSeconds);
    }
    prepared.stop();
    const ratio = summary(ours.map((value, i) => value / floor[i]));
    const cpuRatio = summary(cpu.ours.map((value, i) => cpu.floor[i] / value));
    const row = {
      name: job.name,
      title: job.title,
      target: job.target,
      ours: summary(ours),
      floor: summary(floor),
      ratio,
      cpuRatio,
      cpuSeconds: { ours: summary(cpu.ours), floor: summary(cpu.floor) },
    };
    result.jobs.push(row);
    const cell = ({ median, min, max }, show) => `${show(median)} (${show(min)}–${show(max)})`;
    const percent = (n) => `${Math.round(n * 100)} %`;
    console.log(
      `| ${job.title} | ${cell(row.ours, rate)} | ${cell(row.floor, rate)} | ${cell(ratio, percent)} | ${job.target === undefined ? '' : `>= ${percent(job.target)}`} | ${Number.isNaN(cpuRatio.median) ? '' : cell(cpuRatio, percent)} |`,
    );
  }
  if (wants('memory')) {
    result.memory = await memoryJob(dir, scale);
    const { peakMiB, secondQuarterMiB, secondHalfMiB } = result.memory;
    console.log(`\nmemory, a file of events behind a slow action: peak ${peakMiB} MiB (target < 150);`);
    console.log(`second quarter of the run ${secondQuarterMiB} MiB, second half ${secondHalfMiB} MiB`);
  }
  if (wants('start')) {
    const measured = await startJob(dir, runs);
    result.start = Object.fromEntries(Object.entries(measured).map(([name, all]) => [name, summary(all)]));
    for (const [name, { median, min, max }] of Object.entries(result.start)) {
      console.log(`${name}: ${Math.round(median)} ms (${Math.round(min)}–${Math.round(max)})`);
    }
  }
  if (wants('kafka-memory')) {
    result.kafkaMemory = await kafkaMemory(dir, kafka);
    const { peakMiB, secondHalfMiB } = result.kafkaMemory;
    console.log(`\nmemory, a Kafka topic behind a slow action: peak ${peakMiB} MiB (target < 200);`);
    console.log(`second half of the run ${secondHalfMiB} MiB`);
  }
  for (const [name, measure] of Object.entries(queueMemories)) {
    if (!wants(name)) continue;
    const memory = await measure();
    if (memory === undefined) {
      console.log(`\n${name}: skipped, its server cannot run on this machine`);
      continue;
    }
    result[name] = memory;
    console.log(`\n${name}, a queue behind a slow action: peak ${memory.peakMiB} MiB (target < 150);`);
    console.log(`second half of the run ${memory.secondHalfMiB} MiB`);
  }
  if (wants('kafka-stop')) {
    result.kafkaStop = summary(await stopJob(dir, runs, kafka));
    console.log(`stop with work in flight: ${seconds(result.kafkaStop)} beyond the work (target <= 1 s)`);
  }
  if (wants('kafka-resume')) {
    const { ours, floor, written } = await resumeJob(dir, runs);
    result.kafkaResume = { ours: summary(ours), floor: summary(floor), written: summary(written) };
    console.log('next event after the port of a crashed broker is open again (target <= 5 s):');
    console.log(`evrun ${seconds(summary(ours))}, kafkajs loop ${seconds(summary(floor))};`);
    console.log(`the broker took it after ${seconds(summary(written))}`);
  }
  if (values.peer === 'datahub-actions') result.peer = await peerJob(dir, runs, scale);
} finally {
  await kafka.stop();
  await sqs.stop();
  await pubsub.stop();
  rmSync(dir, { recursive: true, force: true });
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
