import { join } from 'node:path';
import { runEvrun } from './evrun.mjs';
import { runOnce } from './measure.mjs';

/*
 * Jobs over a queue: it is filled anew for every run, by somebody who is not timed, and a run whose queue is not empty
 * afterwards does not count. The server shares the machine, so that ratios, above all those of processor time, mean
 * more than rates.
 */

const slow = join(import.meta.dirname, 'sinks/slow.mjs');

/**
 * One server for all jobs of this process, started when the first one asks. `start` resolves with
 * `{ fill(count) → queue, left(queue) → number of messages, stop() }`, or with undefined where it cannot run here.
 */
export function queueWorld(start) {
  let started;
  return {
    get: () => {
      started ??= start();
      return started;
    },
    stop: async () => (await started)?.stop(),
  };
}

/**
 * A job as those of jobs.mjs. `source(server, queue)` is the recipe's line, `loop(server, queue, messages)` the
 * arguments of node that run the floor, which prints `{"passed": n}`.
 */
export function queueJob(dir, { name, title, target, messages, world, missing, source, loop }) {
  let server;

  async function whole(run) {
    const queue = await server.fill(messages);
    const result = await run(queue);
    const left = await server.left(queue);
    if (left !== 0) throw new Error(`${name}: ${left} messages are left in ${queue}`);
    return result;
  }

  async function ours(queue) {
    const recipe = ['name: bench', source(server, queue), 'action: { type: discard }'];
    return runEvrun(dir, recipe, ['--max-events', String(messages)], messages);
  }

  async function floor(queue) {
    const run = await runOnce(process.execPath, loop(server, queue, messages));
    const { passed } = JSON.parse(run.stdout);
    // A loaded machine is slower than the visibility timeout now and then: the loop extends nothing, and some come twice.
    if (passed < messages) throw new Error(`the loop counted ${passed} of ${messages}`);
    return run;
  }

  return {
    name,
    title,
    target,
    events: messages,
    prepare: async () => {
      server = await world.get();
      return server === undefined ? { skipped: missing } : { stop: () => undefined };
    },
    ours: () => whole(ours),
    floor: () => whole(floor),
  };
}

/** A full queue behind a slow action: its peak of resident memory. Undefined where its server cannot run here. */
export async function queueMemory(dir, { messages, acted, world, source }) {
  const server = await world.get();
  if (server === undefined) return undefined;
  const queue = await server.fill(messages);
  const recipe = ['name: bench', source(server, queue), `action: { type: ${slow} }`];
  const { memory } = await runEvrun(dir, recipe, ['--max-events', String(acted)], acted);
  const mebibytes = (values) => Math.round(Math.max(...values) / 2 ** 20);
  const half = memory.slice(Math.floor(memory.length / 2));
  return { peakMiB: mebibytes(memory), secondHalfMiB: mebibytes(half) };
}
