import { Envelope } from '../../contract/envelope.ts';
import { DecodeError } from '../../contract/errors.ts';
import type { DecodedEvent } from '../../contract/event.ts';
import type { Ignored } from '../../contract/format.ts';
import type { SourceRecord } from '../../contract/source.ts';
import { jsonError } from '../../support/events/json-error.ts';
import { textOf } from '../../support/lines/utf8.ts';
import { type BytesReader, isObject, type JsonObject, readRecord } from './avro.ts';
import { envelopeEvent } from './envelope-line.ts';
import { isPlainEntityChange, isPlainPlatformEvent } from './plain.ts';
import {
  ENTITY_CHANGE_EVENT,
  METADATA_CHANGE_LOG,
  PLATFORM_EVENT,
  RELATIONSHIP_CHANGE_EVENT,
} from './shapes.ts';
import { timeText } from './time.ts';

/** What the records are: told by the recipe, by the source's `topic` header, or seen in each record itself. */
export type Wire = 'auto' | 'envelope' | 'poll';

export function decodeRecord(record: SourceRecord, wire: Wire, bytes: BytesReader): DecodedEvent | Ignored {
  const text = textOf(record.value);
  const value = parse(text, 'the record');
  if (!isObject(value)) throw new DecodeError('the record is JSON, and not the object that an event must be');
  const topic = record.headers?.['topic'];
  if (topic === 'PlatformEvent_v1') return platformEvent(value, bytes);
  if (typeof topic === 'string' && topic.startsWith('MetadataChangeLog_'))
    return changeLog(value, text, bytes);
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

/** A platform event carries another event as JSON text. Names that DataHub Actions does not know are ignored. */
function platformEvent(value: JsonObject, bytes: BytesReader): DecodedEvent | Ignored {
  const read = isPlainPlatformEvent(value) ? value : readRecord(PLATFORM_EVENT, value, bytes);
  const { name, payload } = read as { name: string; payload: { value: string } };
  const known =
    name === 'entityChangeEvent'
      ? ENTITY_CHANGE_EVENT
      : name === 'relationshipChangeEvent'
        ? RELATIONSHIP_CHANGE_EVENT
        : undefined;
  if (known === undefined) return { ignored: `platform event ${name.slice(0, 100)}` };
  const text = read === value ? bytes(payload.value) : payload.value;
  const given = parse(text, 'the payload');
  if (!isObject(given)) throw new DecodeError(`the payload of a ${name} must be an object`);
  const isPlain = known === ENTITY_CHANGE_EVENT && isPlainEntityChange(given);
  const data = isPlain ? given : readRecord(known, given, bytes);
  const event = new PolledEvent(known.name + '_v1', data, data === given ? text : undefined);
  event.key = textOrNone(data[known === ENTITY_CHANGE_EVENT ? 'entityUrn' : 'sourceUrn']);
  event.time = timeText((data['auditStamp'] as JsonObject)['time']);
  return event;
}

function changeLog(given: JsonObject, text: string, bytes: BytesReader): DecodedEvent {
  const data = readRecord(METADATA_CHANGE_LOG, given, bytes);
  const event = new PolledEvent('MetadataChangeLogEvent_v1', data, data === given ? text : undefined);
  event.key = textOrNone(data['entityUrn']);
  const created = data['created'];
  event.time = isObject(created) ? timeText(created['time']) : undefined;
  return event;
}

class PolledEvent extends Envelope {
  private readonly text: string | undefined;

  constructor(type: string, data: unknown, text: string | undefined) {
    super(type, data);
    this.text = text;
  }

  /** The event's own text, if decoding left it as it was. */
  override get dataText(): string | undefined {
    // A line break in valid JSON stands between two tokens, and must not break a line of the output.
    return this.text?.replace(/[\r\n]/g, ' ');
  }
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DecodeError(`${what} is not JSON: ${jsonError(text)}`, error);
  }
}
