import type { Block } from './block.ts';

/** What functions return that look for the end of something which is not there: beyond the end of every record. */
export const NOWHERE = 2 ** 30 - 1;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Behind the closing quote of a string in JSON whose content begins at `at`; beyond `to` where it does not end before.
 * Four bytes are looked at together, whether one is below 0x20, a quote or a backslash: of each byte only the highest
 * bit is kept, set where it is. The lowest of these bits is right, since a subtraction borrows from above only.
 */
export function stringEnd({ bytes, view }: Block, from: number, to: number): number {
  const lastWord = Math.min(to - 1, view.byteLength - 4);
  let at = from;
  while (at <= lastWord) {
    const word = view.getInt32(at, true);
    const quotes = word ^ 0x22222222;
    const escapes = word ^ 0x5c5c5c5c;
    const found =
      (((word - 0x20202020) & ~word) |
        ((quotes - 0x01010101) & ~quotes) |
        ((escapes - 0x01010101) & ~escapes)) &
      0x80808080;
    if (found === 0) {
      at += 4;
    } else {
      at += (31 - Math.clz32(found & -found)) >> 3;
      const byte = bytes[at];
      if (byte === QUOTE) return at + 1;
      if (byte !== BACKSLASH) return NOWHERE;
      at = escapeEnd(bytes, at + 1);
    }
  }
  return lastEnd(bytes, at, to);
}

/** The same, byte for byte, where fewer than four are left. */
function lastEnd(bytes: Buffer, from: number, to: number): number {
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) return at + 1;
    if (byte < 0x20 || byte === BACKSLASH) return NOWHERE;
  }
  return NOWHERE;
}

const ESCAPES = new Set(Buffer.from('"\\/bfnrt'));
const LETTER_U = 0x75;

function escapeEnd(bytes: Buffer, at: number): number {
  if (bytes[at] !== LETTER_U) return ESCAPES.has(bytes[at] as number) ? at + 1 : NOWHERE;
  for (let digit = at + 1; digit <= at + 4; digit += 1) if (!isHex(bytes[digit])) return NOWHERE;
  return at + 5;
}

function isHex(byte = 0): boolean {
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}
