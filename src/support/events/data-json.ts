import { Envelope } from '../../contract/envelope.ts';
import type { Event } from '../../contract/event.ts';

/**
 * The JSON text of an event's data on one line: as it stood in the record where that is known, so that numbers
 * keep their digits, else written anew. Undefined where the data is a string, bytes or nothing, which need no JSON.
 */
export function dataJson(event: Event): string | undefined {
  const { data } = event;
  if (data === undefined || typeof data === 'string' || data instanceof Uint8Array) return undefined;
  return jsonOf(event);
}

/** As `dataJson`, for data that is not `undefined` and not bytes; strings come quoted. */
export function jsonOf(event: Event): string {
  const text = event instanceof Envelope ? event.dataText : undefined;
  return text === undefined ? JSON.stringify(event.data) : onOneLine(text);
}

/** Line breaks of a JSON text stand between its tokens only: inside a string they would have to be escaped. */
function onOneLine(json: string): string {
  return json.includes('\n') || json.includes('\r') ? json.replace(/[\r\n]+/g, ' ').trim() : json;
}
