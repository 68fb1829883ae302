import { defineTransformer } from '../../contract/define.ts';
import { changePath, eventPath, parseEventPath, WRITABLE } from '../../support/events/path-event.ts';
import { compileValueTemplate, valueTemplateProblems } from '../../support/expressions/template.ts';

const RULES = { attributes: WRITABLE, every: false };

export default defineTransformer({
  name: 'set',
  summary: 'sets values at paths of the event',
  schema: {
    type: 'object',
    properties: {
      values: {
        type: 'object',
        description:
          'Path → value. Texts may hold `${{ CEL }}`; one that is a single expression becomes its value, whatever the type.',
        examples: [
          { 'data.region': 'eu', 'data.total': '${{ event.data.net + event.data.tax }}', subject: 'x' },
        ],
      },
    },
    required: ['values'],
  },
  check: ({ values }) =>
    Object.entries(values).flatMap(([text, value]) => {
      const path = parseEventPath(text, RULES);
      const here = ['values', text];
      return 'message' in path ? [{ path: here, message: path.message }] : valueTemplateProblems(value, here);
    }),
  create: ({ values }) => {
    const settings = Object.entries(values).map(([text, value]) => ({
      path: eventPath(text, RULES),
      valueFor: compileValueTemplate(value),
    }));
    return {
      pure: true,
      transform: (event) => {
        let changed = event;
        for (const { path, valueFor } of settings) {
          const value = valueFor(event);
          // An empty optional (`event.data.?x`) has nothing to set.
          if (value !== undefined) changed = changePath(changed, path, () => value, true);
        }
        return changed;
      },
    };
  },
});
