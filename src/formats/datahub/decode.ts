import { DecodeError } from '../../contract/errors.ts';
import type { DecodedEvent } from '../../contract/event.ts';
import type { Ignored } from '../../contract/format.ts';
import type { SourceRecord } from '../../contract/source.ts';
import type { Schemas } from '../../support/avro/schemas.ts';
import { isFramed } from '../../support/avro/wire.ts';
import { textOf } from '../../support/lines/utf8.ts';
import { type BytesReader, isObject } from './avro.ts';
import { cutLine } from './cut-line.ts';
import { envelopeEvent } from './envelope-line.ts';
import { framedEvent } from './framed.ts';
import type { Habit } from './habit.ts';
import { changeLog, entityChange, parse, platformEvent } from './mxe.ts';

/** What the records are: told by the recipe, by the source's `topic` header, or seen in each record itself. */
export type Wire = 'auto' | 'envelope' | 'poll';

/** How records are read. */
export interface Reading {
  readonly wire: Wire;
  readonly bytes: BytesReader;
  /** For records in Avro's binary encoding; undefined where no schema registry is given. */
  readonly schemas: Schemas | undefined;
  readonly habit: Habit;
}

const PLATFORM_EVENTS = 'PlatformEvent_v1';

export function decodeRecord(
  record: SourceRecord,
  { wire, bytes, schemas, habit }: Reading,
): DecodedEvent | Ignored {
  if (record.tombstone === true) return { ignored: 'tombstone' };
  const topic = record.headers?.['topic'];
  if (record.payload !== undefined && topic === PLATFORM_EVENTS) return entityChange(record.payload, bytes);
  const given = record.value;
  if (isFramed(given)) return framedEvent(given, schemas);
  const text = textOf(given);
  if (wire !== 'poll' && !isOfDataHub(topic) && habit.cuts()) {
    const event = cutLine(text, habit);
    if (event !== undefined) return event;
    habit.inVain();
  }
  const value = parse(text, 'the record');
  if (!isObject(value)) throw new DecodeError('the record is JSON, and not the object that an event must be');
  if (topic === PLATFORM_EVENTS) return platformEvent(value, bytes);
  if (isOfDataHub(topic)) return changeLog(value, text, bytes);
  if (wire !== 'poll' && 'event_type' in value) return envelopeEvent(value, text);
  if (wire !== 'envelope') {
    if ('payload' in value) return platformEvent(value, bytes);
    if ('changeType' in value) return changeLog(value, text, bytes);
  }
  throw new DecodeError(
    'the record is none of DataHub\'s events: expected an object with "event_type" and "event"' +
      (wire === 'envelope' ? '' : ', a platform event with "name" and "payload", or a MetadataChangeLog'),
  );
}

/** A topic of DataHub's own, which says what its records are. */
function isOfDataHub(topic: unknown): boolean {
  return typeof topic === 'string' && (topic === PLATFORM_EVENTS || topic.startsWith('MetadataChangeLog_'));
}
