import { join } from 'node:path';
import { runOnce } from './measure.mjs';

const here = import.meta.dirname;

/**
 * The format `flyte` beside protobufjs, on the bodies that Flyte's publisher puts on SQS through SNS: to the whole
 * event, and without its data, which is JSON that both give to JSON.parse. Each run is a process of its own, and
 * the time is that of the decoding in it.
 */
export function flyteDecodeJobs(scale) {
  const count = Math.round(1_000_000 * scale);
  const job = (name, what, title, target) => {
    const run = (script) => async () => {
      const { stdout } = await runOnce(process.execPath, [join(here, script), String(count), what]);
      return JSON.parse(stdout);
    };
    return {
      name,
      title,
      target,
      events: count,
      prepare: async () => ({ stop: () => undefined }),
      ours: run('flyte-decode-loop.mjs'),
      floor: run('floors/flyte-protobufjs.mjs'),
    };
  };
  return [
    job('flyte-decode', 'event', 'flyte v1 over SNS: decode to an event, beside protobufjs', 1.7),
    job('flyte-envelope', 'envelope', 'flyte v1 over SNS: the same up to the text of its data', 3),
  ];
}
