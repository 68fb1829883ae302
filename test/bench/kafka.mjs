import { join } from 'node:path';
import { fill, startBroker } from './broker.mjs';
import { evrunArgs, freshName, runEvrun } from './evrun.mjs';
import { runOnce } from './measure.mjs';

const here = import.meta.dirname;
const node = process.execPath;

const PARTITIONS = 6;
const TOPIC = 'PlatformEvent_v1';
const FILTER = 'filter: { event_type: json, event: { category: TAG, operation: ADD } }';

export function kafkaRecipe(broker, topic, lines) {
  const connection = `connection: { bootstrap: "${broker}" }`;
  const rest = `topics: [${topic}], group_id: ${freshName()}, format: json, start: earliest`;
  return ['name: bench', `source: { type: kafka, config: { ${connection}, ${rest} } }`, ...lines];
}

/** One broker and one full topic for all jobs of this process, made when the first one asks. */
export function kafkaWorld(scale) {
  const count = Math.round(2_000_000 * scale);
  let made;
  return {
    count,
    get: () => {
      made ??= make(count);
      return made;
    },
    stop: async () => (await made)?.stop(),
  };
}

async function make(count) {
  const broker = await startBroker();
  await broker.tell(`topic ${TOPIC} ${PARTITIONS}`);
  await fill(broker.at, TOPIC, count);
  return broker;
}

/** Jobs as those of jobs.mjs: the whole topic, in a group that is new each time. */
export function kafkaJobs(dir, world) {
  const { count } = world;
  let at;

  const ours = (lines, expected) =>
    runEvrun(dir, kafkaRecipe(at, TOPIC, lines), ['--until-caught-up'], expected);

  async function floor() {
    const loop = join(here, 'floors/kafka-loop.mjs');
    const run = await runOnce(node, [loop, at, TOPIC, freshName(), String(count)]);
    const { read, passed } = JSON.parse(run.stdout);
    if (read !== count || passed !== count / 10) throw new Error(`the loop counted ${passed} of ${read}`);
    return run;
  }

  const job = (name, title, target, lines, expected) => ({
    name,
    title,
    target,
    events: count,
    prepare: async () => {
      at = (await world.get()).at;
      return { stop: () => {} };
    },
    ours: () => ours(lines, expected),
    floor,
  });
  const discard = 'action: { type: discard }';
  const options = (prefilter) => `options: { prefilter: ${prefilter}, commit_interval_ms: 1000 }`;
  return [
    job(
      'kafka',
      'kafka → filter → discard, every event parsed',
      0.85,
      [FILTER, discard, options(false)],
      count / 10,
    ),
    job(
      'kafka-prefilter',
      'kafka → filter → discard, with the prefilter',
      0.85,
      [FILTER, discard, options(true)],
      count / 10,
    ),
    job('kafka-discard', 'kafka → discard, one commit a second', 0.85, [discard, options(true)], count),
  ];
}

/** The whole topic behind a slow action: resident memory must stay flat. */
export async function kafkaMemory(dir, world) {
  const { at } = await world.get();
  const slow = `action: { type: ${join(here, 'sinks/slow.mjs')} }`;
  const most = String(Math.min(40_000, world.count));
  const args = evrunArgs(dir, kafkaRecipe(at, TOPIC, [slow]), ['--max-events', most]);
  const { memory } = await runOnce(node, args, { cwd: dir });
  const half = memory.slice(Math.floor(memory.length / 2));
  const mebibytes = (values) => Math.round(Math.max(...values) / 2 ** 20);
  return { peakMiB: mebibytes(memory), secondHalfMiB: mebibytes(half) };
}
