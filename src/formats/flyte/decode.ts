import { DecodeError } from '../../contract/errors.ts';
import type { Ignored } from '../../contract/format.ts';
import type { SourceRecord } from '../../contract/source.ts';
import { jsonError } from '../../support/events/json-error.ts';
import { textOf } from '../../support/lines/utf8.ts';
import { base64Block, blockOf, bytesOf } from './block.ts';
import { binaryMode, headerText, structuredEvent } from './cloudevent-json.ts';
import { readCloudEvent } from './cloudevent-protobuf.ts';
import { type Carrier, type FlyteEnvelope, flyteEvent } from './envelope.ts';
import { externalEvent } from './external.ts';
import { isMessageName, type MessageName } from './kind.ts';
import { snsMessage } from './sns-message.ts';
import { SnsCarrier, type Unwrapped, unwrapJson } from './wrapping.ts';

type Option = MessageName | undefined;

/**
 * Finds out what a record is, in this order:
 *
 * 1. Kafka's binary mode: a header `ce_specversion`; the value is the data.
 * 2. JSON: a wrapping of SNS or Pub/Sub, whose body goes through what follows, or a CloudEvent (NATS).
 * 3. A CloudEvent in protobuf, as bytes (Pub/Sub) or in base64 (SNS): feeds v1 and v2.
 * 4. A bare message of flyteidl, likewise: the external feed. Its bytes do not say which message they are: the SNS
 *    subject (in the wrapping, or a header where the source took that off), Pub/Sub's attribute `key` or the option
 *    `message` does. It is never guessed.
 *
 * What is none of these is a DecodeError. `message`: the option.
 */
export function decodeRecord(record: SourceRecord, message?: Option): FlyteEnvelope | Ignored {
  const { value, headers } = record;
  if (record.tombstone === true) return { ignored: 'tombstone' };
  if (headers !== undefined) {
    const event = binaryMode(record);
    if (event !== undefined) return event;
  }
  if (typeof value === 'string') return fromText(value, record, message);
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const found = readCloudEvent(blockOf(bytes));
  if (typeof found !== 'string') return flyteEvent(found);
  if (!bytes.includes(TAG_2)) return fromText(textOf(value), record, message);
  return bareMessage(bytes, nameOf(record) ?? message, found);
}

function fromText(text: string, record: SourceRecord, message: Option): FlyteEnvelope | Ignored {
  const wrapped = snsMessage(text);
  if (wrapped === undefined && looksLikeJson(text)) return fromJson(text, record, message);
  const block = base64Block(wrapped ?? text);
  const found = block === undefined ? 'it is not base64' : readCloudEvent(block);
  if (typeof found !== 'string') {
    return flyteEvent(found, wrapped === undefined ? undefined : new SnsCarrier(text));
  }
  if (block === undefined || wrapped !== undefined) return fromJson(text, record, message);
  return bareMessage(bytesOf(block), nameOf(record) ?? message, found);
}

function fromJson(text: string, record: SourceRecord, message: Option): FlyteEnvelope | Ignored {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const problem = looksLikeJson(text) ? `: ${jsonError(text)}` : '';
    throw new DecodeError(`the record is no event of Flyte: neither base64 nor JSON${problem}`, error);
  }
  const unwrapped = unwrapJson(json, text);
  if (unwrapped === undefined) return structuredEvent(json, text);
  return 'ignored' in unwrapped ? unwrapped : fromBody(unwrapped, nameOf(record) ?? message);
}

/** What was inside a wrapping is read without looking for a further one, so that no record is read twice over. */
function fromBody({ body, name, carrier }: Unwrapped, otherwise: Option): FlyteEnvelope {
  const named = isMessageName(name) ? name : otherwise;
  const block = base64Block(body);
  if (block !== undefined) {
    const found = readCloudEvent(block);
    return typeof found === 'string'
      ? bareMessage(bytesOf(block), named, found, carrier)
      : flyteEvent(found, carrier);
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

function bareMessage(bytes: Buffer, named: Option, problem: string, carrier?: Carrier): FlyteEnvelope {
  if (named !== undefined) return externalEvent(named, bytes, carrier);
  throw new DecodeError(
    `the record is no CloudEvent of Flyte (${problem}), and nothing says which message of flyteidl it is. ` +
      'If it is of the external feed by raw delivery, set the option message, e.g. flyteidl.admin.WorkflowExecutionEventRequest',
  );
}

/** What the source's headers say: Pub/Sub's attributes, or the subject of a notification that the source opened. */
function nameOf({ headers }: SourceRecord): Option {
  const names = [headerText(headers, 'key'), headerText(headers, 'x-amz-sns-subject')];
  return names.find(isMessageName);
}

/** Every protobuf message that is read here has this byte, the tag of a field, and no text may have it. */
const TAG_2 = 0x12;

function looksLikeJson(text: string): boolean {
  return /^\s*[{[]/.test(text);
}
