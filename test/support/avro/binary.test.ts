import avsc from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError, EvrunError } from '../../../src/contract/errors.ts';
import { exactJson } from '../../../src/support/avro/exact-json.ts';
import { avroReader, type ReaderOptions } from '../../../src/support/avro/reader.ts';
import { parseSchema } from '../../../src/support/avro/schema.ts';
import { avroWriter } from '../../../src/support/avro/writer.ts';

const parse = (schema: unknown) => parseSchema(JSON.stringify(schema));
const write = (schema: unknown, value: unknown) => avroWriter(parse(schema))(value);
const read = (schema: unknown, bytes: Uint8Array, options?: ReaderOptions) =>
  avroReader(parse(schema), options).read(Buffer.from(bytes), 0);

const field = (name: string, type: unknown, more = {}) => ({ name, type, ...more });
const record = (name: string, ...fields: unknown[]) => ({ type: 'record', name, fields });

/** Schemas beside values of them. Unions hold branches that no other branch's values fit. */
const typed: fc.Arbitrary<readonly [schema: unknown, value: unknown]> = fc.letrec<{
  any: readonly [unknown, unknown];
}>((tie) => {
  let names = 0;
  const scalar = fc.oneof(
    fc.constant(['null', null] as const),
    fc.boolean().map((v) => ['boolean', v] as const),
    fc.integer().map((v) => ['int', v] as const),
    fc.integer({ min: -(2 ** 52), max: 2 ** 52 }).map((v) => ['long', v] as const),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((v) => ['double', v] as const),
    fc.float({ noNaN: true, noDefaultInfinity: true }).map((v) => ['float', v] as const),
    fc
      .string({ unit: 'grapheme' })
      .filter((v) => !/\p{Cs}/u.test(v))
      .map((v) => ['string', v] as const),
    fc.uint8Array().map((v) => ['bytes', Buffer.from(v).toString('latin1')] as const),
    fc.uint8Array({ minLength: 1, maxLength: 9 }).map((v) => {
      names += 1;
      return [
        { type: 'fixed', name: `F${names}`, size: v.length },
        Buffer.from(v).toString('latin1'),
      ] as const;
    }),
    fc.constantFrom('A', 'B', 'C').map((v) => {
      names += 1;
      return [{ type: 'enum', name: `E${names}`, symbols: ['A', 'B', 'C'] }, v] as const;
    }),
  );
  return {
    any: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      scalar,
      tie('any').map(([schema, value]) => [{ type: 'array', items: schema }, [value, value]] as const),
      fc
        .tuple(
          tie('any'),
          fc.string({ unit: 'grapheme' }).filter((v) => !/\p{Cs}/u.test(v)),
        )
        .map(
          ([[schema, value], key]) =>
            [{ type: 'map', values: schema }, Object.fromEntries([[key, value]])] as const,
        ),
      fc.array(tie('any'), { maxLength: 4 }).map((members) => {
        names += 1;
        const fields = members.map(([schema], i) => field(`f${i}`, schema));
        return [
          record(`R${names}`, ...fields),
          Object.fromEntries(members.map(([, v], i) => [`f${i}`, v])),
        ] as const;
      }),
      fc
        .tuple(tie('any'), fc.boolean())
        .filter(([[schema]]) => schema !== 'null' && !Array.isArray(schema))
        .map(([[schema, value], isNull]) => [['null', schema], isNull ? null : value] as const),
    ),
  };
}).any;

