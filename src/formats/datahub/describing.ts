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
