import type { Envelope } from '../../contract/envelope.ts';
import { DecodeError } from '../../contract/errors.ts';
import type { Ignored } from '../../contract/format.ts';
import type { SourceRecord } from '../../contract/source.ts';
import { eventHeaders } from '../../support/events/cloudevents-kafka.ts';
import { textOf } from '../../support/lines/utf8.ts';
import { decodeBinary } from './binary.ts';
import { decodeCloudEvent } from './decode.ts';

/** `auto` asks the record's headers: a content type of CloudEvents is structured, else `ce_` headers are binary. */
export type Mode = 'auto' | 'structured' | 'binary';

export function decodeRecord(record: SourceRecord, mode: Mode): Envelope | Ignored {
  const event =
    mode === 'structured' || record.headers === undefined ? structured(record) : byHeaders(record, mode);
  if ('ignored' in event) return event;
  event.key ??= record.key;
  return event;
}

function byHeaders(record: SourceRecord, mode: Mode): Envelope | Ignored {
  const headers = eventHeaders(record.headers, record.plainHeaders);
  const { attributes, contentType } = headers;
  if (mode === 'auto') {
    if (contentType !== undefined && CLOUDEVENTS.test(contentType)) {
      checkStructured(contentType);
      return structured(record);
    }
    if (attributes.size === 0) return structured(record);
  }
  return decodeBinary(record, headers);
}

/** On a compacted topic a record without a value says that its key is gone: no event. */
function structured(record: SourceRecord): Envelope | Ignored {
  return record.tombstone === true ? TOMBSTONE : decodeCloudEvent(textOf(record.value));
}

const TOMBSTONE: Ignored = { ignored: 'tombstone' };
const CLOUDEVENTS = /^\s*application\/cloudevents/i;
const IN_JSON = /^\s*application\/cloudevents(\+json)?\s*(;|$)/i;

function checkStructured(contentType: string): void {
  if (IN_JSON.test(contentType)) return;
  const what = /-batch/i.test(contentType)
    ? 'a batch of CloudEvents, which must be taken apart first'
    : 'no JSON';
  throw new DecodeError(`the content type ${JSON.stringify(contentType.slice(0, 80))} is ${what}`);
}