describe('Avro in binary', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(typed, ([schema, value]) => {
        expect(read(schema, write(schema, value))).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  // Within 2^52, beyond which avsc rounds.
  it('is written as avsc writes it', () => {
    fc.assert(
      fc.property(typed, ([schema, value]) => {
        const theirs = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: false });
        const bytes = write(schema, value);
        expect(theirs.toBuffer(forAvsc(theirs, value))).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  it('answers any bytes with a value or a DecodeError, in bounded time', () => {
    fc.assert(
      fc.property(typed, fc.uint8Array({ maxLength: 60 }), fc.nat(), ([schema, value], noise, at) => {
        const good = write(schema, value);
        const place = at % (good.length + 1);
        for (const bytes of [
          noise,
          Buffer.concat([good.subarray(0, place), noise]),
          good.subarray(0, place),
        ]) {
          try {
            read(schema, bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  const list = { type: 'array', items: 'null' };
  const tree = record('Tree', field('next', ['null', 'Tree']));

  // Guards: the budget of elements, the depth and the bounds in src/support/avro/cursor.ts. Without the first,
  // four bytes take all memory; without the second, the stack is full.
  it.each<[string, unknown, Uint8Array, RegExp]>([
    ['a list of 134 million nulls', list, Uint8Array.of(0xfe, 0xff, 0xff, 0x7f, 0), /more elements/],
    [
      'a list of 2^62 strings',
      { type: 'array', items: 'string' },
      Uint8Array.of(...Array(9).fill(0xff), 1, 0),
      /more elements/,
    ],
    ['many lists of nulls', list, Buffer.alloc(900, Uint8Array.of(0x80, 0x7d)), /more elements/],
    ['a record in itself 100,000 times', tree, Buffer.alloc(100_000, 2), /nested more than 200 levels/],
    ['a string longer than the record', 'string', Uint8Array.of(0x7e, 65), /too early, after 2 bytes/],
    ['a string of negative length', 'string', Uint8Array.of(3), /length is negative/],
    ['half a number', 'long', Uint8Array.of(0x80), /too early/],
    ['a number of 11 bytes', 'long', Uint8Array.of(...Array(10).fill(0xff), 1), /more than 64 bits/],
    ['a number of 70 bits', 'long', Uint8Array.of(...Array(9).fill(0xff), 0x7f), /more than 64 bits/],
    ['an int of 40 bits', 'int', Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 1), /more than 32 bits/],
    ['a branch that the union lacks', ['null', 'int'], Uint8Array.of(4, 0), /branch 2 of 2/],
    ['a negative branch', ['null', 'int'], Uint8Array.of(1), /branch -1 of 2/],
    [
      'a symbol that the enum lacks',
      { type: 'enum', name: 'E', symbols: ['A'] },
      Uint8Array.of(2),
      /symbol 1 of 1/,
    ],
    ['a boolean that is neither', 'boolean', Uint8Array.of(2), /no boolean/],
    ['text that is not UTF-8', 'string', Uint8Array.of(2, 0xff), /not UTF-8/],
    ['a byte too many', 'null', Uint8Array.of(0), /left over/],
    ['nothing', 'int', new Uint8Array(), /too early, after 0 bytes/],
  ])('refuses %s, and says why', (_, schema, bytes, message) => {
    expect(() => read(schema, bytes)).toThrow(DecodeError);
    expect(() => read(schema, bytes)).toThrow(message);
  });

  it('reads lists in several blocks, also with their sizes', () => {
    const bytes = Uint8Array.of(2, 2, 3, 4, 4, 6, 0);
    expect(read({ type: 'array', items: 'int' }, bytes)).toEqual([1, 2, 3]);
  });

  it('reads the character that stands for broken text where it is itself meant', () => {
    expect(read('string', write('string', 'a\ufffdb'))).toBe('a\ufffdb');
  });

  it('keeps a key and a field named __proto__ as data', () => {
    const map = { type: 'map', values: 'int' };
    const given = JSON.parse('{"__proto__":7}') as unknown;
    expect(JSON.stringify(read(map, write(map, given)))).toBe('{"__proto__":7}');
    const schema = record('R', field('__proto__', ['null', 'int']), field('constructor', 'int'));
    const value = JSON.parse('{"__proto__":7,"constructor":8}') as unknown;
    for (const omitNulls of [false, true])
      expect(JSON.stringify(read(schema, write(schema, value), { omitNulls }))).toBe(JSON.stringify(value));
    expect(Object.getPrototypeOf(read(schema, write(schema, value)))).toBe(Object.prototype);
  });

  it('gives longs beyond 2^53 as the nearest number, tells of it, and gives all digits on request', () => {
    const reader = avroReader(parse(record('R', field('n', 'long'), field('small', 'long'))));
    for (const n of [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 12_345_678_901_234_567n]) {
      const bytes = avroWriter(parse(record('R', field('n', 'long'), field('small', 'long'))))({
        n,
        small: -5,
      });
      expect(reader.read(bytes, 0)).toEqual({ n: Number(n), small: -5 });
      expect(reader.wasInexact()).toBe(true);
      expect(exactJson(reader.readExactly(bytes, 0))).toBe(`{"n":${n},"small":-5}`);
    }
    for (const n of [2n ** 53n - 1n, -(2n ** 53n) + 1n, 2n ** 31n, 0n]) {
      const bytes = avroWriter(parse(record('R', field('n', 'long'), field('small', 'long'))))({
        n,
        small: 1,
      });
      expect(reader.read(bytes, 0)).toEqual({ n: Number(n), small: 1 });
      expect(reader.wasInexact()).toBe(false);
    }
  });

  it('gives what JSON has no number for as text', () => {
    for (const value of ['NaN', 'Infinity', '-Infinity'])
      expect(read('double', write('double', value))).toBe(value);
  });

  it('leaves out what is null, and reads bytes as UTF-8, where that is asked for', () => {
    const schema = record(
      'R',
      field('a', ['null', 'int']),
      field('b', 'bytes'),
      field('c', ['null', 'bytes']),
    );
    const bytes = write(schema, { b: Buffer.from('é'), c: Uint8Array.of(0xff) });
    expect(read(schema, bytes)).toEqual({ a: null, b: 'Ã©', c: 'ÿ' });
    expect(read(schema, bytes, { bytes: 'utf8', omitNulls: true })).toEqual({ b: 'é', c: 'ÿ' });
  });
});

describe('writing Avro', () => {
  const order = record(
    'Order',
    field('id', 'long'),
    field('lines', { type: 'array', items: record('Line', field('n', 'int', { default: 1 })) }),
    field('note', ['null', 'string'], { default: null }),
  );

  it('fills in what the schema says of an absent field, and null where that may be', () => {
    expect(read(order, write(order, { id: 1, lines: [{}] }))).toEqual({
      id: 1,
      lines: [{ n: 1 }],
      note: null,
    });
  });

  it('takes the first branch of a union that the value fits', () => {
    const union = [
      'null',
      'int',
      'double',
      { type: 'array', items: 'int' },
      { type: 'array', items: 'string' },
    ];
    for (const value of [null, 3, 1.5, [1, 2], ['a']])
      expect(read(union, write(union, value))).toEqual(value);
  });

  it.each<[string, unknown, unknown, RegExp]>([
    ['a number for a string', order, { id: 1, lines: [], note: 5 }, /^note: expected a string, got 5/],
    [
      'a fraction for an integer',
      order,
      { id: 1, lines: [{ n: 1.5 }] },
      /^lines\[0\]\.n: expected an integer of 32 bits, got 1.5/,
    ],
    ['a missing field', order, { lines: [] }, /^id: expected an integer within 2\^53, got nothing/],
    [
      'a field that the schema lacks',
      order,
      { id: 1, lines: [], more: {} },
      /^more: expected no such field, got an object/,
    ],
    ['a number that was rounded', 'long', 2 ** 53, /the data: expected an integer within 2\^53/],
    ['a bigint of more than 64 bits', 'long', 2n ** 63n, /64 bits/],
    ['half a character', 'string', '\ud800', /without lone surrogates/],
    ['text for bytes', 'bytes', 'Ā', /U\+00FF/],
    ['bytes of another size', { type: 'fixed', name: 'F', size: 2 }, 'a', /2 bytes/],
    ['an unknown symbol', { type: 'enum', name: 'E', symbols: ['A', 'B'] }, 'C', /one of A, B, got "C"/],
    ['a list for a map', { type: 'map', values: 'int' }, [], /expected an object, got a list/],
    ['nothing where something must be', 'string', undefined, /got nothing/],
  ])('refuses %s, and says where', (_, schema, value, message) => {
    const attempt = () => write(schema, value);
    expect(attempt).toThrow(EvrunError);
    expect(attempt).toThrow(message);
  });

  it('refuses data that is nested without end', () => {
    const tree = record('Tree', field('next', ['null', 'Tree']));
    let value: unknown = null;
    for (let i = 0; i < 100_000; i += 1) value = { next: value };
    expect(() => write(tree, value)).toThrow(/nested too deeply/);
  });
});

/** avsc wants bytes as Buffers and unions unwrapped. */
function forAvsc(type: avsc.Type, value: unknown): unknown {
  if (avsc.Type.isType(type, 'bytes', 'fixed')) return Buffer.from(value as string, 'latin1');
  if (avsc.Type.isType(type, 'array'))
    return (value as unknown[]).map((item) => forAvsc((type as avsc.types.ArrayType).itemsType, item));
  if (avsc.Type.isType(type, 'map')) {
    const { valuesType } = type as avsc.types.MapType;
    return Object.fromEntries(
      Object.entries(value as object).map(([key, item]) => [key, forAvsc(valuesType, item)]),
    );
  }
  if (avsc.Type.isType(type, 'record')) {
    const { fields } = type as avsc.types.RecordType;
    return Object.fromEntries(
      fields.map((one) => [one.name, forAvsc(one.type, (value as Record<string, unknown>)[one.name])]),
    );
  }
  if (avsc.Type.isType(type, 'union') && value !== null) {
    return forAvsc((type as avsc.types.UnwrappedUnionType).types[1] as avsc.Type, value);
  }
  return value;
}
