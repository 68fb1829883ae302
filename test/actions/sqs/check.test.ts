import { describe, expect, it } from 'vitest';
import sns from '../../../src/actions/sns/index.ts';
import sqs from '../../../src/actions/sqs/index.ts';
import { compileSchema } from '../../../src/support/schema/json-schema.ts';

const QUEUE = { queue: 'out' };
const TOPIC = { topic_arn: 'arn:aws:sns:eu-central-1:123456789012:orders' };

/** Every problem as `path: message`. */
function problemsOf(definition: typeof sqs | typeof sns, config: object): readonly string[] {
  const { value, problems } = compileSchema(definition.schema)(config);
  expect(problems).toEqual([]);
  const own = definition.check?.(value as never, { recipeDir: '.' }) ?? [];
  return own.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const attributes = (count: number, more: object = {}) => ({
  attributes: {
    ...Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, '${{ event.id }}'])),
    ...more,
  },
});

describe.each([
  ['sqs', sqs, QUEUE],
  ['sns', sns, TOPIC],
] as const)('the check of the action %s', (_, definition, target) => {
  it.each([
    ['ten of the recipe’s alone', { mode: 'data', ...attributes(10) }],
    ['ten beside a body', { body: 'x', ...attributes(10) }],
    ['six beside the four that say what the event is', attributes(6)],
    [
      'ten where the recipe puts its own in place of evrun’s',
      attributes(9, { ce_id: 'x', ce_type: '', ce_source: '', 'content-type': '' }),
    ],
  ])('takes %s', (_, config) => {
    expect(problemsOf(definition, { ...target, ...config })).toEqual([]);
  });

  // Guard: without the count, every message becomes a dead letter.
  it.each([
    [{ mode: 'data', ...attributes(11) }, 'a message would have 11 attributes; AWS takes 10'],
    [
      attributes(7),
      'a message would have 11 attributes, with the 4 of mode structured (content-type, ce_id, ce_source, ce_type); AWS takes 10',
    ],
    [
      { mode: 'binary', ...attributes(7) },
      'a message would have 11 attributes, with the 4 of mode binary (ce_specversion, ce_id, ce_source, ce_type); AWS takes 10',
    ],
  ])('finds that %j has more attributes than AWS takes', (config, message) => {
    expect(problemsOf(definition, { ...target, ...config })).toEqual([`attributes: ${message}`]);
  });

  it('points at the one key that is there without the other', () => {
    const problems = (config: object) => problemsOf(definition, { ...target, ...config });
    expect(problems({ access_key_id: 'a' })).toEqual([
      'access_key_id: `access_key_id` needs `secret_access_key`',
    ]);
    expect(problems({ secret_access_key: 'a' })).toEqual([
      'secret_access_key: `secret_access_key` needs `access_key_id`',
    ]);
    expect(problems({ access_key_id: 'a', secret_access_key: 'b' })).toEqual([]);
  });
});
