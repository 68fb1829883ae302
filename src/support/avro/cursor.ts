import { isUtf8 } from 'node:buffer';
import { DecodeError } from '../../contract/errors.ts';

/*
 * Reads Avro's binary encoding from front to back. The bytes are anybody's: whatever they hold, reading ends after
 * at most as many steps as there are bytes (and a constant more), with a value or a DecodeError.
 */

/** Lists and maps may hold this many elements that take no byte (nulls) besides one for each byte. */
const ELEMENTS_WITHOUT_BYTES = 10_000;
/** Records within records of their own kind. */
const DEEPEST = 200;
const NOTHING = Buffer.alloc(0);
const UNKNOWN_CHARACTER = '\ufffd';

export class Cursor {
  bytes: Buffer = NOTHING;
  at = 0;
  end = 0;
  /** True: a long beyond 2^53 comes as a bigint. False: as the nearest number, and `inexact` says so. */
  exact = false;
  inexact = false;
  private elements = 0;
  private depth = 0;

  begin(bytes: Buffer, at: number, exact: boolean): void {
    this.bytes = bytes;
    this.at = at;
    this.end = bytes.length;
    this.exact = exact;
    this.inexact = false;
    this.elements = bytes.length + ELEMENTS_WITHOUT_BYTES;
    this.depth = 0;
  }

  /** Lets go of the bytes. */
  finish(): void {
    this.bytes = NOTHING;
    this.end = 0;
  }

  /** A record that may hold others of its kind begins (1) or ends (-1). */
  nest(step: 1 | -1): void {
    this.depth += step;
    if (this.depth > DEEPEST) throw this.problem(`records are nested more than ${DEEPEST} levels deep`);
  }

  long(): number {
    const { bytes } = this;
    let at = this.at;
    let byte = bytes[at++] as number;
    let low = byte & 0x7f;
    for (let shift = 7; byte & 0x80; shift += 7) {
      if (shift === 28) return this.longerLong(low, at);
      byte = bytes[at++] as number;
      low |= (byte & 0x7f) << shift;
    }
    if (at > this.end) throw this.tooShort();
    this.at = at;
    return (low >>> 1) ^ -(low & 1);
  }

  int(): number {
    const value = this.long();
    if (value !== (value | 0)) throw this.problem('an int has more than 32 bits');
    return value;
  }

  /** From the fifth byte on, in floating point; beyond 2^53 anew as a bigint. `low`: the first 28 bits. */
  private longerLong(low: number, from: number): number {
    const { bytes } = this;
    let at = from;
    let zigzag = low;
    let weight = 2 ** 28;
    let byte: number;
    do {
      byte = bytes[at++] as number;
      zigzag += (byte & 0x7f) * weight;
      weight *= 128;
    } while (byte & 0x80 && weight < 2 ** 70);
    if (at > this.end) throw this.tooShort();
    if (byte & 0x80) throw this.problem('a number has more than 64 bits');
    if (zigzag >= 2 ** 53) return this.hugeLong(from - 4, at);
    this.at = at;
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }

  private hugeLong(from: number, end: number): number {
    let zigzag = 0n;
    for (let at = end - 1; at >= from; at -= 1)
      zigzag = (zigzag << 7n) | BigInt((this.bytes[at] as number) & 0x7f);
    if (zigzag >= 1n << 64n) throw this.problem('a number has more than 64 bits');
    this.at = end;
    const value = (zigzag >> 1n) ^ -(zigzag & 1n);
    const nearest = Number(value);
    if (Number.isSafeInteger(nearest)) return nearest;
    this.inexact = true;
    // Who asked for it exactly knows that a number may be a bigint.
    return this.exact ? (value as unknown as number) : nearest;
  }

  boolean(): boolean {
    const byte = this.bytes[this.at];
    if (byte !== 0 && byte !== 1) throw byte === undefined ? this.tooShort() : this.problem('no boolean');
    this.at += 1;
    return byte === 1;
  }

  /** NaN and the infinities, which JSON cannot say as numbers, come as text. */
  float(): number | string {
    const at = this.skip(4);
    return finite(this.bytes.readFloatLE(at));
  }

  double(): number | string {
    const at = this.skip(8);
    return finite(this.bytes.readDoubleLE(at));
  }

  text(): string {
    const length = this.long();
    const at = this.skip(length);
    const text = this.bytes.toString('utf8', at, at + length);
    // Decoding puts this character in place of what is not UTF-8; it may also stand in a text of its own right.
    if (text.includes(UNKNOWN_CHARACTER) && !isUtf8(this.bytes.subarray(at, at + length)))
      throw this.problem('a string is not UTF-8');
    return text;
  }

  /** Bytes as Avro's JSON encoding has them: one character for each. */
  latin1(length: number): string {
    const at = this.skip(length);
    return this.bytes.toString('latin1', at, at + length);
  }

  /** Bytes as the text that they are in UTF-8, else as `latin1`. */
  utf8(length: number): string {
    const at = this.skip(length);
    const text = this.bytes.toString('utf8', at, at + length);
    const broken = text.includes(UNKNOWN_CHARACTER) && !isUtf8(this.bytes.subarray(at, at + length));
    return broken ? this.bytes.toString('latin1', at, at + length) : text;
  }

  /** How many elements the next block of a list or map has; 0 = there is none. */
  block(): number {
    let count = this.long();
    if (count < 0) {
      count = -count;
      this.long();
    }
    this.elements -= count;
    if (!(this.elements >= 0))
      throw this.problem('a list or map has more elements than the record has bytes');
    return count;
  }

  /** Where the next `length` bytes begin, which are passed over. */
  skip(length: number): number {
    const { at } = this;
    if (!(length >= 0)) throw this.problem('a length is negative');
    if (at + length > this.end) throw this.tooShort();
    this.at = at + length;
    return at;
  }

  problem(what: string): DecodeError {
    return new DecodeError(`${what} (before byte ${this.at} of ${this.end})`);
  }

  private tooShort(): DecodeError {
    return new DecodeError(`it ends too early, after ${this.end} bytes`);
  }
}

function finite(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
