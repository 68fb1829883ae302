import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { envelopeLine, writeEvents } from './events.mjs';
import { reportOf, runOnce, startServer } from './measure.mjs';

const here = import.meta.dirname;
const evrun = resolve(here, '../../bin/evrun');
const node = process.execPath;

const FILTER = 'filter: { event_type: EntityChangeEvent_v1, event: { category: TAG, operation: ADD } }';

/** Runs a recipe in a fresh state folder. `expected`: how many events must have been acted on. */
async function runRecipe(dir, lines, expected, args = []) {
  const recipe = join(dir, 'recipe.yml');
  writeFileSync(recipe, `${lines.join('\n')}\n`);
  const state = join(dir, 'state');
  rmSync(state, { recursive: true, force: true });
  const all = [
    evrun,
    'run',
    recipe,
    '--state-dir',
    state,
    '--log-format',
    'json',
    '--progress',
    'never',
    ...args,
  ];
  const run = await runOnce(node, all, { cwd: dir });
  const { acted } = reportOf(run.stderr);
  if (expected !== undefined && acted !== expected) throw new Error(`acted on ${acted} of ${expected}`);
  return run;
}

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
  const some = Math.round(400_000 * scale);
  const events = join(dir, `events-${many}.ndjson`);
  const few = join(dir, `events-${some}.ndjson`);
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
      runRecipe(
        dir,
        [
          'name: bench',
          fileSource(events),
          FILTER,
          'action: { type: discard }',
          `options: { prefilter: ${prefilter} }`,
        ],
        many / 10,
      ),
    floor: () => runFloor('file-loop.mjs', [events], many / 10),
  });

  const cloudJob = (name, title, target, prefilter) => {
    const count = Math.round(1_000_000 * scale);
    let server;
    const ours = () =>
      runRecipe(
        dir,
        [
          'name: bench',
          `datahub: { server: "${server.url}", token: bench }`,
          'source: { type: datahub-cloud, config: { lookback_days: 7, reset_offsets: true } }',
          FILTER.replace(', operation: ADD', ''),
          'action: { type: discard }',
          `options: { prefilter: ${prefilter} }`,
        ],
        count / 10,
        ['--until-caught-up'],
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
  const httpJob = (name, title, target, ...how) => ({
    name,
    title,
    target,
    events: some,
    prepare: async () => {
      writeEvents(few, some, envelopeLine);
      sink = await startServer(join(here, 'sinks/http-sink.mjs'));
      return sink;
    },
    ours: async () => {
      const http = `action: { type: http, config: { url: "${sink.url}/sink" } }`;
      const run = await runRecipe(dir, ['name: bench', fileSource(few), http], some);
      await sinkCount(some);
      return run;
    },
    floor: async () => {
      const run = await runFloor('http-loop.mjs', [few, sink.url, ...how], some);
      await sinkCount(some);
      return run;
    },
  });

  const workerJob = (name, title, target, ...how) => ({
    name,
    title,
    target,
    events: some,
    prepare: async () => {
      writeEvents(few, some, envelopeLine);
      return { stop: () => rmSync(few, { force: true }) };
    },
    ours: () => {
      const worker = JSON.stringify([node, join(here, 'sinks/worker.mjs')]);
      const exec = `action: { type: exec, config: { command: ${worker}, mode: worker } }`;
      return runRecipe(dir, ['name: bench', fileSource(few), exec], some);
    },
    floor: () => runFloor('pipe-loop.mjs', [few, ...how, node, join(here, 'sinks/worker.mjs')], some),
  });

  return [
    fileJob('file', 'file → filter → discard, every event parsed', 1, false),
    fileJob('file-prefilter', 'file → filter → discard, with the prefilter', 3, true),
    cloudJob('cloud', 'datahub-cloud → filter → discard, every event parsed', 0.9, false),
    cloudJob('cloud-prefilter', 'datahub-cloud → filter → discard, with the prefilter', 1.5, true),
    httpJob('http', 'file → http, 16 in flight', 0.8),
    httpJob('http-alike', 'file → http, beside a loop that does the same by hand', undefined, 'alike'),
    workerJob('worker', 'file → exec worker', 0.6),
    workerJob(
      'worker-alike',
      'file → exec worker, beside a loop that does the same by hand',
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
  const { memory } = await runRecipe(dir, ['name: bench', source, `action: { type: ${slow} }`], undefined, [
    '--max-events',
    String(Math.round(40_000 * Math.min(1, scale * 2))),
  ]);
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
  const measured = { version: [], check: [], firstEvent: [] };
  for (let i = 0; i < runs; i += 1) {
    measured.version.push((await runOnce(node, [evrun, '--version'])).seconds * 1000);
    measured.firstEvent.push((await runRecipe(dir, lines, 1)).seconds * 1000);
    measured.check.push((await runOnce(node, [evrun, 'check', join(dir, 'recipe.yml')])).seconds * 1000);
  }
  return measured;
}
