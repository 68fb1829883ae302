import { EvrunError } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';
import { extensionProblem, isJsonType, RESERVED_NAMES } from './cloudevents-attributes.ts';
import { base64Of, jsonOf } from './data-json.ts';

/**
 * An event in the CloudEvents 1.0.2 JSON format (structured mode), on one line. Nothing is invented: no `time` and
 * no `data` that the event does not have. Data that passed unchanged keeps the digits of its numbers; bytes become
 * `data_base64`.
 *
 * Throws EVR_TRANSFORM where an extension attribute (of a user's module, say) is none.
 */
export function cloudEventJson(event: Event): string {
  let json = `{"specversion":"1.0","id":${JSON.stringify(event.id)},"source":${sourceJson(event.source)}`;
  json += `,"type":${typeJson(event.type)}`;
  if (event.subject !== undefined) json += `,"subject":${JSON.stringify(event.subject)}`;
  if (event.time !== undefined) json += `,"time":${JSON.stringify(event.time)}`;
  const contentType = contentTypeOf(event);
  if (contentType !== undefined) json += `,"datacontenttype":${JSON.stringify(contentType)}`;
  if (event.dataschema !== undefined) json += `,"dataschema":${JSON.stringify(event.dataschema)}`;
  for (const [name, value] of extensionsOf(event))
    json += `,${JSON.stringify(name)}:${JSON.stringify(value)}`;
  return `${json}${dataMember(event)}}`;
}

/** Neighbouring events mostly have the same source and type. */
const sourceJson = rememberedJson();
const typeJson = rememberedJson();

function rememberedJson(): (text: string) => string {
  let last = '';
  let json = '""';
  return (text) => {
    if (text !== last) {
      json = JSON.stringify(text);
      last = text;
    }
    return json;
  };
}

/** `datacontenttype` as far as it is true: data that became another JSON value than text is not `text/plain`. */
export function contentTypeOf(event: Event): string | undefined {
  const { datacontenttype } = event;
  if (datacontenttype === undefined || isJsonType(datacontenttype)) return datacontenttype;
  const { data } = event;
  const isText = data === undefined || typeof data === 'string' || data instanceof Uint8Array;
  return isText ? datacontenttype : undefined;
}

/** The extension attributes of an event, checked: a wrong name would collide with another attribute. */
export function extensionsOf(event: Event): (readonly [name: string, value: unknown])[] {
  if (event.extensions === undefined) return [];
  const entries = Object.entries(event.extensions);
  for (const [name, value] of entries) {
    const problem = RESERVED_NAMES.has(name)
      ? 'has a name that CloudEvents reserve'
      : extensionProblem(name, value);
    if (problem === undefined) continue;
    throw new EvrunError(
      'EVR_TRANSFORM',
      `extension attribute ${JSON.stringify(name)} of the event ${problem}`,
    );
  }
  return entries;
}

function dataMember(event: Event): string {
  const json = jsonOf(event);
  if (json !== undefined) return `,"data":${json}`;
  return event.data === undefined ? '' : `,"data_base64":"${base64Of(event)}"`;
}
