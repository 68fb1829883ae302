import { EvrunError } from '../../contract/errors.ts';
import { Output } from './output.ts';
import type { Field, RecordSchema, Schema } from './schema.ts';

/*
 * Writes JSON values in Avro's binary encoding, the other way round of the reader: unions are given as the value
 * itself and go into the first branch that takes it, bytes as text with one character for each byte or as bytes.
 * A value that the schema does not take is an error that names the path: nothing is rounded, cut or left out.
 */

/** Throws EVR_ACTION: `order.total: expected a long, got a string`. */
export type AvroWriter = (value: unknown) => Buffer;

export function avroWriter(schema: Schema): AvroWriter {
  return (value) => {
    const out = new Output();
    try {
      write(out, schema, value, '');
    } catch (error) {
      if (error instanceof Mismatch) throw new EvrunError('EVR_ACTION', error.message);
      if (error instanceof RangeError) throw new EvrunError('EVR_ACTION', 'the data is nested too deeply');
      throw error;
    }
    return out.bytes();
  };
}

/** UTF-8 has no bytes for half a pair. */
const LONE_SURROGATE = /\p{Cs}/u;

/** The value is none of the schema's: in a union, the next branch is tried. */
class Mismatch extends Error {}

function write(out: Output, schema: Schema, value: unknown, path: string): Output {
  switch (schema.kind) {
    case 'null':
      if (value !== null && value !== undefined) throw wrong(path, 'nothing', value);
      return out;
    case 'boolean':
      if (typeof value !== 'boolean') throw wrong(path, 'a boolean', value);
      return out.byte(value ? 1 : 0);
    case 'int':
      if (typeof value !== 'number' || value !== (value | 0))
        throw wrong(path, 'an integer of 32 bits', value);
      return out.long(value);
    case 'long':
      return writeLong(out, value, path);
    case 'float':
      return out.float(numberOf(value, path));
    case 'double':
      return out.double(numberOf(value, path));
    case 'string':
      if (typeof value !== 'string') throw wrong(path, 'a string', value);
      if (LONE_SURROGATE.test(value)) throw wrong(path, 'text without lone surrogates', value);
      return out.text(value);
    case 'bytes': {
      const bytes = bytesOf(value, path);
      out.long(bytes.length);
      return out.raw(bytes);
    }
    case 'fixed': {
      const bytes = bytesOf(value, path);
      if (bytes.length !== schema.size) throw wrong(path, `${schema.size} bytes`, value);
      return out.raw(bytes);
    }
    case 'enum': {
      const index = schema.symbols.indexOf(value as string);
      if (index === -1) throw wrong(path, `one of ${schema.symbols.slice(0, 20).join(', ')}`, value);
      return out.long(index);
    }
    case 'array':
      return writeList(out, schema.items, value, path);
    case 'map':
      return writeMap(out, schema.values, value, path);
    case 'union':
      return writeUnion(out, schema.branches, value, path);
    case 'record':
      return writeRecord(out, schema, value, path);
  }
}

function writeLong(out: Output, value: unknown, path: string): Output {
  if (typeof value === 'bigint') {
    if (BigInt.asIntN(64, value) !== value) throw wrong(path, 'an integer of 64 bits', value);
    return out.bigLong(value);
  }
  if (!Number.isSafeInteger(value)) throw wrong(path, 'an integer within 2^53', value);
  return out.long(value as number);
}

function writeList(out: Output, items: Schema, value: unknown, path: string): Output {
  if (!Array.isArray(value)) throw wrong(path, 'a list', value);
  if (value.length > 0) out.long(value.length);
  for (const [i, item] of value.entries()) write(out, items, item, `${path}[${i}]`);
  return out.byte(0);
}

function writeMap(out: Output, values: Schema, value: unknown, path: string): Output {
  const entries = Object.entries(objectOf(value, path));
  if (entries.length > 0) out.long(entries.length);
  for (const [key, item] of entries) {
    out.text(key);
    write(out, values, item, within(path, key));
  }
  return out.byte(0);
}

function writeRecord(out: Output, { fields }: RecordSchema, value: unknown, path: string): Output {
  const given = objectOf(value, path);
  for (const name of Object.keys(given)) {
    if (!fields.some((field) => field.name === name))
      throw wrong(within(path, name), 'no such field', given[name]);
  }
  for (const field of fields) {
    const { name, type } = field;
    write(out, type, Object.hasOwn(given, name) ? given[name] : absent(field), within(path, name));
  }
  return out;
}

/** A field that is not there is null where it may be, else what the schema says. */
function absent({ type, fallback }: Field): unknown {
  return fallback === undefined && type.kind === 'union' ? null : fallback;
}

/** The first branch that takes the value: without a try where its kind tells. */
function writeUnion(out: Output, branches: readonly Schema[], value: unknown, path: string): Output {
  let first: Mismatch | undefined;
  const start = out.length;
  for (let i = 0; i < branches.length; i += 1) {
    const branch = branches[i] as Schema;
    if ((branch.kind === 'null') !== (value === null || value === undefined)) continue;
    try {
      return write(out.long(i), branch, value, path);
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
      out.length = start;
      first ??= error;
    }
  }
  throw first ?? wrong(path, branches.map(({ kind }) => kind).join(' or '), value);
}

function numberOf(value: unknown, path: string): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  throw wrong(path, 'a number', value);
}

function bytesOf(value: unknown, path: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string' && !/[^\0-\xff]/.test(value)) return Buffer.from(value, 'latin1');
  throw wrong(path, 'bytes, as text with one character up to U+00FF for each', value);
}

function objectOf(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw wrong(path, 'an object', value);
}

function within(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function wrong(path: string, expected: string, got: unknown): Mismatch {
  return new Mismatch(`${path === '' ? 'the data' : path}: expected ${expected}, got ${shown(got)}`);
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'a list' : value instanceof Uint8Array ? 'bytes' : 'an object';
}
