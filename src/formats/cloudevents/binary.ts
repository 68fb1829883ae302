import { isUtf8 } from 'node:buffer';
import { Envelope } from '../../contract/envelope.ts';
import { DecodeError } from '../../contract/errors.ts';
import type { SourceRecord } from '../../contract/source.ts';
import { isJsonType } from '../../support/events/cloudevents-attributes.ts';
import type { EventHeaders } from '../../support/events/cloudevents-kafka.ts';
import { jsonError } from '../../support/events/json-error.ts';
import { textOf } from '../../support/lines/utf8.ts';
import { checkRequired, readAttributes, wrong } from './decode.ts';

/**
 * Reads one CloudEvent in binary mode: attributes in headers, where all are text, and the data as the record's
 * value. The content type says what it is: JSON is parsed, text is a string, anything else stays bytes. As strict as
 * in the JSON format; a header that is empty counts as absent. Throws DecodeError naming the attribute.
 */
export function decodeBinary(record: SourceRecord, { attributes, contentType }: EventHeaders): Envelope {
  const given = [...attributes].filter(([name, value]) => {
    if (name === 'data' || name === 'data_base64') throw wrong(name, 'must not be a header');
    return name !== 'datacontenttype' && (value !== '' || !OPTIONAL.has(name));
  });
  if (contentType !== undefined) given.push(['datacontenttype', contentType]);
  const members = Object.fromEntries(given);
  checkRequired(members);
  const { data, text } = dataOf(record, contentType);
  const event = new BinaryEnvelope(members['type'] as string, data, text);
  readAttributes(members, event);
  return event;
}

const OPTIONAL: ReadonlySet<string> = new Set(['time', 'subject', 'dataschema']);

interface Data {
  readonly data: unknown;
  /** The JSON text, so that numbers keep their digits. */
  readonly text?: string;
}

function dataOf(record: SourceRecord, contentType: string | undefined): Data {
  const { value } = record;
  if (record.tombstone === true) return { data: undefined };
  if (value.length === 0 && isJsonType(contentType)) return { data: undefined };
  if (contentType === undefined) return guessed(value);
  if (isJsonType(contentType)) return json(textOf(value));
  if (isText(contentType)) return { data: textOf(value) };
  // A source may hand over as text what happens to be text.
  return { data: typeof value === 'string' ? Buffer.from(value) : value };
}

function json(text: string): Data {
  try {
    return { data: JSON.parse(text), text };
  } catch (error) {
    throw new DecodeError(
      `the content type is JSON, and the record's value is not: ${jsonError(text)}`,
      error,
    );
  }
}

/** Without a content type nothing says what the bytes are: JSON if they can be read as such. */
function guessed(value: Uint8Array | string): Data {
  if (typeof value !== 'string' && !isUtf8(value)) return { data: value };
  try {
    return json(textOf(value));
  } catch {
    return { data: value };
  }
}

/** `text/…` and XML, unless in another charset than UTF-8. */
function isText(contentType: string): boolean {
  const type = contentType.toLowerCase();
  const charset = /;\s*charset="?([^";\s]+)/.exec(type)?.[1];
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'us-ascii') return false;
  return type.startsWith('text/') || /^[^;]+[/+]xml\s*(;|$)/.test(type);
}

class BinaryEnvelope extends Envelope {
  private readonly text: string | undefined;

  constructor(type: string, data: unknown, text: string | undefined) {
    super(type, data);
    this.text = text;
  }

  override get dataText(): string | undefined {
    return this.text;
  }
}
