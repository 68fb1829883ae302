import { join } from 'node:path';
import { runOnce } from './measure.mjs';

const here = import.meta.dirname;

/**
 * The format `flyte` beside protobufjs, on the bodies that Flyte's publisher puts on SQS through SNS: to an event whose
 * data is checked, but parsed on first use only, and to one whose data was read. protobufjs has no such check, so its
 * loop parses in both, or damage would go through. Each run is a process of its own, and the time is that of the
 * decoding in it.
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
    job('flyte-decode', 'event', 'flyte v1 over SNS: decode to an event, beside protobufjs', 3),
    job('flyte-data', 'data', 'flyte v1 over SNS: the same with its data read', 1.5),
  ];
}
