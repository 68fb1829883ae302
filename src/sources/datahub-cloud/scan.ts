import { isAscii } from 'node:buffer';
import { textOf } from './answers.ts';
import type { Reply } from './reply.ts';

/** Tells of the values that stand in a text, asked in their order, which are worth a look. */
export type Look = (text: string) => (start: number, end: number) => boolean;

// The text of a piece of up to 128 KiB is an ordinary object to V8; a larger one gets memory pages of its own, which
// cost more than the search.
const PIECE_BYTES = 112 * 1024;
/** Of the answer's beginning. An offset id names an offset for each partition. */
const HEAD_BYTES = 16 * 1024;
const HEAD =
  /^\{"offsetId":"([\w+/=-]+)","count":(\d+),"events":\[\{((?:"contentType":"[^"\\]*",)?)"value":"/;
const TAIL = '"}]}';
const COMMA = 44;

/** What stands before the first value of an answer that is spelled as DataHub spells it. */
export function glanceAt(
  body: Buffer,
): { readonly offsetId: string; readonly count: number; readonly matched: string } | undefined {
  const head = HEAD.exec(body.toString('latin1', 0, HEAD_BYTES));
  return head === null ? undefined : { offsetId: head[1] ?? '', count: Number(head[2]), matched: head[0] };
}

/**
 * Finds the values in an answer without parsing it, for a prefilter that drops most of them: undefined unless the
 * answer is spelled as DataHub spells it, without blanks, and holds as many events as it says. What stands between
 * two values begins with a quote, which within a value has a backslash before it, so no value can hold it. The bytes
 * are looked at as latin-1 text, piece by piece: a piece begins with the value that the one before did not hold whole.
 */
export function scannedReply(body: Buffer, look: Look): Reply | undefined {
  const head = glanceAt(body);
  if (head === undefined || body.toString('latin1', body.length - TAIL.length) !== TAIL) return undefined;
  const between = betweenValues(head.matched);
  const plain = isAscii(body);
  const places: number[] = [];
  const values: string[] = [];
  let count = 0;
  let size = PIECE_BYTES;
  let from = head.matched.length - 1;
  for (;;) {
    const to = Math.min(from + size, body.length);
    const text = body.toString('latin1', from, to);
    const isWorthIt = look(text);
    const valueAt = (start: number, end: number): string =>
      unescaped(
        plain ? text.slice(start - 1, end + 1) : textOf(body.subarray(from + start - 1, from + end + 1)),
      );
    const take = (start: number, end: number): void => {
      if (isWorthIt(start, end)) {
        places.push(count);
        values.push(valueAt(start, end));
      }
      count += 1;
    };
    let start = 1;
    // Braces are few, quotes are not: so the brace between two values is looked for, and then what stands around it.
    for (let at = text.indexOf('{', start + 3); at !== -1; at = text.indexOf('{', at + 1)) {
      if (text.charCodeAt(at - 1) !== COMMA || !text.startsWith(between, at - 3)) continue;
      take(start, at - 3);
      start = at - 3 + between.length;
    }
    if (to === body.length) {
      const end = text.length - TAIL.length;
      if (end < start) return undefined;
      take(start, end);
      const last = valueAt(start, end);
      if (count !== head.count) return undefined;
      return { offsetId: head.offsetId, count, places, value: (k) => values[k] ?? '', last: () => last };
    }
    size = start === 1 ? size * 2 : PIECE_BYTES;
    from += start - 1;
  }
}

function betweenValues(head: string): string {
  return `"},${head.slice(head.lastIndexOf('{'))}`;
}

/** A value that is no JSON string after all is handed on as it stands, and will be a dead letter. */
function unescaped(literal: string): string {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return literal.slice(1, -1);
  }
}
