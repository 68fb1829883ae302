import { Envelope } from '../../contract/envelope.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';

/**
 * The JSON text of an event's data on one line: as it stood in the record where that is known, so that numbers
 * keep their digits, else written anew; strings come quoted. Undefined where the data is bytes or nothing.
 * Throws EVR_ACTION as `jsonText` does.
 */
export function jsonOf(event: Event): string | undefined {
  const text = knownText(event);
  if (text !== undefined) return text;
  const { data } = event;
  return data === undefined || data instanceof Uint8Array ? undefined : jsonText(data);
}

/**
 * `JSON.stringify`, which would quietly make null of a number that JSON does not have: 1e400 is read as Infinity. Throws
 * EVR_ACTION that names its place. Numbers are looked at only where the text has a null, so most data costs a search.
 */
export function jsonText(data: unknown): string | undefined {
  const text = JSON.stringify(data) as string | undefined;
  const found = text?.includes('null') ? infiniteIn(data) : undefined;
  if (found === undefined) return text;
  throw new EvrunError(
    'EVR_ACTION',
    `data${found}, which JSON cannot hold: in a changed event no number may be beyond 1.8e308`,
  );
}

/** `.order.items[2].price is Infinity` */
function infiniteIn(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : ` is ${value}`;
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const found = infiniteIn(value[index]);
      if (found !== undefined) return `[${index}]${found}`;
    }
    return undefined;
  }
  for (const name of Object.keys(value)) {
    const found = infiniteIn((value as Record<string, unknown>)[name]);
    if (found !== undefined) return `.${name}${found}`;
  }
  return undefined;
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
