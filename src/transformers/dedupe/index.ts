import { type ConfigProblem, defineTransformer } from '../../contract/define.ts';
import { EvrunError } from '../../contract/errors.ts';
import { parseDuration } from '../../support/duration.ts';
import { compileCel } from '../../support/expressions/cel.ts';
import { Dedupe } from './dedupe.ts';
import { DoneKeys } from './done-keys.ts';

export default defineTransformer({
  name: 'dedupe',
  summary: 'drops events whose key was done within a window of time',
  schema: {
    type: 'object',
    properties: {
      key: {
        type: 'string',
        cel: true,
        default: 'event.id',
        description:
          'CEL for what makes two events the same. Null or an empty optional: the event passes, whatever came before.',
        examples: ['event.data.orderId', '[event.data.entityUrn, event.data.operation]'],
      },
      window: {
        type: 'string',
        default: '24h',
        description: 'For how long a key is remembered after its event was done, e.g. `10m`, `24h` or `7d`.',
      },
      max_keys: {
        type: 'integer',
        minimum: 1,
        default: 100_000,
        description:
          'How many keys are remembered at most; beyond it the oldest are forgotten, with a warning.',
      },
    },
  },
  check: ({ window }) => (parseDuration(window) ? [] : [wrongTime(window)]),
  create: ({ key, window, max_keys: maxKeys }, ctx) => {
    const windowMs = parseDuration(window) ?? 0;
    if (windowMs <= 0) throw new EvrunError('EVR_RECIPE', `dedupe: ${wrongTime(window).message}`);
    const done = new DoneKeys({ windowMs, maxKeys, store: ctx.store, clock: ctx.clock, log: ctx.log });
    const dedupe = new Dedupe(compileCel(key), done);
    return {
      transform: (event, passage) => dedupe.transform(event, passage),
      flush: () => (ctx.dryRun ? Promise.resolve() : done.flush()),
    };
  },
});

function wrongTime(window: string): ConfigProblem {
  return {
    path: ['window'],
    message: `expected a time longer than 0 such as 10m, 24h or 7d, got "${window}"`,
  };
}
