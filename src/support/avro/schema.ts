import { EvrunError } from '../../contract/errors.ts';

/*
 * Avro schemas (specification 1.12) as a tree in which every name is resolved, so that readers and writers are made
 * without looking anything up. A schema comes from a registry, which others write to: its size and depth are
 * bounded, and what evrun does not need (docs, aliases, logical types) is left behind.
 */

export type Schema =
  | { readonly kind: Primitive }
  | { readonly kind: 'fixed'; readonly name: string; readonly size: number }
  | { readonly kind: 'enum'; readonly name: string; readonly symbols: readonly string[] }
  | { readonly kind: 'array'; readonly items: Schema }
  | { readonly kind: 'map'; readonly values: Schema }
  | { readonly kind: 'union'; readonly branches: readonly Schema[] }
  | RecordSchema;

export interface RecordSchema {
  readonly kind: 'record';
  /** With its namespace: `com.example.Order`. */
  readonly name: string;
  readonly fields: readonly Field[];
  /** True: a record of it may hold another of its kind. */
  readonly recursive: boolean;
}

export interface Field {
  readonly name: string;
  readonly type: Schema;
  /** As JSON. Writing fills it in; `undefined` = the field must be there. */
  readonly fallback: unknown;
}

export type Primitive = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';

/** Types by full name, for schemas that refer to others. Filled by `parseSchema`. */
export type Names = Map<string, Schema>;

const MOST_CHARACTERS = 8 * 1024 * 1024;
const MOST_TYPES = 100_000;
const DEEPEST = 200;
/** The specification has no limit; a zero-filled value of this size is none of anybody's. */
const LARGEST_FIXED = 16 * 1024 * 1024;
const PRIMITIVES: ReadonlySet<string> = new Set<Primitive>([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
]);
const NAME = /^[A-Za-z_]\w*$/;
const FULL_NAME = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;

/**
 * Reads a schema's JSON text; a bare name (`string`) will do as well. `names` are types that it may refer to, and
 * get those that it defines. Throws EVR_RECIPE with a sentence that says what is wrong, for use after `schema 7: `.
 */
export function parseSchema(text: string, names: Names = new Map()): Schema {
  if (text.length > MOST_CHARACTERS) throw problem(`it has more than ${MOST_CHARACTERS} characters`);
  return new Parser(names).read(jsonOf(text), '', 0);
}

/** What events of it are called: the full name, or the kind of what has no name. */
export function schemaName(schema: Schema): string {
  return 'name' in schema ? schema.name : schema.kind;
}

type Json = Readonly<Record<string, unknown>>;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class Parser {
  private readonly names: Names;
  private readonly open = new Set<Schema>();
  private types = 0;

  constructor(names: Names) {
    this.names = names;
  }

  read(json: unknown, namespace: string, depth: number): Schema {
    this.types += 1;
    if (depth > DEEPEST) throw problem(`it is nested more than ${DEEPEST} levels deep`);
    if (this.types > MOST_TYPES) throw problem(`it has more than ${MOST_TYPES} types`);
    if (typeof json === 'string') return this.named(json, namespace);
    if (Array.isArray(json)) return this.union(json, namespace, depth);
    if (typeof json !== 'object' || json === null)
      throw problem('a type is neither a name, a list nor an object');
    const given = json as Json;
    const { type } = given;
    switch (type) {
      case 'record':
      case 'error':
        return this.record(given, namespace, depth);
      case 'enum':
        return this.enumeration(given, namespace);
      case 'fixed':
        return this.fixed(given, namespace);
      case 'array':
        return { kind: 'array', items: this.read(given['items'], namespace, depth + 1) };
      case 'map':
        return { kind: 'map', values: this.read(given['values'], namespace, depth + 1) };
      default:
        return this.read(type, namespace, depth + 1);
    }
  }

  private named(name: string, namespace: string): Schema {
    if (PRIMITIVES.has(name)) return { kind: name as Primitive };
    const found = this.names.get(fullName(name, namespace)) ?? this.names.get(name);
    if (found === undefined) throw problem(`the type ${quoted(name)} is not defined`);
    if (this.open.has(found)) (found as Mutable<RecordSchema>).recursive = true;
    return found;
  }

  private union(json: readonly unknown[], namespace: string, depth: number): Schema {
    const branches = json.map((branch) => this.read(branch, namespace, depth + 1));
    if (branches.some(({ kind }) => kind === 'union')) throw problem('a union stands directly in a union');
    return { kind: 'union', branches };
  }

  private record(json: Json, namespace: string, depth: number): Schema {
    const name = this.define(json, namespace);
    const record: Mutable<RecordSchema> = { kind: 'record', name, fields: [], recursive: false };
    this.names.set(name, record);
    this.open.add(record);
    if (!Array.isArray(json['fields'])) throw problem(`the record ${name} has no list of fields`);
    const inner = namespaceOf(name);
    const fields = json['fields'].map((field: unknown) => this.field(field, name, inner, depth));
    if (new Set(fields.map((field) => field.name)).size < fields.length)
      throw problem(`two fields of the record ${name} have the same name`);
    record.fields = fields;
    this.open.delete(record);
    return record;
  }

  private field(json: unknown, record: string, namespace: string, depth: number): Field {
    const { name, type, default: fallback } = (typeof json === 'object' && json !== null ? json : {}) as Json;
    if (typeof name !== 'string' || !NAME.test(name))
      throw problem(`a field of the record ${record} has no name`);
    return { name, type: this.read(type, namespace, depth + 1), fallback };
  }

  private enumeration(json: Json, namespace: string): Schema {
    const name = this.define(json, namespace);
    const { symbols } = json;
    if (!Array.isArray(symbols) || !symbols.every((symbol) => typeof symbol === 'string'))
      throw problem(`the enum ${name} has no list of symbols`);
    return this.keep({ kind: 'enum', name, symbols });
  }

  private fixed(json: Json, namespace: string): Schema {
    const name = this.define(json, namespace);
    const size = json['size'];
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > LARGEST_FIXED)
      throw problem(`the size of the fixed ${name} must be an integer from 0 to ${LARGEST_FIXED}`);
    return this.keep({ kind: 'fixed', name, size });
  }

  private keep(schema: Schema & { readonly name: string }): Schema {
    this.names.set(schema.name, schema);
    return schema;
  }

  private define(json: Json, namespace: string): string {
    const { name, namespace: own } = json;
    if (typeof name !== 'string') throw problem('a record, enum or fixed has no name');
    const full = fullName(name, typeof own === 'string' ? own : namespace);
    if (!FULL_NAME.test(full)) throw problem(`${quoted(full)} is no name for a type`);
    if (this.names.has(full)) throw problem(`the type ${quoted(full)} is defined twice`);
    return full;
  }
}

function fullName(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
}

function namespaceOf(name: string): string {
  return name.slice(0, Math.max(name.lastIndexOf('.'), 0));
}

function jsonOf(text: string): unknown {
  if (PRIMITIVES.has(text)) return text;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EvrunError('EVR_RECIPE', 'it is not JSON', { cause });
  }
}

function problem(sentence: string): EvrunError {
  return new EvrunError('EVR_RECIPE', sentence);
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
