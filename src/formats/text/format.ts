import { Envelope } from '../../contract/envelope.ts';
import type { Event } from '../../contract/event.ts';
import type { EncodedRecord, Format } from '../../contract/format.ts';
import type { SourceRecord } from '../../contract/source.ts';
import { textOf } from '../../support/lines/utf8.ts';

/** The record's text is the event's data, a string. It says nothing to a prefilter: a filter's patterns are maps. */
export class TextFormat implements Format {
  private readonly type: string;

  constructor(type: string) {
    this.type = type;
  }

  decode(record: SourceRecord): Envelope {
    const data = record.tombstone === true ? undefined : textOf(record.value);
    const event = new Envelope(this.type, data);
    if (data !== undefined) event.datacontenttype = 'text/plain';
    event.key = record.key;
    return event;
  }

  encode(event: Event): EncodedRecord {
    const { data, key } = event;
    if (data instanceof Uint8Array) return { value: data, key, contentType: 'application/octet-stream' };
    const text = typeof data === 'string' ? data : (JSON.stringify(data) ?? '');
    return { value: text, key, contentType: 'text/plain; charset=utf-8' };
  }
}
