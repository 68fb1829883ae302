import { Envelope } from '../../contract/envelope.ts';
import type { Event } from '../../contract/event.ts';

/**
 * The JSON text of an event's data on one line: as it stood in the record where that is known, so that numbers
 * keep their digits, else written anew; strings come quoted. Undefined where the data is bytes or nothing.
 */
export function jsonOf(event: Event): string | undefined {
  const text = knownText(event);
  if (text !== undefined) return text;
  const { data } = event;
  return data === undefined || data instanceof Uint8Array ? undefined : JSON.stringify(data);
}

/** As `jsonOf`, but undefined for strings, too: they need no JSON. */
export function dataJson(event: Event): string | undefined {
  const text = knownText(event);
  if (text?.startsWith('{')) return text;
  return typeof event.data === 'string' ? undefined : jsonOf(event);
}

/** Data that has no JSON text of its own: bytes. `jsonOf` was undefined, and `data` is not. */
export function base64Of(event: Event): string {
  return Buffer.from(event.data as Uint8Array).toString('base64');
}

/** Where there is such text, the data is JSON, and need not be made to see that. */
function knownText(event: Event): string | undefined {
  const text = event instanceof Envelope ? event.dataText : undefined;
  return text === undefined ? undefined : onOneLine(text);
}

/** Line breaks of a JSON text stand between its tokens only: inside a string they would have to be escaped. */
function onOneLine(json: string): string {
  return json.includes('\n') || json.includes('\r') ? json.replace(/[\r\n]+/g, ' ').trim() : json;
}
