import { describe, expect, it } from 'vitest';
import definition from '../../../src/sources/kafka/index.ts';
import { compileSchema } from '../../../src/support/schema/json-schema.ts';

/** Every problem as `path: message fix`. */
function problemsOf(config: Readonly<Record<string, unknown>>): readonly string[] {
  const { value, problems } = compileSchema(definition.schema)(config);
  const all = [
    ...problems,
    ...(problems.length > 0 ? [] : (definition.check?.(value as never, { recipeDir: '.' }) ?? [])),
  ];
  return all.map(({ path, message, fix }) => `${path.join('/')}: ${message} ${fix ?? ''}`);
}

describe('the check of the kafka source', () => {
  it.each([
    {},
    { topics: 'orders' },
    { topics: ['orders', 'alerts'], group_id: 'g' },
    { group_id: 'g', connection: { consumer_config: { 'group.id': 'g' } } },
    { connection: { consumer_config: { 'group.id': 'g', 'bootstrap.servers': 'b:1' } } },
  ])('takes %j', (config) => {
    expect(problemsOf(config)).toEqual([]);
  });

  it.each([
    [
      { group_id: 'g', connection: { consumer_config: { 'group.id': 'other' } } },
      /^connection\/consumer_config\/group.id: no effect: group_id goes before, which is "g"/,
    ],
    [
      { connection: { consumer_config: { 'sasl.password': 12_345 } } },
      /^connection\/consumer_config\/sasl.password: expected a text/,
    ],
    [
      { topics: 'orders,alerts' },
      /^topics: "orders,alerts" is no name for a topic Write a list: \[orders, alerts\]/,
    ],
    [{ topics: ['a b'] }, /^topics\/0: "a b" is no name for a topic Up to 249 letters/],
    [{ topics: '^orders.*' }, /is a pattern/],
  ])('of %j finds one mistake', (config, message) => {
    const problems = problemsOf(config);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });
});
