import type { Meta } from '../../contract/event.ts';
import type { Carrier } from './envelope.ts';

/*
 * What stands around an event on its way: the JSON that SNS puts around a message for SQS and HTTP, the JSON that
 * Pub/Sub puts around one that it pushes.
 */

/** The body inside a wrapping. `name`: the message's name as the topic says it, `flyteidl.admin.…`. */
export interface Unwrapped {
  readonly body: string;
  readonly name: unknown;
  readonly carrier: Carrier;
}

/** Keeps the text, which is valid JSON: what stands in it is looked for when it is asked for. */
export class SnsCarrier implements Carrier {
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  meta(): Meta {
    const { TopicArn, MessageId, Subject, Timestamp } = object(JSON.parse(this.text));
    return {
      sns: texts({ topicArn: TopicArn, messageId: MessageId, subject: Subject, timestamp: Timestamp }),
    };
  }
}

class PubsubCarrier implements Carrier {
  private readonly members: Json;

  constructor(members: Json) {
    this.members = members;
  }

  meta(): Meta {
    return { pubsub: texts(this.members) };
  }
}

/** Undefined: nothing is wrapped around this JSON. `{ ignored }`: SNS says something about itself. */
export function unwrapJson(
  json: unknown,
  text: string,
): Unwrapped | { readonly ignored: string } | undefined {
  const outer = object(json);
  const { Type: type, Message: message, Subject: subject } = outer;
  if (typeof type === 'string' && typeof message === 'string') {
    if (type !== 'Notification') return { ignored: `SNS ${type.slice(0, 40)}` };
    return { body: message, name: subject, carrier: new SnsCarrier(text) };
  }
  const { data, attributes, messageId, message_id: snake, publishTime } = object(outer['message']);
  if (typeof data !== 'string') return undefined;
  const key = object(attributes)['key'];
  const { subscription } = outer;
  return {
    body: data,
    name: key,
    carrier: new PubsubCarrier({ messageId: messageId ?? snake, key, publishTime, subscription }),
  };
}

type Json = Readonly<Record<string, unknown>>;

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function texts(members: Json): Json {
  const kept: Record<string, unknown> = {};
  for (const name in members) if (typeof members[name] === 'string') kept[name] = members[name];
  return kept;
}
