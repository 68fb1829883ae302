/**
 * Reads a component's options as DataHub's typed fields do (pydantic's lax mode): `${N:-3}` gives the text "3",
 * and where the schema says integer that is 3. Values are copied, never changed in place; what cannot be read
 * as the declared type stays as it is, for the schema to refuse. Text is never made of a number: `012` is 10
 * in YAML, so the text that was meant is gone.
 */
import type { ConfigSchema, OptionSchema } from '../../contract/schema.ts';
import type { SchemaProblem } from './schema-problems.ts';

export type Path = readonly (string | number)[];

export interface ReadOptions {
  readonly value: unknown;
  /** Warnings (an option without effect, an unknown key that is kept) and two spellings of one option. */
  readonly problems: readonly SchemaProblem[];
  /** First keys that were written under an alias: new name → the one in the recipe. */
  readonly writtenAs: ReadonlyMap<string, string>;
}

export function readOptions(schema: ConfigSchema, config: unknown): ReadOptions {
  const problems: SchemaProblem[] = [];
  const writtenAs = new Map<string, string>();
  const given = config === null || config === undefined ? {} : config;
  if (!isMap(given)) return { value: given, problems, writtenAs };
  const renamed: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const option = optionOf(schema.properties, key);
    if (option === undefined && schema.additionalProperties === true) {
      problems.push(unknownKept(key, schema));
    }
    if (option?.ignored !== undefined && value !== null) problems.push(withoutEffect(key, option.ignored));
    const name = option?.alias !== undefined && value !== null ? option.alias : key;
    if (name !== key && given[name] !== undefined && given[name] !== null) {
      problems.push(twice(key, name));
      continue;
    }
    if (name !== key) writtenAs.set(name, key);
    renamed[name] = value;
  }
  return { value: readObject(schema, renamed), problems, writtenAs };
}

function readObject(schema: OptionSchema | ConfigSchema, given: Record<string, unknown>) {
  const read: Record<string, unknown> = {};
  const rest = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  for (const [key, value] of Object.entries(given)) {
    const option = optionOf(schema.properties, key);
    // Nothing after the colon means "not set", as for DataHub's optional fields.
    if (value === null && option !== undefined && !acceptsNull(option)) {
      if (schema.required?.includes(key)) read[key] = null;
      continue;
    }
    const known = option ?? rest;
    read[key] = known === undefined ? value : readValue(known, value);
  }
  for (const [key, option] of Object.entries(schema.properties ?? {})) {
    if (read[key] === undefined && option.default !== undefined) read[key] = structuredClone(option.default);
  }
  return read;
}

function readValue(schema: OptionSchema, value: unknown): unknown {
  if (schema.oneOf !== undefined) {
    const branch = schema.oneOf.find((one) => fits(one, readValue(one, value)));
    return branch === undefined ? value : readValue(branch, value);
  }
  if (isMap(value)) {
    const structured = schema.properties !== undefined || typeof schema.additionalProperties === 'object';
    return structured ? readObject(schema, value) : value;
  }
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => readValue(items, item));
  }
  const types = typesOf(schema);
  if (types.length === 0 || fits(schema, value)) return value;
  for (const type of types) {
    const read = readScalar(type, value);
    if (read !== undefined) return read;
  }
  return value;
}

function readScalar(type: string, value: unknown): unknown {
  if (type === 'boolean') return readBoolean(value);
  if (type === 'integer') {
    const number = readNumber(value, /^\s*[-+]?[0-9]+(?:_[0-9]+)*(?:\.0*)?\s*$/);
    return Number.isSafeInteger(number) ? number : undefined;
  }
  if (type === 'number') {
    return readNumber(value, /^\s*[-+]?(?:[0-9]+(?:_[0-9]+)*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\s*$/);
  }
  return undefined;
}

function readNumber(value: unknown, spelling: RegExp): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !spelling.test(value)) return undefined;
  return Number(value.replaceAll('_', ''));
}

const TRUE = new Set(['true', 'yes', 'on', 't', 'y', '1']);
const FALSE = new Set(['false', 'no', 'off', 'f', 'n', '0']);

/** A boolean as pydantic reads it (`"Yes"`, `"0"`, 1, 0.0), undefined for anything else. */
export function readBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 1) return true;
  if (value === 0) return false;
  if (typeof value !== 'string') return undefined;
  const word = value.trim().toLowerCase();
  if (TRUE.has(word)) return true;
  return FALSE.has(word) ? false : undefined;
}

function fits(schema: OptionSchema, value: unknown): boolean {
  if (schema.enum !== undefined) return (schema.enum as readonly unknown[]).includes(value);
  const types = typesOf(schema);
  return types.length === 0 || types.some((type) => isOf(type, value));
}

function isOf(type: string, value: unknown): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isMap(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

function typesOf(schema: OptionSchema): readonly string[] {
  if (schema.type === undefined) return [];
  return typeof schema.type === 'string' ? [schema.type] : schema.type;
}

function acceptsNull(schema: OptionSchema): boolean {
  if (schema.oneOf !== undefined) return schema.oneOf.some(acceptsNull);
  const types = typesOf(schema);
  return schema.enum?.includes(null) === true || types.length === 0 || types.includes('null');
}

function optionOf(properties: Readonly<Record<string, OptionSchema>> | undefined, key: string) {
  return properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownKept(key: string, schema: ConfigSchema): SchemaProblem {
  return {
    severity: 'warning',
    path: [key],
    about: 'key',
    message: `unknown key "${key}", without effect`,
    unknownKey: { name: key, known: Object.keys(schema.properties) },
  };
}

function withoutEffect(key: string, why: string): SchemaProblem {
  return { severity: 'warning', path: [key], about: 'key', message: `"${key}" has no effect: ${why}` };
}

function twice(key: string, name: string): SchemaProblem {
  return {
    severity: 'error',
    path: [key],
    about: 'key',
    message: `"${key}" and "${name}" are two names of one option`,
    fix: `Remove "${key}".`,
  };
}
