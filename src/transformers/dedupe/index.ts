import { defineTransformer } from '../../contract/define.ts';
import { Dedupe } from '../../support/dedupe/dedupe.ts';
import { doneKeysFor, REMEMBERED, windowProblems } from '../../support/dedupe/remembered.ts';
import { compileCel } from '../../support/expressions/cel.ts';

export default defineTransformer({
  name: 'dedupe',
  summary: 'drops events whose key was done within a window of time',
  remembers: true,
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
      ...REMEMBERED,
    },
  },
  check: windowProblems,
  create: (config, ctx) => {
    const done = doneKeysFor('dedupe', config, ctx);
    const dedupe = new Dedupe('dedupe', compileCel(config.key), done);
    return {
      transform: (event, passage) => dedupe.transform(event, passage),
      flush: () => (ctx.dryRun ? Promise.resolve() : done.flush()),
    };
  },
});
