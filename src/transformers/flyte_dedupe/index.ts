import { defineTransformer } from '../../contract/define.ts';
import { Dedupe } from '../../support/dedupe/dedupe.ts';
import { doneKeysFor, REMEMBERED, windowProblems } from '../../support/dedupe/remembered.ts';
import { flyteOf, happeningKey } from '../../support/flyte/record.ts';
import { PhaseOrder } from './phase-order.ts';

export default defineTransformer({
  name: 'flyte_dedupe',
  summary: 'drops events of Flyte that say again what was done, by the key that Flyte itself uses',
  remembers: true,
  schema: {
    type: 'object',
    properties: {
      order: {
        enum: ['any', 'phase'],
        default: 'any',
        description:
          '`phase` also drops what comes too late: an event of an execution, node or task attempt of which a later phase was done (`RUNNING` after `SUCCEEDED`).',
      },
      ...REMEMBERED,
    },
  },
  check: windowProblems,
  create: (config, ctx) => {
    const done = doneKeysFor('flyte_dedupe', config, ctx);
    const dedupe = new Dedupe('flyte_dedupe', keyOf, done);
    const order = config.order === 'phase' ? new PhaseOrder(done) : undefined;
    return {
      transform: (event, passage) => {
        if (order?.isLate(event)) return null;
        order?.follow(event, passage);
        return dedupe.transform(event, passage);
      },
      flush: () => (ctx.dryRun ? Promise.resolve() : done.flush()),
    };
  },
});

function keyOf(event: Parameters<typeof flyteOf>[0]): unknown {
  const record = flyteOf(event);
  return record === undefined ? undefined : happeningKey(record);
}
