import { type Blanks, COMPACT, SPACED } from '../../support/json/pattern.ts';

/*
 * A platform event comes as JSON in JSON in JSON: the answer holds its value as a string, and the value holds the
 * payload as a string. Parsing the answer's string, then the value, only to have the payload's text copies every
 * event twice; this takes both layers of escapes off in one pass over the bytes.
 */

/** What stands around the time and the payload. */
interface Wrapping {
  readonly head: Uint8Array;
  readonly name: Uint8Array;
  readonly tail: Uint8Array;
}

/** As DataHub's server writes it. */
const SERVERS = wrapping(COMPACT);
/** As a stand-in for it in Python does. */
const PYTHONS = wrapping(SPACED);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const BLANK = 0x20;
/** Where the first blank stands, if there are any. */
const FIRST_BLANK = asBytes('{"header":').length;

const LARGEST = 64 * 1024;
const text = Buffer.allocUnsafeSlow(LARGEST);

/**
 * The payload's text of the entityChangeEvent whose value stands between `start` and `end`, inside a JSON string.
 * Undefined where it is spelled in any other way than DataHub's server spells it, or holds more than printable ASCII
 * and escapes of quotes and backslashes: then the value must be parsed.
 */
export function payloadText(body: Uint8Array, start: number, end: number): string | undefined {
  const { head, name, tail } = body[start + FIRST_BLANK] === BLANK ? PYTHONS : SERVERS;
  const to = end - tail.length;
  if (!standsAt(body, head, start) || !standsAt(body, tail, to) || to - start > LARGEST) return undefined;
  const time = start + head.length;
  const from = digitsEnd(body, time);
  if (from === time || (from > time + 1 && body[time] === ZERO) || !standsAt(body, name, from))
    return undefined;
  const length = unescaped(body, from + name.length, to, text);
  return length === -1 ? undefined : text.toString('latin1', 0, length);
}

/**
 * Writes what stands behind two layers of escapes to `out`, and tells how long it is; -1 where anything is there but
 * plain characters, `\\\"` for a quote and `\\\\` for a backslash.
 */
function unescaped(bytes: Uint8Array, from: number, to: number, out: Uint8Array): number {
  let at = from;
  let length = 0;
  for (;;) {
    let byte = bytes[at] as number;
    // What follows `to` begins with a backslash, so the end needs no look of its own.
    while (byte !== BACKSLASH && byte !== QUOTE && byte >= 0x20 && byte < 0x7f) {
      out[length++] = byte;
      byte = bytes[++at] as number;
    }
    if (at >= to) return at === to ? length : -1;
    const escaped = bytes[at + 3] as number;
    const isEscape = byte === BACKSLASH && bytes[at + 1] === BACKSLASH && bytes[at + 2] === BACKSLASH;
    if (!isEscape || (escaped !== QUOTE && escaped !== BACKSLASH)) return -1;
    out[length++] = escaped;
    at += 4;
  }
}

function standsAt(bytes: Uint8Array, expected: Uint8Array, at: number): boolean {
  for (let i = 0; i < expected.length; i += 1) if (bytes[at + i] !== expected[i]) return false;
  return true;
}

function digitsEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while ((bytes[at] as number) >= ZERO && (bytes[at] as number) <= ZERO + 9) at += 1;
  return at;
}

function wrapping({ comma, colon }: Blanks): Wrapping {
  return {
    head: asBytes(`{"header"${colon}{"timestampMillis"${colon}`),
    name: asBytes(`}${comma}"name"${colon}"entityChangeEvent"${comma}"payload"${colon}{"value"${colon}"`),
    tail: asBytes(`"${comma}"contentType"${colon}"application/json"}}`),
  };
}

/** As it stands inside a JSON string. */
function asBytes(json: string): Uint8Array {
  return Buffer.from(JSON.stringify(json).slice(1, -1));
}
