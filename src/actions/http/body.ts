import type { Event } from '../../contract/event.ts';
import { binaryBody, binaryHeaders } from '../../support/events/cloudevents-http.ts';
import { type EventFormat, eventLine } from '../../support/events/event-line.ts';
import { compileTemplate, compileValueTemplate } from '../../support/expressions/template.ts';
import type { HttpConfig } from './schema.ts';

export interface Body {
  readonly content: string | Uint8Array | undefined;
  /** Headers that describe it, lower case, `content-type` among them. */
  readonly headers: Readonly<Record<string, string>>;
}

const JSON_TYPE = { 'content-type': 'application/json' };

export function bodyOf(config: HttpConfig): (event: Event) => Body {
  const { body, mode, method } = config;
  if (method === 'GET')
    return mode === 'binary' ? (event) => ({ ...binary(event), content: undefined }) : () => NO_BODY;
  if (typeof body === 'string')
    return withType(compileTemplate(body), { 'content-type': 'text/plain; charset=utf-8' });
  if (body !== undefined) {
    const value = compileValueTemplate(body);
    return withType((event) => JSON.stringify(value(event)), JSON_TYPE);
  }
  if (mode === 'binary') return binary;
  if (mode === 'data') return data;
  const format: EventFormat = mode === 'event' ? 'envelope' : 'cloudevents';
  const headers =
    mode === 'event' ? JSON_TYPE : { 'content-type': 'application/cloudevents+json; charset=utf-8' };
  return withType(eventLine(format), headers);
}

const NO_BODY: Body = { content: undefined, headers: {} };

function withType(spell: (event: Event) => string, headers: Body['headers']): (event: Event) => Body {
  return (event) => ({ content: spell(event), headers });
}

function binary(event: Event): Body {
  return { content: binaryBody(event), headers: binaryHeaders(event) };
}

/** The data as a binary CloudEvent has it, without the attributes. */
function data(event: Event): Body {
  const { 'content-type': type } = binaryHeaders(event);
  return { content: binaryBody(event), headers: type === undefined ? {} : { 'content-type': type } };
}
