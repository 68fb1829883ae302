import { EvrunError } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';
import type { OptionSchema } from '../../contract/schema.ts';
import { binaryBody } from '../events/cloudevents-http.ts';
import { cloudEventJson } from '../events/cloudevents-json.ts';
import { kafkaBinary } from '../events/cloudevents-kafka.ts';
import { eventLine } from '../events/event-line.ts';
import { compileTemplate, compileValueTemplate } from '../expressions/template.ts';
import type { MessageAttribute } from './sqs-types.ts';

/** What the actions `sqs` and `sns` make of an event: a text, and attributes that subscriptions filter by. */

export const MESSAGE_OPTIONS = {
  mode: {
    enum: ['structured', 'binary', 'event', 'data'],
    default: 'structured',
    description:
      'What is sent unless `body` is given: the event as CloudEvents JSON with id, source, type and subject also as message attributes (`ce_type`, …), its data with all attributes as message attributes, `{"event_type","event","meta"}`, or its data alone. Data of bytes is base64: with `binary` the event goes out as with `structured`, which says so; with `data` nothing does.',
  },
  body: {
    type: ['string', 'object', 'array'],
    template: true,
    description: 'The message in place of `mode`: text, or JSON values, with `${{ CEL }}` in their strings.',
    examples: [{ order: '${{ event.data.id }}' }],
  },
  attributes: {
    type: 'object',
    additionalProperties: { type: 'string', template: true },
    default: {},
    description:
      'Message attributes to add, or to put in place of evrun’s own: name to text with `${{ CEL }}` in it. An empty text leaves its attribute out. AWS takes ten, evrun’s own included.',
  },
  group_id: {
    type: 'string',
    minLength: 1,
    template: true,
    description:
      'Message group, for FIFO. Else the event’s key, or its id where it has none. A group is in order only where its events have one key, as `key` of the source’s format gives them, or with `order_by: source`.',
    examples: ['${{ event.data.customer }}'],
  },
  deduplication_id: {
    type: 'string',
    minLength: 1,
    template: true,
    description: 'Deduplication id, for FIFO. Else one that is the same whenever the event is sent again.',
  },
} as const satisfies Record<string, OptionSchema>;

export const REQUEST_OPTIONS = {
  max_requests: {
    type: 'integer',
    minimum: 1,
    maximum: 64,
    default: 8,
    description: 'Most requests at once, of up to ten messages each, none with two of one key.',
  },
} as const satisfies Record<string, OptionSchema>;

export interface MessageConfig {
  readonly mode: 'structured' | 'binary' | 'event' | 'data';
  readonly body?: string | Readonly<Record<string, unknown>> | readonly unknown[] | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly group_id?: string | undefined;
  readonly deduplication_id?: string | undefined;
}

export interface Outgoing {
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  /** As AWS counts them: body, and name, type and value of every attribute. */
  readonly bytes: number;
}

export const MOST_ATTRIBUTES = 10;
/** What neither service takes: what XML 1.0 cannot hold. */
const NOT_IN_MESSAGES = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const DESCRIBED = ['ce_id', 'ce_source', 'ce_type', 'ce_subject'] as const;

/** Throws EVR_ACTION, for good, for an event that the service would not take. `limit`: bytes of one message. */
export function outgoingOf(config: MessageConfig, limit: number): (event: Event) => Outgoing {
  const content = contentOf(config);
  const own = Object.entries(config.attributes).map(([name, text]) => [name, compileTemplate(text)] as const);
  return (event) => {
    const { body, headers } = content(event);
    const texts: Record<string, string> = { ...headers };
    for (const [name, value] of own) texts[name] = value(event);
    const attributes: Record<string, MessageAttribute> = {};
    let bytes = Buffer.byteLength(body);
    let count = 0;
    for (const [name, text] of Object.entries(texts)) {
      if (text === '') continue; // not allowed, and the same as none
      attributes[name] = { DataType: 'String', StringValue: text };
      bytes += name.length + 'String'.length + Buffer.byteLength(text);
      count += 1;
      if (NOT_IN_MESSAGES.test(text))
        throw refused(`attribute "${name}" holds a character that AWS does not take`);
    }
    if (body === '') throw refused('it would be empty, which AWS does not take');
    if (NOT_IN_MESSAGES.test(body)) throw refused('it holds a character that AWS does not take');
    if (count > MOST_ATTRIBUTES) throw refused(`it has ${count} attributes; AWS takes ${MOST_ATTRIBUTES}`);
    if (bytes > limit) throw refused(`it has ${bytes} bytes; AWS takes ${limit}`);
    return { body, attributes, bytes };
  };
}

export function refused(problem: string): EvrunError {
  return new EvrunError('EVR_ACTION', `the message was not sent: ${problem}`);
}

interface Content {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

function contentOf({ body, mode }: MessageConfig): (event: Event) => Content {
  if (typeof body === 'string') {
    const text = compileTemplate(body);
    return (event) => ({ body: text(event), headers: {} });
  }
  if (body !== undefined) {
    const value = compileValueTemplate(body);
    return (event) => ({ body: JSON.stringify(value(event)), headers: {} });
  }
  switch (mode) {
    case 'binary':
      return (event) => (event.data instanceof Uint8Array ? structured(event) : binary(event));
    case 'data':
      return (event) => ({ body: textOf(binaryBody(event)), headers: {} });
    case 'event': {
      const line = eventLine('envelope');
      return (event) => ({ body: line(event), headers: {} });
    }
    case 'structured':
      return structured;
  }
}

/** Also what bytes go out as in binary mode: a message is text, and base64 in it could not be told from the data. */
function structured(event: Event): Content {
  return { body: cloudEventJson(event), headers: described(event) };
}

function binary(event: Event): Content {
  return { body: textOf(binaryBody(event)), headers: kafkaBinary(event).headers };
}

function described(event: Event): Record<string, string> {
  const { id, source, type, subject = '' } = event;
  const values = [id, source, type, subject];
  const headers: Record<string, string> = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
  DESCRIBED.forEach((name, i) => {
    headers[name] = values[i] as string;
  });
  return headers;
}

function textOf(data: string | Uint8Array | undefined): string {
  if (data === undefined) return '';
  return typeof data === 'string' ? data : Buffer.from(data).toString('base64');
}
