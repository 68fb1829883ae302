import { DecodeError } from '../../contract/errors.ts';
import { Cursor } from './cursor.ts';
import { type RecordSchema, type Schema, schemaName } from './schema.ts';

/*
 * Makes of a writer's schema a function that reads its values as plain JSON: unions as the value itself, enums as
 * text, bytes and fixed as text with one character for each byte, logical types as what carries them. A record's
 * function is compiled, since an object literal with known names is made three times as fast as one that is filled
 * in a loop; nothing of the schema enters the code but names, as JSON strings.
 */

export interface ReaderOptions {
  /** How `bytes` come: `latin1` (default) as in Avro's JSON encoding, `utf8` as the text that they are. */
  readonly bytes?: 'latin1' | 'utf8';
  /** True: fields of records that are null are left out. */
  readonly omitNulls?: boolean;
}

export interface AvroReader {
  /** Full name of the schema's record, or its kind. */
  readonly name: string;
  /** The value in `bytes` from `at` to the end. Throws DecodeError, also for bytes that are left over. */
  read(bytes: Buffer, at: number): unknown;
  /** Whether the value that was read last has a long beyond 2^53, which came as the nearest number. */
  wasInexact(): boolean;
  /** As `read`; longs beyond 2^53 are bigints. */
  readExactly(bytes: Buffer, at: number): unknown;
}

type Read = (cursor: Cursor) => unknown;

const cursor = new Cursor();

export function avroReader(schema: Schema, options: ReaderOptions = {}): AvroReader {
  const name = schemaName(schema);
  const readValue = new Compiler(options).compile(schema);
  let inexact = false;

  function read(bytes: Buffer, at: number, exact: boolean): unknown {
    cursor.begin(bytes, at, exact);
    try {
      const value = readValue(cursor);
      if (cursor.at !== cursor.end) throw cursor.problem('bytes are left over');
      inexact = cursor.inexact;
      return value;
    } catch (error) {
      const why = error instanceof DecodeError ? error.message : undefined;
      // A RangeError: the stack of calls is full.
      if (why === undefined && !(error instanceof RangeError)) throw error;
      throw new DecodeError(`the record is no ${name}: ${why ?? 'it is nested too deeply'}`, error);
    } finally {
      cursor.finish();
    }
  }

  return {
    name,
    read: (bytes, at) => read(bytes, at, false),
    readExactly: (bytes, at) => read(bytes, at, true),
    wasInexact: () => inexact,
  };
}

class Compiler {
  private readonly options: ReaderOptions;
  private readonly records = new Map<RecordSchema, Read>();

  constructor(options: ReaderOptions) {
    this.options = options;
  }

  compile(schema: Schema): Read {
    switch (schema.kind) {
      case 'null':
        return () => null;
      case 'boolean':
        return (c) => c.boolean();
      case 'int':
        return (c) => c.int();
      case 'long':
        return (c) => c.long();
      case 'float':
        return (c) => c.float();
      case 'double':
        return (c) => c.double();
      case 'string':
        return (c) => c.text();
      case 'bytes':
        return this.options.bytes === 'utf8' ? (c) => c.utf8(c.long()) : (c) => c.latin1(c.long());
      case 'fixed':
        return (c) => c.latin1(schema.size);
      case 'enum':
        return (c) => schema.symbols[indexBelow(c, schema.symbols.length, 'symbol')];
      case 'array':
        return readList(this.compile(schema.items));
      case 'map':
        return readMap(this.compile(schema.values));
      case 'union':
        return this.union(schema.branches);
      case 'record':
        return this.record(schema);
    }
  }

  private union(schemas: readonly Schema[]): Read {
    const branches = schemas.map((schema) => this.compile(schema));
    return (c) => (branches[indexBelow(c, branches.length, 'branch')] as Read)(c);
  }

  private record(schema: RecordSchema): Read {
    const known = this.records.get(schema);
    if (known !== undefined) return known;
    if (!schema.recursive) {
      const read = this.fields(schema);
      this.records.set(schema, read);
      return read;
    }
    let read: Read | undefined;
    const nested: Read = (c) => {
      c.nest(1);
      const value = (read as Read)(c);
      c.nest(-1);
      return value;
    };
    this.records.set(schema, nested);
    read = this.fields(schema);
    return nested;
  }

  private fields({ fields }: RecordSchema): Read {
    const reads = fields.map(({ type }) => this.compile(type));
    const names = fields.map(({ name }) => JSON.stringify(name));
    const parameters = reads.map((_, i) => `r${i}`);
    // A computed name: `{"__proto__": x}` would set the prototype.
    const literal = `{${names.map((name, i) => `[${name}]:r${i}(c)`).join()}}`;
    const body = this.options.omitNulls === true ? omitting(fields, names) : `return ${literal}`;
    const make = new Function(...parameters, `return function(c){${body}}`) as (...reads: Read[]) => Read;
    return make(...reads);
  }
}

function omitting(fields: RecordSchema['fields'], names: readonly string[]): string {
  const steps = fields.map(({ type, name }, i) => {
    const set =
      name === '__proto__'
        ? (value: string) =>
            `Object.defineProperty(o,${names[i]},{value:${value},enumerable:true,writable:true,configurable:true})`
        : (value: string) => `o[${names[i]}]=${value}`;
    return mayBeNull(type) ? `const v${i}=r${i}(c);if(v${i}!==null)${set(`v${i}`)}` : set(`r${i}(c)`);
  });
  return `const o={};${steps.join(';')};return o`;
}

function mayBeNull(schema: Schema): boolean {
  return schema.kind === 'null' || (schema.kind === 'union' && schema.branches.some(mayBeNull));
}

function indexBelow(c: Cursor, count: number, what: string): number {
  const index = c.long();
  if (index >= 0 && index < count) return index;
  throw c.problem(`${what} ${index} of ${count}`);
}

function readList(item: Read): Read {
  return (c) => {
    const list: unknown[] = [];
    for (let count = c.block(); count > 0; count = c.block()) {
      for (; count > 0; count -= 1) list.push(item(c));
    }
    return list;
  };
}

function readMap(value: Read): Read {
  return (c) => {
    const map: Record<string, unknown> = {};
    for (let count = c.block(); count > 0; count = c.block()) {
      for (; count > 0; count -= 1) {
        const key = c.text();
        if (key === '__proto__') Object.defineProperty(map, key, { value: value(c), ...OWN });
        else map[key] = value(c);
      }
    }
    return map;
  };
}

const OWN = { enumerable: true, writable: true, configurable: true };
