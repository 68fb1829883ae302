/**
 * Reads protobuf's wire format: a row of fields, each a tag and a value. Nothing is read beyond `end`, and every step
 * goes forward, so that no bytes can make it hang. What is torn or none sets `failed` and ends the row; the caller
 * looks once, at the end.
 */
export class Wire {
  readonly bytes: Buffer;
  private end: number;
  /** Where reading goes on. */
  at: number;
  failed = false;
  /** The field that `next` found. */
  field = 0;
  type = 0;
  /** Of a length-delimited field (`type` 2): where its bytes begin and end. */
  from = 0;
  to = 0;

  /** Reads `bytes` from `from` to `to`, which must lie inside. */
  constructor(bytes: Buffer, from = 0, to = bytes.length) {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
  }

  /** Goes to the next field; false at the end and at bytes that are no field. Its value must be read or skipped. */
  next(): boolean {
    if (this.failed || this.at >= this.end) return false;
    const tag = this.uint32();
    this.field = tag >>> 3;
    this.type = tag & 7;
    if (this.field === 0) return this.fail();
    if (this.type !== LENGTH_DELIMITED) return !this.failed;
    const length = this.uint32();
    this.from = this.at;
    this.to = this.at + length;
    if (this.failed || this.to > this.end) return this.fail();
    this.at = this.to;
    return true;
  }

  /** Past the value of a field that is not wanted. Groups, which proto3 does not have, fail. */
  skip(): void {
    switch (this.type) {
      case VARINT:
        this.varint();
        break;
      case FIXED64:
        this.fixed(8);
        break;
      case LENGTH_DELIMITED:
        break;
      case FIXED32:
        this.fixed(4);
        break;
      default:
        this.fail();
    }
  }

  /** Where `size` bytes begin, which are then behind. */
  fixed(size: 4 | 8): number {
    const from = this.at;
    if (from + size > this.end) this.fail();
    else this.at += size;
    return from;
  }

  /** A varint's low 32 bits, unsigned. */
  uint32(): number {
    const first = this.bytes[this.at];
    if (first !== undefined && first < 0x80 && this.at < this.end) {
      this.at += 1;
      return first;
    }
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.at >= this.end) break;
      const byte = this.bytes[this.at] as number;
      this.at += 1;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    this.fail();
    return 0;
  }

  /** A varint of 64 bits, unsigned: a number up to 2^49, else a bigint. */
  varint(): number | bigint {
    let value = 0;
    let unit = 1;
    const start = this.at;
    for (let i = 0; i < 7; i += 1) {
      if (this.at >= this.end) break;
      const byte = this.bytes[this.at] as number;
      this.at += 1;
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
      unit *= 128;
    }
    this.at = start;
    return this.longVarint();
  }

  private longVarint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n && this.at < this.end; shift += 7n) {
      const byte = this.bytes[this.at] as number;
      this.at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    this.fail();
    return 0n;
  }

  /** Goes on inside the length-delimited field that `next` found; what it returns is for `leave`. */
  enter(): number {
    const outer = this.end;
    this.end = this.to;
    this.at = this.from;
    return outer;
  }

  /** Goes on behind the field that `enter` went into. False where not all of it was well-formed. */
  leave(outer: number): boolean {
    const { whole } = this;
    this.end = outer;
    return whole;
  }

  /** A row of numbers without tags, inside the length-delimited field that `next` found. */
  packed(): Wire {
    return new Wire(this.bytes, this.from, this.to);
  }

  get more(): boolean {
    return !this.failed && this.at < this.end;
  }

  float(): number {
    const from = this.fixed(4);
    return this.failed ? 0 : this.view().getFloat32(from, true);
  }

  double(): number {
    const from = this.fixed(8);
    return this.failed ? 0 : this.view().getFloat64(from, true);
  }

  private view(): DataView {
    return new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  }

  /** Whether all of it was read and was well-formed. */
  get whole(): boolean {
    return !this.failed && this.at === this.end;
  }

  fail(): false {
    this.failed = true;
    return false;
  }
}

export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;
export const FIXED32 = 5;

/** A varint as a signed integer of 64 bits, which is how protobuf writes int32, int64 and enums. */
export function signed(value: number | bigint): number | bigint {
  if (typeof value === 'number') return value;
  const long = BigInt.asIntN(64, value);
  const short = Number(long);
  return Number.isSafeInteger(short) ? short : long;
}
