import { EvrunError } from '../../contract/errors.ts';
import { textOf } from './answers.ts';

/** What one poll answered. */
export interface Reply {
  /** Where the next poll goes on. */
  readonly offsetId: string;
  /** Of all its events. */
  readonly count: number;
  /** Which of its events are worth a look; undefined = all. The others certainly cannot pass the prefilter. */
  readonly places: readonly number[] | undefined;
  /** Of those worth a look, the one with this index, as the poll API encodes it. */
  value(index: number): string;
  /** The same events as they stand in the answer, where that is known: for values that may never be needed. */
  readonly placed?: PlacedValues;
  /** Its last event. */
  last(): string;
}

export interface PlacedValues {
  /** See `valueIn`. */
  literal(index: number): string;
  /** What a platform event carries, if it can be had without parsing the value. */
  payload(index: number): string | undefined;
}

/** What a JSON string says. One that is none after all is handed on as it stands. */
export function valueIn(literal: string): string {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return literal.slice(1, -1);
  }
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
  const value = (index: number): string => valueOfEvent(events[index]);
  return { offsetId, count: events.length, places: undefined, value, last: () => value(events.length - 1) };
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
