import { DecodeError } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';
import { isJsonType } from './cloudevents-attributes.ts';
import { contentTypeOf, extensionsOf } from './cloudevents-json.ts';
import { jsonOf } from './data-json.ts';

/** The binary mode of the CloudEvents HTTP binding: attributes in `ce-` headers, the data alone in the body. */

/** The headers of an event, names in lower case. `content-type` is there where there is data to describe. */
export function binaryHeaders(event: Event): Record<string, string> {
  const headers: Record<string, string> = { 'ce-specversion': '1.0' };
  for (const name of ATTRIBUTES) {
    const value = event[name];
    if (value !== undefined) headers[`ce-${name}`] = encodeHeaderValue(value);
  }
  for (const [name, value] of extensionsOf(event)) headers[`ce-${name}`] = encodeHeaderValue(String(value));
  const contentType = contentTypeOf(event) ?? defaultContentType(event);
  if (contentType !== undefined) headers['content-type'] = contentType;
  return headers;
}

const ATTRIBUTES = ['id', 'source', 'type', 'subject', 'time', 'dataschema'] as const;

function defaultContentType({ data }: Event): string | undefined {
  if (data === undefined) return undefined;
  return data instanceof Uint8Array ? 'application/octet-stream' : 'application/json';
}

/** The body that goes with `binaryHeaders`: bytes and text as they are, other data as JSON. Undefined = no data. */
export function binaryBody(event: Event): string | Uint8Array | undefined {
  const { data } = event;
  if (data === undefined || data instanceof Uint8Array) return data;
  return typeof data === 'string' && !isJsonType(event.datacontenttype) ? data : jsonOf(event);
}

/** Percent-encodes space, `"`, `%` and whatever is not printable ASCII (HTTP binding §3.1.3.2). */
export function encodeHeaderValue(value: string): string {
  return value.replace(/[^!#$&-~]/gu, (character) => {
    const bytes = Buffer.from(character).toString('hex').toUpperCase();
    return bytes.replace(/../g, '%$&');
  });
}

/**
 * Undoes `encodeHeaderValue` and what others write: takes the quotes off a quoted string, then decodes one round of
 * percent-encoding. Throws DecodeError for what is not UTF-8; a percent sign without two hex digits stays.
 */
export function decodeHeaderValue(text: string): string {
  const quoted = /^"(.*)"$/s.exec(text)?.[1];
  const plain = quoted === undefined ? text : quoted.replace(/\\(.)/gs, '$1');
  return plain.replace(/(?:%[0-9A-Fa-f]{2})+/g, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch (error) {
      throw new DecodeError(`the header value ${JSON.stringify(text.slice(0, 80))} is not UTF-8`, error);
    }
  });
}
