import { type ConfigProblem, defineTransformer } from '../../contract/define.ts';
import { EvrunError } from '../../contract/errors.ts';
import { parseDuration } from '../../support/duration.ts';
import { RateLimit } from './limit.ts';

export default defineTransformer({
  name: 'rate_limit',
  summary: 'lets events pass at a limited rate: the others wait, or are dropped if so configured',
  schema: {
    type: 'object',
    properties: {
      max: { type: 'number', exclusiveMinimum: 0, description: 'How many events pass in the time of `per`.' },
      per: {
        type: 'string',
        default: '1s',
        description: 'The time for `max` events, e.g. `1s`, `1m` or `500ms`.',
      },
      per_second: { type: 'number', exclusiveMinimum: 0, description: 'Short for `max` with `per: 1s`.' },
      burst: {
        type: 'integer',
        minimum: 1,
        description: 'How many events may pass at once after a pause. Default: `max`, at least 1.',
      },
      mode: {
        enum: ['wait', 'drop'],
        default: 'wait',
        description: '`wait` holds events back and loses none; `drop` drops what is too much.',
      },
    },
    oneOf: [{ required: ['max'] }, { required: ['per_second'] }],
  },
  check: ({ per }) => (parseDuration(per) ? [] : [wrongTime(per)]),
  create: (config, { clock }) => {
    const periodMs = config.per_second === undefined ? (parseDuration(config.per) ?? 0) : 1000;
    const max = config.per_second ?? config.max ?? 0;
    if (periodMs <= 0) throw new EvrunError('EVR_RECIPE', `rate_limit: ${wrongTime(config.per).message}`);
    const limit = new RateLimit(periodMs / max, config.burst ?? Math.max(1, Math.floor(max)), clock);
    return {
      transform: (event, passage) => {
        if (config.mode === 'drop') return limit.takeNow() ? event : null;
        const taken = limit.take(event, passage?.signal);
        return passage !== undefined && taken instanceof Promise ? passage.waitFor(taken) : taken;
      },
    };
  },
});

function wrongTime(per: string): ConfigProblem {
  return { path: ['per'], message: `expected a time longer than 0 such as 1s, 1m or 500ms, got "${per}"` };
}
