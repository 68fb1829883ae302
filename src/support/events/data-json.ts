import { Envelope } from '../../contract/envelope.ts';
import type { Event } from '../../contract/event.ts';

/**
 * The JSON text of an event's data on one line: as it stood in the record where that is known, so that numbers
 * keep their digits, else written anew. Undefined where the data is a string, bytes or nothing, which need no JSON.
 */
export function dataJson(event: Event): string | undefined {
  const text = dataText(event);
  // What begins like this is no string, and need not be parsed to see that.
  if (text?.startsWith('{')) return text;
  const { data } = event;
  if (data === undefined || typeof data === 'string' || data instanceof Uint8Array) return undefined;
  return text ?? JSON.stringify(data);
}

/** As `dataJson`, for data that is not `undefined` and not bytes; strings come quoted. */
export function jsonOf(event: Event): string {
  return dataText(event) ?? JSON.stringify(event.data);
}

/** The data's own JSON text on one line, where the record's format knows it. Then the data is JSON, and not bytes. */
export function dataText(event: Event): string | undefined {
  const text = event instanceof Envelope ? event.dataText : undefined;
  return text === undefined ? undefined : onOneLine(text);
}

/** Line breaks of a JSON text stand between its tokens only: inside a string they would have to be escaped. */
function onOneLine(json: string): string {
  return json.includes('\n') || json.includes('\r') ? json.replace(/[\r\n]+/g, ' ').trim() : json;
}
