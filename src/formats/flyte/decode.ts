import { DecodeError } from '../../contract/errors.ts';
import type { Ignored } from '../../contract/format.ts';
import type { SourceRecord } from '../../contract/source.ts';
import { jsonError } from '../../support/events/json-error.ts';
import { textOf } from '../../support/lines/utf8.ts';
import { binaryMode, headerText, structuredEvent } from './cloudevent-json.ts';
import { readCloudEvent } from './cloudevent-protobuf.ts';
import { type Carrier, type FlyteEnvelope, flyteEvent } from './envelope.ts';
import { externalEvent } from './external.ts';
import { isMessageName, type MessageName } from './kind.ts';
import { base64Bytes, SnsCarrier, snsMessage, type Unwrapped, unwrapJson } from './wrapping.ts';

/**
 * Finds out what a record is, in this order:
 *
 * 1. Kafka's binary mode: a header `ce_specversion`; the value is the data.
 * 2. JSON: a wrapping of SNS or Pub/Sub, whose body goes through what follows, or a CloudEvent (NATS).
 * 3. A CloudEvent in protobuf, as bytes (Pub/Sub) or in base64 (SNS): feeds v1 and v2.
 * 4. A bare message of flyteidl, likewise: the external feed. Its bytes do not say which message they are: the SNS
 *    subject, Pub/Sub's attribute `key` or the option `message` does. It is never guessed.
 *
 * What is none of these is a DecodeError. `message`: the option.
 */
export function decodeRecord(record: SourceRecord, message?: MessageName): FlyteEnvelope | Ignored {
  const { value, headers } = record;
  if (record.tombstone === true) return { ignored: 'tombstone' };
  if (headers !== undefined) {
    const event = binaryMode(record);
    if (event !== undefined) return event;
  }
  const name = headerText(headers, 'key');
  const named = isMessageName(name) ? name : message;
  if (typeof value === 'string') return fromText(value, named);
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  // No JSON and no base64 begins like a protobuf message but JSON after a line feed, which is then no CloudEvent.
  const found = readCloudEvent(bytes);
  if (typeof found !== 'string') return flyteEvent(found.attributes, found.data);
  return looksLikeText(bytes) ? fromText(textOf(value), named) : bareMessage(bytes, named, found);
}

function fromText(text: string, named: MessageName | undefined): FlyteEnvelope | Ignored {
  const message = snsMessage(text);
  if (message === undefined && looksLikeJson(text)) return fromJson(text, named);
  const bytes = base64Bytes(message ?? text);
  const found = bytes === undefined ? 'it is not base64' : readCloudEvent(bytes);
  if (typeof found !== 'string') {
    return flyteEvent(found.attributes, found.data, message === undefined ? undefined : new SnsCarrier(text));
  }
  if (bytes !== undefined && message === undefined) return bareMessage(bytes, named, found);
  return fromJson(text, named);
}

function fromJson(text: string, named: MessageName | undefined): FlyteEnvelope | Ignored {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const problem = looksLikeJson(text) ? `: ${jsonError(text)}` : '';
    throw new DecodeError(`the record is no event of Flyte: neither base64 nor JSON${problem}`, error);
  }
  const unwrapped = unwrapJson(json, text);
  if (unwrapped === undefined) return structuredEvent(json, text);
  return 'ignored' in unwrapped ? unwrapped : fromBody(unwrapped, named);
}

/** What was inside a wrapping is read without looking for a further one, so that no record is read twice over. */
function fromBody({ body, name, carrier }: Unwrapped, option: MessageName | undefined): FlyteEnvelope {
  const named = isMessageName(name) ? name : option;
  const bytes = base64Bytes(body);
  if (bytes !== undefined) {
    const found = readCloudEvent(bytes);
    return typeof found === 'string'
      ? bareMessage(bytes, named, found, carrier)
      : flyteEvent(found.attributes, found.data, carrier);
  }
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    throw new DecodeError(
      'the message of SNS or Pub/Sub is no event of Flyte: neither base64 nor JSON',
      error,
    );
  }
  return structuredEvent(json, body, carrier);
}

function bareMessage(
  bytes: Buffer,
  named: MessageName | undefined,
  problem: string,
  carrier?: Carrier,
): FlyteEnvelope {
  if (named !== undefined) return externalEvent(named, bytes, carrier);
  throw new DecodeError(
    `the record is no CloudEvent of Flyte (${problem}), and nothing says which message of flyteidl it is. ` +
      'If it is of the external feed by raw delivery, set the option message, e.g. flyteidl.admin.WorkflowExecutionEventRequest',
  );
}

/** Whether bytes may be JSON or base64: their first character is one that such text begins with. */
function looksLikeText(bytes: Buffer): boolean {
  return /^(?:\xef\xbb\xbf)?\s*["{[\dA-Za-z+/]/.test(bytes.toString('latin1', 0, 64));
}

function looksLikeJson(text: string): boolean {
  return /^\s*[{[]/.test(text);
}
