// An action with options of its own. The schema is checked before the start, fills in defaults and shows in messages.
import { defineAction } from 'evrun';

export default defineAction({
  name: 'print-card',
  summary: 'Prints a card for each event',
  guarantee: 'An event counts as done once its card was handed to standard output.',
  schema: {
    type: 'object',
    properties: {
      title: { type: 'string', minLength: 1, description: 'First line of the card.' },
      width: { type: 'integer', minimum: 20, default: 44, description: 'Columns.' },
    },
    required: ['title'],
  },
  create: ({ title, width }) => ({
    act(event) {
      const rule = '-'.repeat(width);
      console.log(
        [rule, title, `${event.data.owner} (${event.data.team})`, event.data.entityUrn, rule].join('\n'),
      );
    },
    async close() {},
  }),
});
