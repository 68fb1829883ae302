import { describe, expect, it } from 'vitest';
import { DecodeError, EvrunError } from '../../../src/contract/errors.ts';
import type { SourceRecord } from '../../../src/contract/source.ts';
import type { RegisteredSchema } from '../../../src/support/avro/registry.ts';
import { type SchemaSource, Schemas } from '../../../src/support/avro/schemas.ts';
import { framed } from '../../../src/support/avro/wire.ts';

const avro = (schema: unknown, references: RegisteredSchema['references'] = []): RegisteredSchema => ({
  type: 'AVRO',
  text: JSON.stringify(schema),
  references,
});
const record = (id: number): SourceRecord => ({ value: framed(id, Buffer.of(2)), meta: {} });
const read = (schemas: Schemas, id: number) => {
  const value = framed(id, Buffer.of(2));
  return schemas.readerFor(value).read(value, 5);
};

/** A source that counts, so that what must not be asked twice is seen. */
class Counted implements SchemaSource {
  readonly asked: (number | string)[] = [];
  failure: Error | undefined = undefined;
  readonly byId: Record<number, RegisteredSchema | undefined>;
  readonly byVersion: Record<string, RegisteredSchema | undefined>;

  constructor(byId: Counted['byId'], byVersion: Counted['byVersion'] = {}) {
    this.byId = byId;
    this.byVersion = byVersion;
  }

  async schema(id: number) {
    this.asked.push(id);
    if (this.failure !== undefined) throw this.failure;
    return this.byId[id];
  }

  async version(subject: string, version: number) {
    this.asked.push(`${subject} ${version}`);
    return this.byVersion[`${subject} ${version}`];
  }
}

describe('the schemas of records', () => {
  it('are each asked for once, whatever the number of records', async () => {
    const source = new Counted({ 1: avro('int'), 2: avro('long') });
    const schemas = new Schemas(source);
    await schemas.prepare([record(1), record(2), record(1), record(2), { value: '{}', meta: {} }]);
    await schemas.prepare([record(2), record(1)]);
    expect(source.asked.sort()).toEqual([1, 2]);
    expect(read(schemas, 1)).toBe(1);
  });

  // Guard: give an unknown id no time, and every batch asks for it.
  it('that do not exist are poison, and asked for again only after 30 seconds', async () => {
    let now = 0;
    const source = new Counted({});
    const schemas = new Schemas(source, { now: () => now });
    for (now = 0; now < 30_000; now += 5000) await schemas.prepare([record(9)]);
    expect(source.asked).toEqual([9]);
    expect(() => read(schemas, 9)).toThrow(DecodeError);
    expect(() => read(schemas, 9)).toThrow(/schema 9: the schema registry does not know it/);
    source.byId[9] = avro('int');
    await schemas.prepare([record(9)]);
    expect(read(schemas, 9)).toBe(1);
  });

  it.each<[string, RegisteredSchema, RegExp]>([
    ['of another kind', { type: 'PROTOBUF', text: 'x', references: [] }, /schema 1: it is PROTOBUF/],
    ['that is none', avro({ type: 'nonsense' }), /schema 1: it is no Avro schema: the type "nonsense"/],
    ['that is no JSON', { type: 'AVRO', text: '{', references: [] }, /it is no Avro schema: it is not JSON/],
    [
      'that refers to what is not there',
      avro('Line', [{ name: 'Line', subject: 'line', version: 3 }]),
      /it refers to version 3 of "line", which is not there/,
    ],
  ])('are poison where there is one %s', async (_, schema, message) => {
    const schemas = new Schemas(new Counted({ 1: schema }));
    await schemas.prepare([record(1)]);
    expect(() => read(schemas, 1)).toThrow(message);
  });

  it('fail the batch, and not its records, while the registry is away', async () => {
    const source = new Counted({ 1: avro('int') });
    source.failure = new EvrunError('EVR_UNREACHABLE', 'away', { retry: 'later' });
    const schemas = new Schemas(source);
    await expect(schemas.prepare([record(1)])).rejects.toThrow('away');
    source.failure = undefined;
    await schemas.prepare([record(1)]);
    expect(read(schemas, 1)).toBe(1);
  });

  it('may refer to others, and those to others, also in circles', async () => {
    const fields = (type: unknown) => ({ fields: [{ name: 'f', type }] });
    const line = { name: 'x.Line', subject: 'line', version: 1 };
    const unit = { name: 'x.Unit', subject: 'unit', version: 2 };
    const source = new Counted(
      { 1: avro({ type: 'record', name: 'x.Order', ...fields('x.Line') }, [line, unit]) },
      {
        'line 1': avro({ type: 'record', name: 'x.Line', ...fields('x.Unit') }, [unit]),
        'unit 2': avro({ type: 'enum', name: 'x.Unit', symbols: ['KG', 'M'] }, [line]),
      },
    );
    const schemas = new Schemas(source);
    await schemas.prepare([record(1)]);
    expect(read(schemas, 1)).toEqual({ f: { f: 'M' } });
    expect(source.asked).toEqual([1, 'line 1', 'unit 2']);
  });

  // Guard: keep all, and a producer of nonsense fills the memory.
  it('that are kept are bounded in number, and a batch has all of its own', async () => {
    const asked = new Set<number>();
    let again = 0;
    const source: SchemaSource = {
      schema: async (id) => {
        again += asked.has(id) ? 1 : 0;
        asked.add(id);
        return id % 2 === 0 ? avro('int') : undefined;
      },
      version: async () => undefined,
    };
    const schemas = new Schemas(source);
    await schemas.prepare(Array.from({ length: 1900 }, (_, i) => record(i)));
    const second = Array.from({ length: 1000 }, (_, i) => record(1500 + i));
    await schemas.prepare(second);
    expect(again).toBe(400);
    for (const id of [1500, 2498]) expect(read(schemas, id)).toBe(1);
    expect(() => read(schemas, 10)).toThrow(/not fetched/);
  });

  it('that no registry can have are not asked for', async () => {
    const source = new Counted({});
    const schemas = new Schemas(source);
    await schemas.prepare([record(2 ** 32 - 1)]);
    expect(source.asked).toEqual([]);
    expect(() => read(schemas, 2 ** 32 - 1)).toThrow(/schema 4294967295: .*does not know it/);
  });

  it('let a record that throws when it is read be told by decoding', async () => {
    const unreadable = {
      get value(): never {
        throw new DecodeError('too long');
      },
      meta: {},
    };
    await expect(new Schemas(new Counted({})).prepare([unreadable])).resolves.toBeUndefined();
  });
});
