import { DecodeError } from '../../contract/errors.ts';
import { withArticle } from '../../support/article.ts';

/*
 * Reads records in Avro's JSON encoding by their schema. A field that is a union may come wrapped, as Avro writes
 * it (`{"string":"x"}`), or bare, as DataHub's REST side does: both mean `x`. Because only fields that the schema
 * knows to be unions are unwrapped, a map of the user's with one key that holds a dot stays what it is.
 *
 * What comes out is what DataHub's own client shows to a filter: null fields are left out and defaults filled in.
 * Fields that the schema does not know are kept, so that a newer server does not break a recipe. A record in which
 * nothing had to be changed comes back as the same object, so that the caller knows its text still holds.
 */

export type Shape = 'string' | 'number' | 'bytes' | 'map' | 'parameters' | RecordShape;

export interface RecordShape {
  /** Avro's name without its namespace: `AuditStamp`. */
  readonly name: string;
  readonly fields: readonly Field[];
}

export interface Field {
  readonly name: string;
  readonly shape: Shape;
  readonly required?: boolean;
  /** Stands in where the field is absent or null. */
  readonly fill?: string | number;
}

/** Turns the text of a `bytes` field into what its bytes say. */
export type BytesReader = (text: string) => string;

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The record as its schema says, or `value` itself if nothing had to change. Throws DecodeError. */
export function readRecord(shape: RecordShape, value: JsonObject, bytes: BytesReader): JsonObject {
  let changes: Map<string, unknown> | undefined;
  for (const field of shape.fields) {
    const given = value[field.name];
    const read = given === undefined || given === null ? undefined : readField(field.shape, given, bytes);
    const kept = read ?? field.fill;
    if (field.required === true) checkRequired(shape, field, kept);
    if (kept === given) continue;
    changes ??= new Map();
    changes.set(field.name, kept);
  }
  return changes === undefined ? value : changed(value, changes);
}

function readField(shape: Shape, given: unknown, bytes: BytesReader): unknown {
  if (typeof shape === 'object') {
    const inner = unwrapped(given, (name) => name === shape.name || name.endsWith('.' + shape.name));
    return isObject(inner) ? readRecord(shape, inner, bytes) : inner;
  }
  switch (shape) {
    case 'string':
      return typeof given === 'string' ? given : unwrapped(given, (name) => name === 'string');
    case 'number':
      return typeof given === 'number' ? given : unwrapped(given, isNumberName);
    case 'bytes': {
      const text = unwrapped(given, (name) => name === 'bytes');
      return typeof text === 'string' ? bytes(text) : text;
    }
    case 'map':
      return readMap(given);
    case 'parameters':
      return presentParameters(unwrapped(given, (name) => name.endsWith('.Parameters')));
  }
}

/** The value inside a union's one-key wrapper; `given` itself if it is none. Null becomes undefined: absent. */
function unwrapped(given: unknown, isBranch: (name: string) => boolean): unknown {
  if (!isObject(given)) return given;
  const keys = Object.keys(given);
  const name = keys[0];
  if (keys.length !== 1 || name === undefined) return given;
  const inner = given[name];
  if (name === 'null' && inner === null) return undefined;
  return isBranch(name) ? (inner ?? undefined) : given;
}

function isNumberName(name: string): boolean {
  return name === 'long' || name === 'int' || name === 'double' || name === 'float';
}

/** A map of strings. `{"map":{…}}` is a wrapper only if an object stands in it: `{"map":"x"}` is data. */
function readMap(given: unknown): unknown {
  if (!isObject(given)) return given;
  const map = isObject(given['map']) ? unwrapped(given, (name) => name === 'map') : given;
  if (!isObject(map)) return map;
  let changes: Map<string, unknown> | undefined;
  for (const [key, value] of Object.entries(map)) {
    const read = unwrapped(value, (name) => name === 'string');
    if (read === value) continue;
    changes ??= new Map();
    changes.set(key, read);
  }
  return changes === undefined ? map : changed(map, changes);
}

/** DataHub treats parameters that are falsy in Python (`{}`, `[]`, `""`, 0, false) as if there were none. */
function presentParameters(value: unknown): unknown {
  if (!value) return undefined;
  return typeof value === 'object' && Object.keys(value).length === 0 ? undefined : value;
}

function checkRequired(shape: RecordShape, field: Field, value: unknown): void {
  const expected =
    typeof field.shape === 'object' ? 'object' : field.shape === 'number' ? 'number' : 'string';
  const found = isObject(value) ? 'object' : Array.isArray(value) ? 'list' : kindOf(value);
  if (found === expected) return;
  throw new DecodeError(
    value === undefined
      ? `${withArticle(shape.name)} must have the field "${field.name}", and this record has none`
      : `the field "${field.name}" of ${withArticle(shape.name)} must be of type ${expected}, and here it is of type ${found}`,
  );
}

/** An integer beyond 2^53 may be a bigint. */
function kindOf(value: unknown): string {
  return typeof value === 'bigint' ? 'number' : typeof value;
}

/** A copy with `changes` in place (undefined: left out), in the order of the original, new fields last. */
function changed(value: JsonObject, changes: ReadonlyMap<string, unknown>): JsonObject {
  const entries: [string, unknown][] = [];
  for (const key of Object.keys(value)) entries.push([key, changes.has(key) ? changes.get(key) : value[key]]);
  for (const [key, fill] of changes) if (!Object.hasOwn(value, key)) entries.push([key, fill]);
  // fromEntries defines own properties: a key named __proto__ stays data.
  return Object.fromEntries(entries.filter(([, kept]) => kept !== undefined));
}
