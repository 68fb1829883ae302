import { isUtf8 } from 'node:buffer';
import { DecodeError } from '../../contract/errors.ts';

const decoder = new TextDecoder('utf-8');

/** The text of a record's value, a byte order mark removed. Throws DecodeError naming the first bad byte. */
export function textOf(value: Uint8Array | string): string {
  if (typeof value === 'string') return value;
  if (isUtf8(value)) return decoder.decode(value);
  const at = invalidUtf8At(value);
  const byte = (value[at] as number).toString(16).padStart(2, '0');
  throw new DecodeError(`the record is not UTF-8 text: byte ${at} is 0x${byte}`);
}

/** Index of the first byte of the first sequence that is not UTF-8 (RFC 3629); -1 = none. */
export function invalidUtf8At(bytes: Uint8Array): number {
  if (isUtf8(bytes)) return -1;
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) return at;
    at += length;
  }
  return -1;
}

/** Bytes of the well-formed sequence that begins at `at`; 0 = it is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  return at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}
