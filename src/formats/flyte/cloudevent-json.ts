import { DecodeError } from '../../contract/errors.ts';
import type { ExtensionValue, Meta } from '../../contract/event.ts';
import type { Headers, SourceRecord } from '../../contract/source.ts';
import { memberText } from '../../support/events/json-member.ts';
import { textOf } from '../../support/lines/utf8.ts';
import { type Attributes, setAttribute } from './attributes.ts';
import { base64Bytes } from './block.ts';
import { type Carrier, type FlyteEnvelope, flyteEvent } from './envelope.ts';

/** A CloudEvent in JSON, with its data in `data_base64` (NATS) or `data`. Throws DecodeError where it is none. */
export function structuredEvent(json: unknown, text: string, carrier?: Carrier): FlyteEnvelope {
  const members: Meta =
    typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Meta) : {};
  if (members['specversion'] !== '1.0') {
    throw new DecodeError(
      'the record is JSON, but neither a CloudEvent 1.0 nor a message of SNS or Pub/Sub: this is no event of Flyte',
    );
  }
  const attributes: Attributes = { id: '', source: '', type: '' };
  for (const [name, value] of Object.entries(members)) {
    if (name === 'data' || name === 'data_base64' || value === null) continue;
    setAttribute(attributes, name, value as ExtensionValue);
  }
  return flyteEvent({ attributes, data: dataText(members, text), isObject: false }, carrier);
}

function dataText(members: Meta, text: string): string {
  const base64 = members['data_base64'];
  if (typeof base64 !== 'string') {
    const data = memberText(text, 'data');
    if (data === undefined)
      throw new DecodeError('this CloudEvent has no data, and all that Flyte sends has');
    return data;
  }
  const bytes = base64Bytes(base64);
  if (bytes === undefined)
    throw new DecodeError('CloudEvents attribute "data_base64" must be base64 (RFC 4648)');
  return textOf(bytes);
}

/**
 * A CloudEvent in Kafka's binary mode: attributes in `ce_` headers, as UTF-8 without percent-encoding, and the data
 * as the value. Undefined where the headers hold none.
 */
export function binaryMode({ headers, value }: SourceRecord): FlyteEnvelope | undefined {
  const version = headerText(headers, 'ce_specversion');
  if (version === undefined) return undefined;
  if (version !== '1.0') {
    throw new DecodeError(
      `CloudEvents attribute "specversion" must be "1.0", got ${JSON.stringify(version)}`,
    );
  }
  const attributes: Attributes = { id: '', source: '', type: '' };
  for (const header in headers) {
    const name = header.toLowerCase();
    if (name === 'content-type')
      setAttribute(attributes, 'datacontenttype', headerText(headers, header) ?? '');
    else if (name.startsWith('ce_'))
      setAttribute(attributes, name.slice(3), headerText(headers, header) ?? '');
  }
  return flyteEvent({ attributes, data: textOf(value), isObject: false });
}

/** The last value of a header, as Kafka counts repeated ones. Undefined where there is none. */
export function headerText(headers: Headers | undefined, name: string): string | undefined {
  const given = headers?.[name];
  if (given === undefined) return undefined;
  const value = Array.isArray(given) ? given[given.length - 1] : given;
  if (value === undefined) return undefined;
  return typeof value === 'string' ? value : textOf(value as Uint8Array);
}
