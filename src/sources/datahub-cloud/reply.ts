import { EvrunError } from '../../contract/errors.ts';
import { textOf } from './answers.ts';

/** What one poll answered. */
export interface Reply {
  /** Where the next poll goes on. */
  readonly offsetId: string;
  readonly count: number;
  /** An event as the poll API encodes it. */
  value(index: number): string;
  /** Where the values stand in the answer, if it was not parsed to find them. */
  readonly raw?: RawValues | undefined;
}

export interface RawValues {
  readonly text: string;
  /** Per value, the index of its first character, and that after its last: it stands there as a JSON string does. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Reads an answer. One that is none may be a proxy's: it is an outage, and nothing is skipped. */
export function replyOf(body: Buffer, host: string): Reply {
  let reply: { offsetId?: unknown; events?: unknown } | null;
  try {
    reply = JSON.parse(textOf(body));
  } catch (error) {
    throw malformed(host, 'it is not JSON', error);
  }
  const offsetId = reply?.offsetId;
  const events = reply?.events;
  if (typeof offsetId !== 'string' || offsetId === '') throw malformed(host, 'it has no "offsetId"');
  if (!Array.isArray(events)) throw malformed(host, 'it has no list of "events"');
  return { offsetId, count: events.length, value: (index) => valueOfEvent(events[index]) };
}

/** The values in an answer that has been read before. */
export function valuesOf(body: Buffer): readonly string[] {
  return (JSON.parse(textOf(body)) as { events: unknown[] }).events.map(valueOfEvent);
}

/** An event without a value is handed on as it came: the format says what is wrong with it. */
function valueOfEvent(event: unknown): string {
  const value = (event as { value?: unknown } | null)?.value;
  return typeof value === 'string' ? value : JSON.stringify(event);
}

function malformed(host: string, why: string, cause?: unknown): EvrunError {
  return new EvrunError(
    'EVR_UNREACHABLE',
    `${host} answered a poll with something that is not a page of events: ${why}. Nothing was skipped`,
    { retry: 'later', cause },
  );
}

const HEAD =
  /^\{"offsetId":"([\w+/=-]+)","count":(\d+),"events":\[\{((?:"contentType":"[^"\\]*",)?)"value":"/;
const TAIL = '"}]}';
const COMMA = 44;

/**
 * Finds the values in an answer without parsing it, for a prefilter that drops most of them: undefined unless the
 * answer is spelled as DataHub spells it, without blanks, and holds as many events as it says. What stands between
 * two values begins with a quote, which within a value has a backslash before it, so no value can hold it.
 */
export function scannedReply(body: Buffer): Reply | undefined {
  const text = textOf(body);
  const head = HEAD.exec(text);
  if (head === null || !text.endsWith(TAIL)) return undefined;
  const [matched, offsetId = '', count, contentType] = head;
  const between = `"},{${contentType}"value":"`;
  const starts = [matched.length];
  const ends: number[] = [];
  // Braces are few, quotes are not: so the brace between two values is looked for, and then what stands around it.
  for (let at = text.indexOf('{', matched.length); at !== -1; at = text.indexOf('{', at + 1)) {
    if (text.charCodeAt(at - 1) !== COMMA || !text.startsWith(between, at - 3)) continue;
    ends.push(at - 3);
    starts.push(at - 3 + between.length);
  }
  ends.push(text.length - TAIL.length);
  if (starts.length !== Number(count)) return undefined;
  const value = (index: number): string => unescaped(text, starts[index] ?? 0, ends[index] ?? 0);
  return { offsetId, count: starts.length, value, raw: { text, starts, ends } };
}

/** A value that is no JSON string after all is handed on as it stands, and will be a dead letter. */
function unescaped(text: string, start: number, end: number): string {
  try {
    return JSON.parse(text.slice(start - 1, end + 1)) as string;
  } catch {
    return text.slice(start, end);
  }
}
