import { Envelope } from '../../contract/envelope.ts';
import { DecodeError } from '../../contract/errors.ts';
import type { DecodedEvent } from '../../contract/event.ts';
import type { Ignored } from '../../contract/format.ts';
import { withArticle } from '../../support/article.ts';
import { jsonError } from '../../support/events/json-error.ts';
import { type BytesReader, isObject, type JsonObject, type RecordShape, readRecord } from './avro.ts';
import { asItIs } from './bytes.ts';
import { describe } from './describing.ts';
import { isPlainChangeLog, isPlainEntityChange, isPlainPlatformEvent } from './plain.ts';
import {
  ENTITY_CHANGE_EVENT,
  METADATA_CHANGE_LOG,
  PLATFORM_EVENT,
  RELATIONSHIP_CHANGE_EVENT,
} from './shapes.ts';

/*
 * The records that DataHub puts on its topics (it calls them MXE), whether they came in Avro's JSON encoding from the
 * events API or in its binary one from Kafka: both become the same events.
 */

/** A platform event carries another event as JSON text. Names that DataHub Actions does not know are ignored. */
export function platformEvent(value: JsonObject, bytes: BytesReader): DecodedEvent | Ignored {
  const read = isPlainPlatformEvent(value) ? value : readRecord(PLATFORM_EVENT, value, bytes);
  const { name, payload } = read as { name: string; payload: { value: string } };
  const known =
    name === 'entityChangeEvent'
      ? ENTITY_CHANGE_EVENT
      : name === 'relationshipChangeEvent'
        ? RELATIONSHIP_CHANGE_EVENT
        : undefined;
  if (known === undefined) return { ignored: `platform event ${name.slice(0, 100)}` };
  return payloadEvent(known, read === value ? bytes(payload.value) : payload.value, bytes);
}

/** The event whose payload is `text`: what `platformEvent` makes of a record that carries it as an entityChangeEvent. */
export function entityChange(text: string, bytes: BytesReader): DecodedEvent {
  return payloadEvent(ENTITY_CHANGE_EVENT, text, bytes);
}

function payloadEvent(shape: RecordShape, text: string, bytes: BytesReader): DecodedEvent {
  const given = parse(text, 'the payload');
  if (!isObject(given)) throw new DecodeError(`the payload of ${withArticle(shape.name)} must be an object`);
  const isEntity = shape === ENTITY_CHANGE_EVENT;
  const data = isEntity && isPlainEntityChange(given) ? given : readRecord(shape, given, bytes);
  const type = isEntity ? 'EntityChangeEvent_v1' : 'RelationshipChangeEvent_v1';
  return new MxeEvent(type, data, data === given ? text : undefined);
}

/** `text`: the record as JSON, where it came as such. */
export function changeLog(given: JsonObject, text: string | undefined, bytes: BytesReader): MxeEvent {
  const isPlain = bytes === asItIs && isPlainChangeLog(given);
  const data = isPlain ? given : readRecord(METADATA_CHANGE_LOG, given, bytes);
  return new MxeEvent('MetadataChangeLogEvent_v1', data, data === given ? text : undefined);
}

class MxeEvent extends Envelope {
  /** Its data as JSON, where that says more than the data does. */
  text: string | undefined;

  constructor(type: string, data: JsonObject, text: string | undefined) {
    super(type, data);
    this.text = text;
    describe(this, data);
  }

  /** The event's own text, if decoding left it as it was. */
  override get dataText(): string | undefined {
    // A line break in valid JSON stands between two tokens, and must not break a line of the output.
    return this.text?.replace(/[\r\n]/g, ' ');
  }
}

export function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DecodeError(`${what} is not JSON: ${jsonError(text)}`, error);
  }
}
