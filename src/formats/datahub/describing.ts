import type { Envelope } from '../../contract/envelope.ts';
import { isObject, type JsonObject } from './avro.ts';
import { timeText } from './time.ts';

/** Which of an event's fields say its key and its time. */
export interface Describing {
  readonly key: string;
  /** An object, whose `time` is milliseconds since 1970. */
  readonly stamp: string;
}

/** By the event's type: DataHub's own. */
export const DESCRIBING: ReadonlyMap<string, Describing> = new Map([
  ['EntityChangeEvent_v1', { key: 'entityUrn', stamp: 'auditStamp' }],
  ['MetadataChangeLogEvent_v1', { key: 'entityUrn', stamp: 'created' }],
  ['RelationshipChangeEvent_v1', { key: 'sourceUrn', stamp: 'auditStamp' }],
]);

/** Gives the event its key and time, where its type says which fields of `data` they are. */
export function describe(event: Envelope, data: JsonObject): void {
  const fields = DESCRIBING.get(event.type);
  if (fields === undefined) return;
  const key = data[fields.key];
  if (typeof key === 'string' && key !== '') event.key = key;
  event.time = stampedTime(data, fields);
}

export function stampedTime(data: JsonObject, { stamp }: Describing): string | undefined {
  const given = data[stamp];
  return isObject(given) ? timeText(given['time']) : undefined;
}
