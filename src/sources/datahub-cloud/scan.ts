import { isAscii } from 'node:buffer';
import { type Blanks, COMPACT, SPACED } from '../../support/json/pattern.ts';
import { payloadText } from './payload.ts';
import { type Reply, replyOf, valueIn } from './reply.ts';

/** Tells of the values that stand in a text, asked in their order, which are worth a look. */
export type Look = (text: string) => (start: number, end: number) => boolean;

// The text of a piece of up to 128 KiB is an ordinary object to V8; a larger one gets memory pages of its own, which
// cost more than the search.
const PIECE_BYTES = 112 * 1024;
/** Of the answer's beginning. An offset id names an offset for each partition. */
const HEAD_BYTES = 16 * 1024;
const HEADS = [headOf(COMPACT), headOf(SPACED)];
const TAIL = '"}]}';

function headOf({ comma, colon }: Blanks): { readonly pattern: RegExp; readonly comma: string } {
  const type = String.raw`(?:"contentType"${colon}"[^"\\]*"${comma})?`;
  const offset = String.raw`"offsetId"${colon}"([\w+/=-]+)"`;
  const events = String.raw`"events"${colon}\[\{${type}"value"${colon}"`;
  return {
    pattern: new RegExp(String.raw`^\{${offset}${comma}"count"${colon}(\d+)${comma}${events}`),
    comma,
  };
}

/** What stands before the first value of an answer. */
export interface Glance {
  readonly offsetId: string;
  readonly count: number;
  /** All of it, with the quote that opens the value. */
  readonly matched: string;
  /** What stands between two members, and two events. */
  readonly comma: string;
}

/** Undefined unless the answer is spelled as DataHub or Python spells it, and has an event. */
export function glanceAt(body: Buffer): Glance | undefined {
  const text = body.toString('latin1', 0, HEAD_BYTES);
  for (const { pattern, comma } of HEADS) {
    const head = pattern.exec(text);
    if (head !== null) return { offsetId: head[1] ?? '', count: Number(head[2]), matched: head[0], comma };
  }
  return undefined;
}

/**
 * Finds the values in an answer without parsing it, and calls `see` for each: it stands in `text`, which begins at
 * `from` in the answer. False unless the answer is spelled alike to its end, and holds as many
 * events as it says. What stands between two values begins with a quote, which within a value has a backslash before
 * it, so no value can hold it. The bytes are looked at as latin-1 text, piece by piece: a piece begins with the value
 * that the one before did not hold whole.
 */
function scan(
  body: Buffer,
  { matched, count, comma }: Glance,
  see: (text: string, start: number, end: number, from: number) => void,
): boolean {
  if (body.toString('latin1', body.length - TAIL.length) !== TAIL) return false;
  const between = `"}${comma}${matched.slice(matched.lastIndexOf('{'))}`;
  const brace = between.indexOf('{');
  const beforeBrace = between.charCodeAt(brace - 1);
  let seen = 0;
  let size = PIECE_BYTES;
  let from = matched.length - 1;
  for (;;) {
    const to = Math.min(from + size, body.length);
    const text = body.toString('latin1', from, to);
    let start = 1;
    // Braces are few, quotes are not: so the brace between two values is looked for, and then what stands around it.
    for (let at = text.indexOf('{', start + brace); at !== -1; at = text.indexOf('{', at + 1)) {
      if (text.charCodeAt(at - 1) !== beforeBrace || !text.startsWith(between, at - brace)) continue;
      if (++seen >= count) return false;
      see(text, start, at - brace, from);
      start = at - brace + between.length;
    }
    if (to === body.length) {
      const end = text.length - TAIL.length;
      if (end < start || ++seen !== count) return false;
      see(text, start, end, from);
      return true;
    }
    size = start === 1 ? size * 2 : PIECE_BYTES;
    from += start - 1;
  }
}

/** The values that may pass a prefilter, which drops most of them; undefined for an answer that must be parsed. */
export function scannedReply(body: Buffer, look: Look): Reply | undefined {
  const head = glanceAt(body);
  if (head === undefined) return undefined;
  const places: number[] = [];
  const values: string[] = [];
  const literalAt = literalsIn(body);
  const valueAt = (start: number, end: number): string => valueIn(literalAt(start, end));
  let index = 0;
  let last = { start: 0, end: 0 };
  let piece = '';
  let isWorthIt = look(piece);
  const whole = scan(body, head, (text, start, end, from) => {
    if (text !== piece) {
      piece = text;
      isWorthIt = look(text);
    }
    if (isWorthIt(start, end)) {
      places.push(index);
      values.push(valueAt(from + start, from + end));
    }
    index += 1;
    if (index === head.count) last = { start: from + start, end: from + end };
  });
  if (!whole) return undefined;
  const { offsetId, count } = head;
  return {
    offsetId,
    count,
    places,
    value: (k) => values[k] ?? '',
    last: () => valueAt(last.start, last.end),
  };
}

/**
 * The same where every event is wanted: a value is made when it is asked for. A page of values that are all there at
 * once would be copied by the garbage collector before they are used. `body` must stay as it is for as long.
 */
export function placedReply(body: Buffer): Reply | undefined {
  const head = glanceAt(body);
  if (head === undefined || head.count > body.length) return undefined;
  const { offsetId, count } = head;
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  let index = 0;
  const whole = scan(body, head, (_text, start, end, from) => {
    starts[index] = from + start;
    ends[index++] = from + end;
  });
  if (!whole) return undefined;
  const literalAt = literalsIn(body);
  const literal = (i: number): string => literalAt(starts[i] ?? 0, ends[i] ?? 0);
  const value = (i: number): string => valueIn(literal(i));
  const payload = (i: number): string | undefined => payloadText(body, starts[i] ?? 0, ends[i] ?? 0);
  const placed = { literal, payload };
  return { offsetId, count, places: undefined, value, placed, last: () => value(count - 1) };
}

/** The values in an answer that has been read before, by their places. */
export function valuesOf(body: Buffer): (place: number) => string {
  const reply = placedReply(body) ?? replyOf(body, '');
  return (place) => reply.value(place);
}

/** Reads values as they stand in an answer, with their quotes, by where they begin and end. */
function literalsIn(body: Buffer): (start: number, end: number) => string {
  const encoding = isAscii(body) ? 'latin1' : 'utf8';
  return (start, end) => body.toString(encoding, start - 1, end + 1);
}
