import { describe, expect, it } from 'vitest';
import definition from '../../../src/actions/kafka/index.ts';
import { compileSchema } from '../../../src/support/schema/json-schema.ts';

/** Every problem as `path: message`. */
function problemsOf(config: Readonly<Record<string, unknown>>): readonly string[] {
  const { value, problems } = compileSchema(definition.schema)(config);
  const all = [
    ...problems,
    ...(problems.length > 0 ? [] : (definition.check?.(value as never, { recipeDir: '.' }) ?? [])),
  ];
  return all.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('the check of the kafka action', () => {
  it('takes a topic alone', () => {
    expect(problemsOf({ topic: 'orders' })).toEqual([]);
  });

  it.each([
    [{ topic: 'no topic' }, /^topic: "no topic" is no name for a topic/],
    [{ topic: 't', partition: -1 }, /^partition: expected a partition’s number/],
    [{ topic: 't', partition: 'one' }, /^partition: expected a partition’s number/],
    [{ topic: 't', compression: 'zstd' }, /^compression: /],
    [
      { topic: 't', connection: { producer_config: { 'compression.type': 'zstd' } } },
      /^connection\.producer_config: zstd can be read, but not written/,
    ],
    [
      { topic: 't', connection: { producer_config: { acks: 1 } } },
      /no effect: an event counts as done once all/,
    ],
    [{ topic: 't', schema: '"string"' }, /^schema: `schema` needs `mode: avro`/],
    [{ topic: 't', mode: 'avro', schema: { type: 'record' } }, /^schema: this is no Avro schema/],
    [
      { topic: 't', mode: 'avro', connection: { schema_registry_url: 'registry' } },
      /^connection\.schema_registry_url: /,
    ],
    [{ topic: 't', connection: { bootstrap: 'no-port' } }, /^connection\.bootstrap: /],
  ])('of %j finds one mistake', (config, message) => {
    const problems = problemsOf(config);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  it.each([
    { topic: 'orders-${{ event.data.country }}', partition: '${{ event.data.n }}', key: '' },
    { topic: 't', mode: 'avro', schema: 'string' },
    { topic: 't', mode: 'avro', schema: { type: 'array', items: 'long' } },
    { topic: 't', connection: { producer_config: { 'compression.type': 'lz4', 'linger.ms': 5 } } },
  ])('takes %j', (config) => {
    expect(problemsOf(config)).toEqual([]);
  });
});
