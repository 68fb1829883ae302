import { isUtf8 } from 'node:buffer';
import type { EnumType } from './message-types.ts';
import { FIXED32, FIXED64, LENGTH_DELIMITED, signed, VARINT, type Wire } from './wire.ts';

type ScalarType = string | EnumType;

const WIRE_TYPES: Readonly<Record<string, number>> = {
  string: LENGTH_DELIMITED,
  bytes: LENGTH_DELIMITED,
  float: FIXED32,
  double: FIXED64,
};

/**
 * Adds the value of the field that `wire` stands at to `values`; several where a list of numbers is packed. Enums
 * stay numbers. False where it is no value of this type.
 */
export function readScalar(wire: Wire, type: ScalarType, values: unknown[]): boolean {
  const expected = (typeof type === 'string' ? WIRE_TYPES[type] : undefined) ?? VARINT;
  if (wire.type === expected) {
    const value = readOne(wire, type);
    values.push(value);
    return value !== undefined;
  }
  if (wire.type !== LENGTH_DELIMITED) return false;
  const packed = wire.packed();
  while (packed.more) values.push(readOne(packed, type));
  return packed.whole;
}

function readOne(wire: Wire, type: ScalarType): unknown {
  switch (type) {
    case 'string': {
      const bytes = bytesOf(wire);
      return isUtf8(bytes) ? bytes.toString() : undefined;
    }
    case 'bytes':
      return bytesOf(wire).toString('base64');
    case 'bool':
      return Boolean(wire.varint());
    case 'uint32':
      return wire.uint32();
    case 'int64':
      return String(signed(wire.varint()));
    case 'uint64':
      return String(wire.varint());
    case 'float':
      return shortest(wire.float());
    case 'double':
      return wire.double();
    default:
      return wire.uint32() | 0;
  }
}

function bytesOf({ bytes, from, to }: Wire): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from);
}

/** What JSON leaves out where a field is not one of a oneof. */
export function isZero(type: ScalarType, value: unknown): boolean {
  switch (type) {
    case 'string':
    case 'bytes':
      return value === '';
    case 'bool':
      return value === false;
    case 'int64':
    case 'uint64':
      return value === '0';
    default:
      return value === 0;
  }
}

/** Enums by name where the number has one; numbers that JSON does not know as text. */
export function jsonScalar(type: ScalarType, value: unknown): unknown {
  if (typeof type === 'object') return type.get(value as number) ?? value;
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** The number with the fewest digits that is this float of 32 bits: 0.1, not 0.10000000149011612. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
