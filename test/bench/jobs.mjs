import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { envelopeLine, writeEvents } from './events.mjs';
import { evrun, evrunArgs, runEvrun } from './evrun.mjs';
import { runOnce, startServer } from './measure.mjs';

const here = import.meta.dirname;
const node = process.execPath;

const FILTER = 'filter: { event_type: EntityChangeEvent_v1, event: { category: TAG, operation: ADD } }';

async function runFloor(script, args, expected) {
  const run = await runOnce(node, [join(here, 'floors', script), ...args]);
  const { passed } = JSON.parse(run.stdout);
  if (passed !== expected) throw new Error(`${script} counted ${passed} of ${expected}`);
  return run;
}

/** Each job: `prepare` once; `ours` and `floor` run in turn and return what they took. */
export function jobs(dir, scale) {
  mkdirSync(dir, { recursive: true });
  const many = Math.round(2_000_000 * scale);
  const events = join(dir, `events-${many}.ndjson`);
  const fileSource = (path) => `source: { type: file, config: { path: ${path}, format: datahub } }`;

  const fileJob = (name, title, target, prefilter) => ({
    name,
    title,
    target,
    events: many,
    prepare: async () => {
      writeEvents(events, many, envelopeLine);
      return { stop: () => rmSync(events, { force: true }) };
    },
    ours: () =>
      runEvrun(
        dir,
        [
          'name: bench',
          fileSource(events),
          FILTER,
          'action: { type: discard }',
          `options: { prefilter: ${prefilter} }`,
        ],
        [],
        many / 10,
      ),
    floor: () => runFloor('file-loop.mjs', [events], many / 10),
  });

  const cloudJob = (name, title, target, prefilter) => {
    const count = Math.round(1_000_000 * scale);
    let server;
    const ours = () =>
      runEvrun(
        dir,
        [
          'name: bench',
          `datahub: { server: "${server.url}", token: bench }`,
          'source: { type: datahub-cloud, config: { lookback_days: 7, reset_offsets: true } }',
          FILTER.replace(', operation: ADD', ''),
          'action: { type: discard }',
          `options: { prefilter: ${prefilter} }`,
        ],
        ['--until-caught-up'],
        count / 10,
      );
    return {
      name,
      title,
      target,
      events: count,
      prepare: async () => {
        const options = JSON.stringify({ events: count, token: 'bench' });
        server = await startServer(join(here, '../fakes/poll-api/main.mjs'), options);
        return server;
      },
      ours,
      floor: () => runFloor('cloud-loop.mjs', [server.url, String(count)], count / 10),
    };
  };

  let sink;
  const sinkCount = async (expected) => {
    const count = Number(await (await fetch(`${sink.url}/count`)).text());
    if (count !== expected) throw new Error(`the sink counted ${count} of ${expected}`);
  };
  /** A job over fewer events. `start`: what it needs besides their file, if anything, to be stopped at the end. */
  const fewJob = (name, title, target, { count, start, ours, floor }) => {
    const path = join(dir, `events-${count}.ndjson`);
    return {
      name,
      title,
      target,
      events: count,
      prepare: async () => {
        writeEvents(path, count, envelopeLine);
        const started = await start?.();
        return {
          stop: () => {
            started?.stop();
            rmSync(path, { force: true });
          },
        };
      },
      ours: () => ours(path),
      floor: () => floor(path),
    };
  };

  const httpJob = (name, title, target, ...how) => {
    const count = Math.round(400_000 * scale);
    const counted = async (running) => {
      const run = await running;
      await sinkCount(count);
      return run;
    };
    return fewJob(name, title, target, {
      count,
      start: async () => {
        sink = await startServer(join(here, 'sinks/http-sink.mjs'));
        return sink;
      },
      ours: (path) => {
        const http = `action: { type: http, config: { url: "${sink.url}/sink" } }`;
        return counted(runEvrun(dir, ['name: bench', fileSource(path), http], [], count));
      },
      floor: (path) => counted(runFloor('http-loop.mjs', [path, sink.url, ...how], count)),
    });
  };

  const workerJob = (name, title, target, ...how) => {
    const worker = [node, join(here, 'sinks/worker.mjs')];
    const exec = `action: { type: exec, config: { command: ${JSON.stringify(worker)}, mode: worker } }`;
    // Both start a second process, and the run must be long beside that.
    const count = Math.round(1_000_000 * scale);
    return fewJob(name, title, target, {
      count,
      ours: (path) => runEvrun(dir, ['name: bench', fileSource(path), exec], [], count),
      floor: (path) => runFloor('pipe-loop.mjs', [path, ...how, ...worker], count),
    });
  };

  return [
    fileJob('file', 'file → filter → discard, every event parsed', 1, false),
    fileJob('file-prefilter', 'file → filter → discard, with the prefilter', 3, true),
    cloudJob('cloud', 'datahub-cloud → filter → discard, every event parsed', 0.9, false),
    cloudJob('cloud-prefilter', 'datahub-cloud → filter → discard, with the prefilter', 1.5, true),
    httpJob('http', 'file → http, 16 in flight', 0.8),
    httpJob('http-alike', 'file → http, beside a loop that parses and names each event', undefined, 'alike'),
    workerJob('worker', 'file → exec worker', 0.6),
    workerJob(
      'worker-alike',
      'file → exec worker, beside a loop that parses and names each event',
      undefined,
      'alike',
    ),
  ];
}

/** One million events behind a slow action: resident memory must stay flat. */
export async function memoryJob(dir, scale) {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, 'memory.ndjson');
  writeEvents(path, Math.round(1_000_000 * scale), envelopeLine);
  const slow = join(here, 'sinks/slow.mjs');
  const source = `source: { type: file, config: { path: ${path}, format: datahub } }`;
  const acted = Math.round(40_000 * Math.min(1, scale * 2));
  const lines = ['name: bench', source, `action: { type: ${slow} }`];
  const { memory } = await runEvrun(dir, lines, ['--max-events', String(acted)], acted);
  rmSync(path);
  const half = memory.slice(Math.floor(memory.length / 2));
  const first = memory.slice(Math.floor(memory.length / 4), Math.floor(memory.length / 2));
  const mebibytes = (values) => Math.round(Math.max(...values) / 2 ** 20);
  return { peakMiB: mebibytes(memory), secondQuarterMiB: mebibytes(first), secondHalfMiB: mebibytes(half) };
}

/** Whole-process milliseconds of what a person waits for. */
export async function startJob(dir, runs) {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, 'one.ndjson');
  writeEvents(path, 1, envelopeLine);
  const source = `source: { type: file, config: { path: ${path}, format: datahub } }`;
  const lines = ['name: bench', source, 'action: { type: discard }'];
  const [, , recipe] = evrunArgs(dir, lines);
  const measured = { version: [], check: [], firstEvent: [] };
  for (let i = 0; i < runs; i += 1) {
    measured.version.push((await runOnce(node, [evrun, '--version'])).seconds * 1000);
    measured.firstEvent.push((await runEvrun(dir, lines, [], 1)).seconds * 1000);
    measured.check.push((await runOnce(node, [evrun, 'check', recipe])).seconds * 1000);
  }
  return measured;
}
