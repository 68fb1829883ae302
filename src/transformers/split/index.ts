import { defineTransformer } from '../../contract/define.ts';
import { withChanges } from '../../contract/envelope.ts';
import { EvrunError } from '../../contract/errors.ts';
import { checkCel, compileCel } from '../../support/expressions/cel.ts';
import { describe } from '../../support/expressions/cel-failed.ts';

export default defineTransformer({
  name: 'split',
  summary: 'makes one event of each element of a list',
  schema: {
    type: 'object',
    properties: {
      by: {
        type: 'string',
        cel: true,
        description: 'CEL that gives a list. Each element becomes the data of an event of its own.',
        examples: ['event.data.items', 'event.data.items.map(i, {"order": event.data.id, "item": i})'],
      },
    },
    required: ['by'],
  },
  check: ({ by }) => {
    // Other mistakes are found where the schema says `cel`.
    const problem = checkCel(by) === undefined ? checkCel(by, 'list') : undefined;
    return problem === undefined ? [] : [{ path: ['by'], message: problem.message, at: problem.at }];
  },
  create: ({ by }) => {
    const listOf = compileCel(by);
    return {
      pure: true,
      transform: (event) => {
        const list = listOf(event);
        if (Array.isArray(list))
          return list.map((data: unknown) => withChanges(event, { data, ...UNDESCRIBED }));
        const got = list === null || list === undefined ? 'nothing' : describe(list);
        throw new EvrunError('EVR_TRANSFORM', `cannot split: expected \`${by}\` to be a list, got ${got}`);
      },
    };
  },
});

/** What described the list does not describe its elements. */
const UNDESCRIBED = { datacontenttype: undefined, dataschema: undefined };
