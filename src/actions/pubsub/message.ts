import { EvrunError } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';
import { cloudEventJson } from '../../support/events/cloudevents-json.ts';
import { kafkaBinary } from '../../support/events/cloudevents-kafka.ts';
import { envelopeJson } from '../../support/events/envelope-json.ts';
import { compileTemplate } from '../../support/expressions/template.ts';
import { countProblem, MOST_BYTES, MOST_KEY_BYTES, nameProblem, valueProblem } from './limits.ts';
import type { PubSubActionConfig } from './schema.ts';

/** One message as `:publish` takes it, and what it weighs there. */
export interface Outgoing {
  /** Empty = none. */
  readonly orderingKey: string;
  /** The message as JSON. */
  readonly json: string;
  /** Data, attributes and key, as Pub/Sub counts them. */
  readonly bytes: number;
}

/**
 * Makes the messages of a recipe. In binary mode, as in the CloudEvents binding for Pub/Sub, attributes of the event
 * are attributes of the message with `ce-` in front, as they are, and `Content-Type` says what the data is. What
 * Pub/Sub would refuse is told here, by event, before a whole request fails for it.
 */
export function messages(config: PubSubActionConfig): (event: Event) => Outgoing {
  const body = bodyOf(config.mode);
  const keyOf = config.ordering_key === undefined ? () => '' : compileTemplate(config.ordering_key);
  const added = Object.entries(config.attributes).map(
    ([name, text]) => [name, compileTemplate(text)] as const,
  );
  return (event) => {
    const { data, attributes: own } = body(event);
    const attributes: Record<string, string> = { ...own };
    for (const [name, value] of added) attributes[name] = value(event);
    const orderingKey = keyOf(event);
    const bytes = checked(data, attributes, orderingKey);
    const json: Record<string, unknown> = {};
    if (data.length > 0) json['data'] = Buffer.from(data).toString('base64');
    if (Object.keys(attributes).length > 0) json['attributes'] = attributes;
    if (orderingKey !== '') json['orderingKey'] = orderingKey;
    return { orderingKey, json: JSON.stringify(json), bytes };
  };
}

interface Body {
  readonly data: string | Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
}

function bodyOf(mode: PubSubActionConfig['mode']): (event: Event) => Body {
  switch (mode) {
    case 'binary':
      return binary;
    case 'structured':
      return (event) => ({ data: cloudEventJson(event), attributes: STRUCTURED });
    case 'event':
      return (event) => ({ data: envelopeJson(event), attributes: NONE });
    case 'data':
      return (event) => ({ data: kafkaBinary(event).value ?? '', attributes: NONE });
  }
}

const NONE = {};
const STRUCTURED = { 'Content-Type': 'application/cloudevents+json; charset=UTF-8' };

/** The Kafka binding with Pub/Sub's names: neither encodes values. */
function binary(event: Event): Body {
  const { headers, value } = kafkaBinary(event);
  const attributes: Record<string, string> = {};
  for (const [name, text] of Object.entries(headers)) {
    attributes[name === 'content-type' ? 'Content-Type' : `ce-${name.slice(3)}`] = text;
  }
  return { data: value ?? '', attributes };
}

function checked(data: Body['data'], attributes: Record<string, string>, orderingKey: string): number {
  const entries = Object.entries(attributes);
  let bytes = Buffer.byteLength(data) + Buffer.byteLength(orderingKey);
  for (const [name, value] of entries) {
    const valueBytes = Buffer.byteLength(value);
    const problem = nameProblem(name) ?? valueProblem(name, valueBytes);
    if (problem !== undefined) throw refused(problem);
    bytes += Buffer.byteLength(name) + valueBytes;
  }
  const tooMany = countProblem(entries.length);
  if (tooMany !== undefined) throw refused(tooMany);
  const keyBytes = Buffer.byteLength(orderingKey);
  if (keyBytes > MOST_KEY_BYTES) {
    throw refused(`the ordering key has ${keyBytes} bytes, at most ${MOST_KEY_BYTES} are allowed`);
  }
  if (bytes > MOST_BYTES) throw refused(`the message has ${bytes} bytes, at most ${MOST_BYTES} are allowed`);
  if (data.length === 0 && entries.length === 0) {
    throw refused('the message would be empty: Pub/Sub wants data or an attribute. Use `mode: binary`');
  }
  return bytes;
}

function refused(problem: string): EvrunError {
  return new EvrunError('EVR_ACTION', `Pub/Sub takes no such message: ${problem}`);
}
