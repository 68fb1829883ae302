import type { Meta } from '../../contract/event.ts';
import type { Carrier } from './envelope.ts';

/*
 * What stands around an event on its way: the JSON that SNS puts around a message for SQS and HTTP, the JSON that
 * Pub/Sub puts around one that it pushes, and base64.
 */

/** The body inside a wrapping. `name`: the message's name as the topic says it, `flyteidl.admin.…`. */
export interface Unwrapped {
  readonly body: string;
  readonly name: unknown;
  readonly carrier: Carrier;
}

/** SNS begins so; blanks differ from server to server. */
const NOTIFICATION = /^\s*\{\s*"Type"\s*:\s*"Notification"/;
/** Where the message of a notification begins. Text inside a string has its quotes escaped: this is a key. */
const MESSAGE = /"Message"\s*:\s*"/g;

/**
 * The message of an SNS notification found without parsing the whole; undefined wherever that is not certain to be
 * the same as parsing. Most of such a record are a signature and links that nobody reads.
 */
export function snsMessage(text: string): string | undefined {
  if (!NOTIFICATION.test(text) || !text.endsWith('}')) return undefined;
  MESSAGE.lastIndex = 0;
  if (!MESSAGE.test(text)) return undefined;
  const start = MESSAGE.lastIndex;
  const inner = text.indexOf('{', 1);
  if (inner !== -1 && inner < start) return undefined;
  const end = text.indexOf('"', start);
  return end === -1 ? undefined : text.slice(start, end);
}

/** Keeps the text: what stands in it is looked for when it is asked for. */
export class SnsCarrier implements Carrier {
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  meta(): Meta {
    let outer: Json;
    try {
      outer = object(JSON.parse(this.text));
    } catch {
      // The message was found without parsing; nothing is known of the rest.
      return {};
    }
    const { TopicArn: topicArn, MessageId: messageId, Subject: subject, Timestamp: timestamp } = outer;
    return { sns: texts({ topicArn, messageId, subject, timestamp }) };
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
  return Object.fromEntries(Object.entries(members).filter(([, value]) => typeof value === 'string'));
}

/** Larger than what SNS takes. */
const SCRATCH_BYTES = 256 * 1024;
let scratch: Buffer | undefined;

/**
 * The bytes of strict base64 (RFC 4648 §4), which hold until the next call; undefined for other text. Node's reader
 * passes over what is no base64, so then fewer bytes come out than the length promises.
 */
export function base64Bytes(text: string): Buffer | undefined {
  const { length } = text;
  if (length === 0 || length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const size = (length / 4) * 3 - padding;
  if (size > SCRATCH_BYTES) {
    const bytes = Buffer.from(text, 'base64');
    return bytes.length === size ? bytes : undefined;
  }
  scratch ??= Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  return scratch.write(text, 'base64') === size ? scratch.subarray(0, size) : undefined;
}
