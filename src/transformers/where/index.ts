import { defineTransformer } from '../../contract/define.ts';
import { checkCel, compileCelBoolean } from '../../support/expressions/cel.ts';

export default defineTransformer({
  name: 'where',
  summary: 'passes events for which a CEL expression is true',
  filter: true,
  schema: {
    type: 'object',
    properties: {
      expr: {
        type: 'string',
        cel: true,
        description: 'The CEL expression over `event`; it must give true or false.',
        examples: ['event.data.amount > 100 && event.data.?country.orValue("") != "CH"'],
      },
    },
    required: ['expr'],
  },
  check: ({ expr }) => {
    // Other mistakes are found where the schema says `cel`.
    const problem = checkCel(expr) === undefined ? checkCel(expr, 'bool') : undefined;
    return problem === undefined ? [] : [{ path: ['expr'], message: problem.message, at: problem.at }];
  },
  create: ({ expr }) => {
    const holds = compileCelBoolean(expr);
    return { pure: true, transform: (event) => (holds(event) ? event : null) };
  },
});
