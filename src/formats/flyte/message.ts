import { DecodeError } from '../../contract/errors.ts';
import { withArticle } from '../../support/article.ts';
import type { Field, MessageType } from './message-types.ts';
import { isZero, jsonScalar, readScalar } from './scalar.ts';
import { WELL_KNOWN } from './well-known.ts';
import { LENGTH_DELIMITED, Wire } from './wire.ts';

/*
 * Reads a protobuf message by its descriptor and returns the JSON value that protobuf's JSON mapping gives it, as
 * Flyte itself writes it in its other feeds: names in lowerCamelCase, 64-bit integers as text, enums by name, bytes
 * in base64; what is zero is left out, unless it is one of a oneof. An enum's number without a name stays a number;
 * fields that the descriptor does not know have no name and are passed over.
 */

/** Deeper than any real event, and far from what the stack holds. */
const DEEPEST = 100;

/** Throws DecodeError for bytes that are no such message. */
export function readMessage(type: MessageType, bytes: Buffer, depth = 0): unknown {
  if (depth > DEEPEST) throw new DecodeError(`${withArticle(type.name)} is nested more than ${DEEPEST} deep`);
  const found = new Map<Field, Found>();
  const wire = new Wire(bytes);
  while (wire.next()) {
    const field = type.fields.get(wire.field);
    if (field === undefined) wire.skip();
    else if (!take(wire, field, found)) throw noSuch(type);
  }
  if (!wire.whole) throw noSuch(type);
  const members: [string, unknown][] = [];
  for (const field of type.fields.values()) {
    const value = jsonOf(field, found.get(field), depth);
    if (value !== undefined) members.push([field.name, value]);
  }
  const json = Object.fromEntries(members);
  const own = WELL_KNOWN[type.name];
  return own === undefined ? json : own(json);
}

/** What a field's occurrences hold: scalars as `readScalar` leaves them, messages and entries of maps as their bytes. */
type Found = unknown[];

function take(wire: Wire, field: Field, found: Map<Field, Found>): boolean {
  const values = found.get(field) ?? [];
  found.set(field, values);
  if (field.oneof !== undefined) {
    for (const other of found.keys()) if (other.oneof === field.oneof && other !== field) found.delete(other);
  }
  if (field.many === 'map' || isMessage(field.type)) {
    if (wire.type !== LENGTH_DELIMITED) return false;
    values.push(wire.bytes.subarray(wire.from, wire.to));
    return true;
  }
  if (field.many === 'no') values.length = 0;
  return readScalar(wire, field.type, values);
}

function jsonOf({ type, many, oneof }: Field, found: Found | undefined, depth: number): unknown {
  if (found === undefined) return undefined;
  if (many === 'map') return mapOf(type, found as Buffer[], depth);
  if (isMessage(type)) {
    if (many === 'list') return found.map((bytes) => readMessage(type, bytes as Buffer, depth + 1));
    // A message that comes in pieces is the same as the pieces in one.
    const bytes = found.length === 1 ? found[0] : Buffer.concat(found as Buffer[]);
    return readMessage(type, bytes as Buffer, depth + 1);
  }
  if (many === 'list') return found.length === 0 ? undefined : found.map((value) => jsonScalar(type, value));
  return oneof === undefined && isZero(type, found[0]) ? undefined : jsonScalar(type, found[0]);
}

/** Entries are messages: 1 the key, a string here, and 2 the value. Sorted, as Flyte's are. */
function mapOf(type: Field['type'], entries: readonly Buffer[], depth: number): unknown {
  const value: Field = { number: 2, name: 'value', type, many: 'no', oneof: 'always there' };
  const key: Field = { number: 1, name: 'key', type: 'string', many: 'no', oneof: undefined };
  const fields = new Map([key, value].map((field) => [field.number, field]));
  const members = entries.map((bytes) => {
    const entry = readMessage({ name: 'entry', fields }, bytes, depth + 1) as {
      key?: string;
      value?: unknown;
    };
    return [entry.key ?? '', 'value' in entry ? entry.value : absentValue(type, depth)] as const;
  });
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a map holds where an entry has no value: Flyte's have messages or strings. */
function absentValue(type: Field['type'], depth: number): unknown {
  return isMessage(type) ? readMessage(type, Buffer.alloc(0), depth + 1) : '';
}

function isMessage(type: Field['type']): type is MessageType {
  return typeof type === 'object' && 'fields' in type;
}

function noSuch(type: MessageType): DecodeError {
  return new DecodeError(`the bytes are no ${type.name}: they are torn, or another message`);
}
