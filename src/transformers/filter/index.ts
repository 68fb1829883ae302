import { defineTransformer } from '../../contract/define.ts';
import { compileMatcher } from '../../support/expressions/match.ts';

export default defineTransformer({
  name: 'filter',
  summary: 'passes events of a type whose data satisfies a pattern, as the filter of DataHub Actions',
  filter: true,
  schema: {
    type: 'object',
    properties: {
      event_type: {
        type: ['string', 'array'],
        items: { type: 'string' },
        description: 'The event type, or a list of types of which one must be the event’s.',
        examples: ['EntityChangeEvent_v1'],
      },
      event: {
        type: ['object', 'null'],
        description:
          'What the data must hold: every key must be satisfied; a list means one of these strings, null means absent, and a map goes deeper, also into text that is JSON.',
        examples: [{ category: 'TAG', operation: ['ADD', 'MODIFY'] }],
      },
    },
    required: ['event_type'],
  },
  create: ({ event_type: types, event: pattern }) => {
    const list = typeof types === 'string' ? [types] : types;
    const isType = compileMatcher(types);
    const fits = pattern == null || Object.keys(pattern).length === 0 ? undefined : compileMatcher(pattern);
    return {
      pure: true,
      pattern: [{ types: list, event: pattern ?? undefined }],
      transform: (event) => (isType(event.type) && (fits === undefined || fits(event.data)) ? event : null),
    };
  },
});
