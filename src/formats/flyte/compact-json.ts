import type { Block } from './block.ts';
import { NOWHERE, stringEnd } from './json-string.ts';

/**
 * Whether the bytes are certain to be an object in JSON: one that JSON.parse takes, once they are text. No value is
 * made of them, which is several times cheaper than parsing, so that a damaged record is found where it is decoded
 * and its data is parsed where somebody asks for it. False says nothing: blanks between tokens, which Flyte does not
 * write, and deep nesting are left to JSON.parse. UTF-8 inside strings is not looked at.
 */
export function isCompactJson(block: Block, from: number, to: number): boolean {
  const { bytes } = block;
  /** A bit for each open container, 1 for an object; the innermost is the lowest. */
  let objects = 0;
  let depth = 0;
  let at = from;
  if (bytes[at] !== OPEN_OBJECT) return false;
  while (at < to) {
    const first = bytes[at] as number;
    if (first === QUOTE) at = stringEnd(block, at + 1, to);
    else if (first === OPEN_OBJECT || first === OPEN_LIST) {
      depth += 1;
      if (depth > DEEPEST) return false;
      objects = (objects << 1) | (first === OPEN_OBJECT ? 1 : 0);
      at += 1;
      if (bytes[at] !== first + TO_CLOSING) {
        if (first === OPEN_OBJECT) at = nameEnd(block, at, to);
        continue;
      }
    } else at = scalarEnd(bytes, at, first);
    // A value is behind: it is followed by a comma, or by what closes its container, and so on.
    for (;;) {
      if (at >= to) return false;
      const mark = bytes[at];
      at += 1;
      if (mark === COMMA) {
        if ((objects & 1) === 1) at = nameEnd(block, at, to);
        break;
      }
      if (mark !== ((objects & 1) === 1 ? CLOSE_OBJECT : CLOSE_LIST)) return false;
      objects >>>= 1;
      depth -= 1;
      if (depth === 0) return at === to;
    }
  }
  return false;
}

const DEEPEST = 30;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** From `{` to `}`, and from `[` to `]`. */
const TO_CLOSING = 2;

/** Behind the colon of a member's name, which begins at `at`. */
function nameEnd(block: Block, at: number, to: number): number {
  if (block.bytes[at] !== QUOTE) return NOWHERE;
  const end = stringEnd(block, at + 1, to);
  return block.bytes[end] === COLON ? end + 1 : NOWHERE;
}

const WORDS = ['true', 'false', 'null'].map((word) => Buffer.from(word));

function scalarEnd(bytes: Buffer, at: number, first: number): number {
  if (first === MINUS || isDigit(first)) return numberEnd(bytes, at);
  const word = WORDS.find((one) => one[0] === first);
  if (word === undefined) return NOWHERE;
  return word.every((byte, i) => bytes[at + i] === byte) ? at + word.length : NOWHERE;
}

function numberEnd(bytes: Buffer, from: number): number {
  let at = bytes[from] === MINUS ? from + 1 : from;
  at = bytes[at] === 0x30 ? at + 1 : digitsEnd(bytes, at);
  if (bytes[at] === POINT) at = digitsEnd(bytes, at + 1);
  if (((bytes[at] ?? 0) | 0x20) !== 0x65) return at;
  const sign = bytes[at + 1];
  return digitsEnd(bytes, sign === 0x2b || sign === MINUS ? at + 2 : at + 1);
}

/** Behind one digit or more. */
function digitsEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (isDigit(bytes[at])) at += 1;
  return at === from ? NOWHERE : at;
}

function isDigit(byte = 0): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
