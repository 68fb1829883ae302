import { defineTransformer } from '../../contract/define.ts';
import { changePath, eventPath, parseEventPath, REMOVABLE } from '../../support/events/path-event.ts';

const RULES = { attributes: REMOVABLE, every: true };

export default defineTransformer({
  name: 'remove',
  summary: 'removes what stands at paths of the event',
  schema: {
    type: 'object',
    properties: {
      paths: {
        type: 'array',
        items: { type: 'string' },
        minItems: 1,
        description: 'What to remove. `[*]` stands for every element of a list.',
        examples: [['data.internal', 'data.items[*].cost', 'subject']],
      },
    },
    required: ['paths'],
  },
  check: ({ paths }) =>
    paths.flatMap((text, index) => {
      const path = parseEventPath(text, RULES);
      return 'message' in path ? [{ path: ['paths', index], message: path.message, at: path.at }] : [];
    }),
  create: (config) => {
    const paths = config.paths.map((text) => eventPath(text, RULES));
    return {
      pure: true,
      transform: (event) => {
        let changed = event;
        for (const path of paths) changed = changePath(changed, path, () => undefined, false);
        return changed;
      },
    };
  },
});
