import { describe, expect, it } from 'vitest';
import { EvrunError } from '../../../src/contract/errors.ts';
import { type Names, parseSchema, schemaName } from '../../../src/support/avro/schema.ts';

const parse = (schema: unknown, names?: Names) => parseSchema(JSON.stringify(schema), names);
const record = (name: string, type: unknown, more = {}) => ({
  type: 'record',
  name,
  fields: [{ name: 'f', type }],
  ...more,
});

describe('an Avro schema', () => {
  it('may be a bare name, a JSON string or an object', () => {
    for (const text of ['string', '"string"', '{"type":"string"}', '{"type":{"type":"string"}}'])
      expect(parseSchema(text)).toEqual({ kind: 'string' });
  });

  it('has its names in the namespace of what they stand in', () => {
    const inner = { type: 'enum', name: 'E', symbols: ['A'] };
    const schema = parse(
      record('R', ['null', inner, 'other.X'], { namespace: 'com.x' }),
      new Map([['other.X', { kind: 'int' }]]),
    );
    expect(schemaName(schema)).toBe('com.x.R');
    expect(schema).toMatchObject({
      fields: [{ type: { branches: [{}, { name: 'com.x.E' }, { kind: 'int' }] } }],
    });
    expect(schemaName(parse(record('a.b.R', 'E'), new Map([['a.b.E', { kind: 'int' }]])))).toBe('a.b.R');
  });

  it('tells which records may hold their own kind', () => {
    expect(parse(record('Node', ['null', 'Node']))).toMatchObject({ recursive: true });
    expect(parse(record('Plain', 'int'))).toMatchObject({ recursive: false });
  });

  it('leaves logical types, docs and aliases behind', () => {
    expect(parse({ type: 'long', logicalType: 'timestamp-millis', doc: 'x' })).toEqual({ kind: 'long' });
  });

  const deep = (levels: number) => '{"type":"array","items":'.repeat(levels) + '"int"' + '}'.repeat(levels);

  it.each<[string, string, RegExp]>([
    ['no JSON', '{', /not JSON/],
    ['a number', '7', /neither a name, a list nor an object/],
    ['an unknown type', '"Order"', /type "Order" is not defined/],
    ['a name that objects have', '"__proto__"', /not defined/],
    ['a record without fields', '{"type":"record","name":"R"}', /record R has no list of fields/],
    ['a record without a name', '{"type":"record","fields":[]}', /no name/],
    [
      'a field without a name',
      '{"type":"record","name":"R","fields":[{"type":"int"}]}',
      /field of the record R/,
    ],
    ['a name with code in it', JSON.stringify(record('R(){}', 'int')), /"R\(\)\{\}" is no name/],
    [
      'two fields of one name',
      '{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}',
      /two fields of the record R/,
    ],
    ['a type defined twice', JSON.stringify(record('R', record('R', 'int'))), /"R" is defined twice/],
    ['a union in a union', '[["null"]]', /union stands directly in a union/],
    ['a fixed of no size', '{"type":"fixed","name":"F","size":-1}', /size of the fixed F/],
    ['a fixed of a terabyte', '{"type":"fixed","name":"F","size":1e12}', /size of the fixed F/],
    ['an enum without symbols', '{"type":"enum","name":"E"}', /enum E has no list of symbols/],
    ['types nested without end', deep(100_000), /nested more than 200 levels deep/],
    ['types nested in JSON lists', '['.repeat(300_000) + ']'.repeat(300_000), /nested more than|union/],
    ['more types than anybody has', `[${'"int",'.repeat(100_001)}"int"]`, /more than 100000 types/],
    ['a text of megabytes', ' '.repeat(9_000_000), /more than 8388608 characters/],
  ])('is refused, with the reason, where it is %s', (_, text, message) => {
    const attempt = () => parseSchema(text);
    expect(attempt).toThrow(EvrunError);
    expect(attempt).toThrow(message);
  });
});
